import assert from "node:assert/strict";
import test from "node:test";
import { ClientRefusals } from "./client-refusals.js";
import type { LocalCodecs } from "./local-codecs.js";
import type { WantedTrack } from "./negotiation-types.js";
import type { OfferedTrack } from "./sending-section.js";
import { MAX_SENDING_SECTIONS, SendingSections } from "./sending-sections.js";
import { wantedTrack } from "./testing/offer-text.js";

function offerTrack(mid: string, { trackId, participantId, producerId, cname }: WantedTrack, local: LocalCodecs): OfferedTrack {
  return { track: { mid, trackId, participantId }, producerId, cname, local, ssrc: 1, rtxSsrc: undefined, isOver: false };
}

function plan(sections: SendingSections, names: readonly string[]): boolean {
  const wanted = names.map((name) => wantedTrack(name, "video"));
  return sections.plan(wanted, new ClientRefusals(), offerTrack);
}

test("a plan that changes nothing says so", () => {
  const sections = new SendingSections(1);
  assert.equal(plan(sections, []), false);
  assert.equal(plan(sections, ["a", "b"]), true);
  assert.equal(plan(sections, ["b", "a"]), false);
  assert.equal(plan(sections, ["b"]), true);
  assert.equal(plan(sections, ["b"]), false);
});

test("tracks that have no section wait for one that is free, in the order in which they are wanted", () => {
  const sections = new SendingSections(1);
  const names = Array.from({ length: MAX_SENDING_SECTIONS + 2 }, (_, index) => `${index}`);
  assert.equal(plan(sections, names), true);
  assert.equal(sections.all.length, MAX_SENDING_SECTIONS);
  assert.equal(plan(sections, names.slice(1)), true);
  for (const section of sections.all) if (section.content.type === "emptied") section.content = { type: "blank" };
  assert.equal(plan(sections, names.slice(1)), true);
  const { content } = sections.all[0] ?? {};
  assert.ok(content?.type === "filled");
  assert.equal(content.offered.track.trackId, `TR_${MAX_SENDING_SECTIONS}`);
});

test("[attack 22] a client that rejects whatever comes gets a bounded offer", () => {
  const sections = new SendingSections(1);
  for (let round = 0; round < 2 * MAX_SENDING_SECTIONS; round++) {
    plan(sections, [`${round}`]);
    for (const section of sections.all) section.content = { type: "stopped" };
  }
  assert.equal(sections.all.length, MAX_SENDING_SECTIONS);
  assert.equal(plan(sections, ["more"]), false);
});
