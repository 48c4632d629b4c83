import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findReusableSection, MAX_RECEIVING_SECTIONS, type MediaSection, planReceivingSections } from "./section-plan.js";

const receivingVideo: MediaSection = { kind: "video", role: "receiving", direction: "recvonly" };
const sendingVideo: MediaSection = { kind: "video", role: "sending", direction: "sendonly" };

test("adds what is missing to the total asked for", () => {
  assert.deepEqual(planReceivingSections([receivingVideo], { audio: 2, video: 3 }), ["audio", "audio", "video", "video"]);
});

test("sections that send do not count, and none is taken away", () => {
  assert.deepEqual(planReceivingSections([sendingVideo], { audio: 0, video: 1 }), ["video"]);
  assert.deepEqual(planReceivingSections([receivingVideo, receivingVideo], { audio: 0, video: 0 }), []);
});

test("no server makes us add sections without end", () => {
  assert.equal(planReceivingSections([], { audio: 0, video: 1e9 }).length, MAX_RECEIVING_SECTIONS);
});

test("after the plan the total is what was wanted, or what was there before if that was more", () => {
  const section = fc.record<MediaSection>({
    kind: fc.constantFrom("audio", "video"),
    role: fc.constantFrom("sending", "receiving"),
    direction: fc.constantFrom("sendonly", "recvonly", "inactive"),
  });
  const counts = fc.record({ audio: fc.nat(60), video: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(section), counts, (sections, wanted) => {
      const added = planReceivingSections(sections, wanted);
      for (const kind of ["audio", "video"] as const) {
        const before = sections.filter((each) => each.role === "receiving" && each.kind === kind).length;
        const after = before + added.filter((each) => each === kind).length;
        assert.equal(after, Math.max(before, wanted[kind]));
      }
    }),
  );
});

test("a section whose track was unpublished is used again, by the same kind only", () => {
  const free: MediaSection = { ...sendingVideo, direction: "inactive" };
  const idleReceiving: MediaSection = { ...receivingVideo, direction: "inactive" };
  assert.equal(findReusableSection([sendingVideo, idleReceiving, free], "video"), free);
  assert.equal(findReusableSection([sendingVideo, idleReceiving, free], "audio"), undefined);
});
