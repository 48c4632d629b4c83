import assert from "node:assert/strict";
import test from "node:test";
import { type MediaSection, parseSessionDescription } from "@sluice/media";
import type { WantedTrack } from "./negotiation-types.js";
import { createNegotiation, offerText, wantedTrack } from "./testing/offer-text.js";

const viewer = (mid: string, kind: "audio" | "video" = "video") => ({ mid, kind, direction: "recvonly" }) as const;

/** What the same client is answered, offer by offer. */
function createOffering() {
  const negotiation = createNegotiation();
  return (sdp: string, wanted: readonly WantedTrack[] = []): readonly MediaSection[] => {
    const result = parseSessionDescription(negotiation.handleOffer({ sdp, published: [], wanted }).answer);
    assert.ok(result.ok);
    return result.description.sections;
  };
}

const describe = ([section]: readonly MediaSection[]) => [section?.direction, section?.codecs.map(({ name }) => name)];

test("a section offered in advance is answered with one codec until a track goes there, and after it has gone", () => {
  const offer = createOffering();
  const sdp = offerText([viewer("v"), viewer("a", "audio")]);
  assert.deepEqual(describe(offer(sdp)), ["inactive", ["VP8", "rtx"]]);
  const parameters = { "packetization-mode": "1", "profile-level-id": "42e01f" };
  const h264 = { payloadType: 125, name: "H264", clockRate: 90_000, parameters, feedback: [] };
  assert.deepEqual(describe(offer(sdp, [{ ...wantedTrack("cam", "video"), codecs: [h264] }])), ["sendonly", ["H264", "rtx"]]);
  assert.deepEqual(describe(offer(sdp)), ["inactive", ["VP8", "rtx"]]);
  assert.deepEqual(describe(offer(sdp, [wantedTrack("other", "video")])), ["sendonly", ["VP8", "rtx"]]);
});

test("the one codec is never RED, which is nothing without the one in it", () => {
  const sdp = offerText([{ ...viewer("a", "audio"), codecs: ["red", "opus"] }]);
  assert.deepEqual(describe(createOffering()(sdp)), ["inactive", ["opus"]]);
});
