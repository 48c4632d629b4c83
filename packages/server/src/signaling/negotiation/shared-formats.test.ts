import assert from "node:assert/strict";
import { test } from "node:test";
import { type MediaSection, parseSessionDescription } from "@sluice/media";
import fc from "fast-check";
import { SharedFormats } from "./shared-formats.js";
import { offerText } from "./testing/offer-text.js";

test("sections that say the same share one format, others have their own", () => {
  const shared = new SharedFormats();
  const [audio, video] = [sectionOf("opus"), sectionOf("vp8")];
  const format = shared.share("video", video);
  assert.equal(shared.share("video", sectionOf("vp8")), format);
  assert.deepEqual(format.offered.codecs, video.codecs);
  assert.notEqual(shared.share("video", sectionOf("h264")), format);
  assert.notEqual(shared.share("audio", audio), format);
});

test("however many formats come, what is shared is bounded, and every answer is right", () => {
  const shared = new SharedFormats();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (id) => {
      const section = { ...sectionOf("vp8"), headerExtensions: [{ id: 1, uri: `urn:test:${id}` }] };
      const format = shared.share("video", section);
      assert.deepEqual(format.offered.headerExtensions, section.headerExtensions);
      assert.ok(format.index.find(section.codecs[0] ?? assert.fail("no codec")) !== undefined);
      assert.ok(shared.size <= 64);
    }),
    { seed: 20_261_130, numRuns: 500 },
  );
});

test("a format of extraordinary length is not kept", () => {
  const shared = new SharedFormats();
  const section = { ...sectionOf("vp8"), formats: [..."7".repeat(20_000)] };
  assert.notEqual(shared.share("video", section), shared.share("video", section));
  assert.equal(shared.size, 0);
});

function sectionOf(codec: "opus" | "vp8" | "h264"): MediaSection {
  const kind = codec === "opus" ? "audio" : "video";
  const result = parseSessionDescription(offerText([{ mid: "0", kind, direction: "recvonly", codecs: [codec] }]));
  const [section] = result.ok ? result.description.sections : [];
  return section ?? assert.fail("the offer does not parse");
}
