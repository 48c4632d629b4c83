import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PeerOffer } from "../../testing/peer-offer.js";
import { countReceiving, type KnownTrack, matchTracks, type OfferedSection, offeredSections } from "./offered-tracks.js";

const track = (trackId: string, cid: string, kind: "audio" | "video" = "video"): KnownTrack => ({ trackId, cid, kind });
const section = (mid: string, cid: string | undefined, kind: "audio" | "video" = "video"): OfferedSection => {
  return { mid, kind, cids: cid === undefined ? [] : [cid], isSending: true, isReceiving: false };
};
const NAMES = { bound: new Map<string, string>(), aliases: new Map<string, string>(), areRenamed: false };

test("a section is matched by the track's name, by another name of it, or by what it carried before", () => {
  const tracks = [track("TR_1", "a"), track("TR_2", "b"), track("TR_3", "c")];
  const sections = [section("0", "a"), section("1", "b2"), section("2", "renamed")];
  const bound = new Map([["2", "TR_3"]]);
  const { named, ended } = matchTracks(sections, tracks, { ...NAMES, bound, aliases: new Map([["b2", "TR_2"]]) });
  assert.deepEqual(named, [
    { mid: "0", trackId: "TR_1" },
    { mid: "1", trackId: "TR_2" },
    { mid: "2", trackId: "TR_3" },
  ]);
  assert.deepEqual(ended, []);
});

test("an offer may come before its track: the section waits, unless the platform renames tracks", () => {
  const tracks = [track("TR_1", "a")];
  assert.deepEqual(matchTracks([section("0", "x")], tracks, NAMES).named, []);
  const renamed = matchTracks([section("0", "x", "audio"), section("1", "y")], tracks, { ...NAMES, areRenamed: true });
  assert.deepEqual(renamed.named, [{ mid: "1", trackId: "TR_1" }]);
});

test("a track whose section sends no more, or carries another one, has ended; one that moved has not", () => {
  const tracks = [track("TR_1", "a"), track("TR_2", "b")];
  const bound = new Map([["0", "TR_1"]]);
  const stopped = { ...section("0", undefined), isSending: false };
  assert.deepEqual(matchTracks([stopped], tracks, { ...NAMES, bound }).ended, ["TR_1"]);
  assert.deepEqual(matchTracks([section("0", "b")], tracks, { ...NAMES, bound }), {
    named: [{ mid: "0", trackId: "TR_2" }],
    ended: ["TR_1"],
  });
  assert.deepEqual(matchTracks([stopped, section("1", "a")], tracks, { ...NAMES, bound }), {
    named: [{ mid: "1", trackId: "TR_1" }],
    ended: [],
  });
});

test("an offer's sections say their direction; one that does not parse has none", () => {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  peer.receive({ audio: 2, video: 3 });
  peer.addDataSection();
  const sections = offeredSections(peer.createSdp());
  assert.deepEqual(countReceiving(sections), { audio: 2, video: 3 });
  assert.equal(sections.filter(({ isSending }) => isSending).length, 1);
  assert.deepEqual(offeredSections("nonsense"), []);
});

test("no section carries two tracks, no track is in two sections, and kinds fit", () => {
  const kind = fc.constantFrom("audio" as const, "video" as const);
  const name = fc.constantFrom("a", "b", "c", "d");
  const sections = fc.uniqueArray(
    fc.record({ mid: name, kind, cids: fc.array(name, { maxLength: 2 }), isSending: fc.boolean(), isReceiving: fc.boolean() }),
    { selector: ({ mid }) => mid },
  );
  const tracks = fc.uniqueArray(fc.record({ trackId: name, kind, cid: name }), { selector: ({ trackId }) => trackId });
  const bound = fc.dictionary(name, name);
  fc.assert(
    fc.property(sections, tracks, bound, fc.boolean(), (offered, known, before, areRenamed) => {
      const { named, ended } = matchTracks(offered, known, { ...NAMES, bound: new Map(Object.entries(before)), areRenamed });
      assert.equal(new Set(named.map(({ mid }) => mid)).size, named.length);
      assert.equal(new Set(named.map(({ trackId }) => trackId)).size, named.length);
      for (const { mid, trackId } of named) {
        const at = offered.find((each) => each.mid === mid);
        assert.ok(at?.isSending && at.kind === known.find((each) => each.trackId === trackId)?.kind);
        assert.ok(!ended.includes(trackId));
      }
    }),
  );
});
