import assert from "node:assert/strict";
import test from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { Negotiation } from "./negotiation.js";
import type { PublishedTrack } from "./negotiation-types.js";
import { describeOffer } from "./offered-session.js";
import { createNegotiation, fixtureOffer, LOCAL, offerText, publishedTrack, wantedTrack } from "./testing/offer-text.js";

const viewer = { mid: "0", kind: "video", direction: "recvonly" } as const;
const camera = { mid: "0", kind: "video", direction: "sendonly" } as const;

function refusal(sdp: string, published: readonly PublishedTrack[] = [], negotiation = createNegotiation()): string {
  try {
    negotiation.handleOffer({ sdp, published, wanted: [] });
  } catch (error) {
    assert.ok(error instanceof SluiceError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return "accepted";
}

test("an offer that is no SDP says why", () => {
  assert.match(refusal(""), /^invalidArgument: .*v=0/);
  assert.match(refusal(offerText([viewer]).replace("rtpmap:96", "rtpmap:196")), /^invalidArgument: .*0 to 127/);
});

test("[RFC8843 §7.2] all sections must be in one BUNDLE group", () => {
  const two = offerText([viewer, { ...viewer, mid: "1" }]);
  assert.match(refusal(two.replace("a=group:BUNDLE 0 1\r\n", "")), /^unsupported: .*no BUNDLE/);
  assert.match(refusal(two.replace("BUNDLE 0 1", "BUNDLE 0\r\na=group:BUNDLE 1")), /^unsupported: .*several BUNDLE/);
  assert.equal(refusal(offerText([viewer]).replace("a=group:BUNDLE 0\r\n", "")), "accepted", "a single section needs no group");
});

test("[RFC8843 §7.3.3] a section outside the group is rejected", () => {
  const sdp = offerText([viewer, { ...camera, mid: "1" }]).replace("BUNDLE 0 1", "BUNDLE 0");
  const { answer } = createNegotiation().handleOffer({ sdp, published: [], wanted: [] });
  assert.match(answer, /m=video 0 /);
  assert.match(refusal(sdp, [publishedTrack("1", "video")]), /^unsupported: .*BUNDLE/);
});

test("[RFC8829 §5.3.1] rtcp-mux, ICE credentials and a known fingerprint are required", () => {
  const sdp = offerText([viewer]);
  assert.match(refusal(sdp.replace("a=rtcp-mux\r\n", "")), /^unsupported: .*rtcp-mux/);
  assert.match(refusal(sdp.replace(/a=ice-.*\r\n/g, "")), /^invalidArgument: .*ice-ufrag/);
  assert.match(refusal(sdp.replace(/a=fingerprint.*\r\n/g, "")), /^unsupported: .*fingerprint/);
  assert.match(refusal(sdp.replace("sha-256", "md5")), /^unsupported: .*fingerprint/);
});

test("[RFC8445 §6.1.1] two lite agents would wait for each other for ever", () => {
  assert.match(refusal(offerText([viewer], { session: ["ice-lite"] })), /^unsupported: .*ice-lite/);
});

test("an offer without any usable section says why", () => {
  assert.match(refusal(offerText([{ ...viewer, codecs: ["h265"] }])), /^unsupported: .*none of its codecs/);
  assert.match(refusal(offerText([viewer]).replace("m=video", "m=text")), /^unsupported: .*only audio, video and data/);
  assert.match(refusal(offerText([{ ...viewer, port: 0 }])), /^invalidArgument: .*no open section/);
  assert.match(refusal(offerText([])), /^invalidArgument/);
  assert.match(refusal(offerText([viewer]).replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")), /^unsupported: .*SRTP/);
});

test("tracks must fit the sections", () => {
  const sdp = offerText([camera, { ...camera, mid: "1", codecs: ["h265"] }]);
  assert.match(refusal(sdp, [publishedTrack("7", "video")]), /^invalidArgument: tracks: section "7" is not in the offer/);
  assert.match(refusal(sdp, [publishedTrack("0", "audio")]), /^invalidArgument: .*kind/);
  assert.match(refusal(sdp, [publishedTrack("1", "video")]), /^unsupported: .*codecs/);
  assert.match(
    refusal(sdp, [publishedTrack("0", "video", "a"), publishedTrack("0", "video", "b")]),
    /^invalidArgument: .*two tracks/,
  );
  assert.match(
    refusal(sdp, [publishedTrack("0", "video", "a"), publishedTrack("1", "video", "a")]),
    /^invalidArgument: .*another section/,
  );
});

test("[RFC3550 §8] one SSRC for two published tracks is refused", () => {
  const lines = ["ssrc:5 cname:c"];
  const sdp = offerText([
    { ...camera, lines },
    { ...camera, mid: "1", lines },
  ]);
  assert.match(refusal(sdp, [publishedTrack("0", "video"), publishedTrack("1", "video")]), /^invalidArgument: .*SSRC/);
});

test("an offer for another transport is told by describeOffer, and refused", () => {
  const negotiation = createNegotiation();
  const sdp = offerText([viewer]);
  assert.deepEqual(describeOffer(sdp), {
    ufrag: "peer",
    fingerprints: [{ algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` }],
    origin: { username: "-", sessionId: "1", sessionVersion: "1" },
  });
  assert.equal(refusal(sdp, [], negotiation), "accepted");
  assert.match(refusal(sdp.replaceAll("ice-ufrag:peer", "ice-ufrag:other"), [], negotiation), /^invalidArgument: .*ICE/);
  assert.match(refusal(sdp.replaceAll("CD:CD", "CD:00"), [], negotiation), /^invalidArgument: .*fingerprints/);
  assert.equal(refusal(sdp, [], negotiation), "accepted");
});

test("a refused offer leaves everything as it was", () => {
  const negotiation = createNegotiation();
  const input = { sdp: offerText([viewer]), published: [], wanted: [wantedTrack("x", "video")] };
  const first = negotiation.handleOffer(input);
  assert.throws(() => negotiation.handleOffer({ ...input, sdp: "v=0" }), SluiceError);
  assert.throws(() => negotiation.handleOffer({ ...input, published: [publishedTrack("9", "video")] }), SluiceError);
  assert.deepEqual(negotiation.handleOffer(input), { ...first, commands: [] });
});

test("SSRCs that cannot be had are an error, not a loop", () => {
  const negotiation = new Negotiation({ ...LOCAL, randomUint32: () => 7 });
  const input = { sdp: offerText([viewer]), published: [], wanted: [wantedTrack("x", "video")] };
  assert.throws(() => negotiation.handleOffer(input), { code: "resourceExhausted" });
});

/** Offers so many sections to a room of ten times as many tracks, and once more; ms that it takes. */
function placingMs(sectionCount: number): number {
  const sections = Array.from({ length: sectionCount }, (_, index) => ({
    ...viewer,
    mid: String(index),
    codecs: ["vp8", "vp8Rtx"] as const,
  }));
  const wanted = Array.from({ length: 10 * sectionCount }, (_, index) =>
    wantedTrack(String(index), index % 3 === 0 ? "audio" : "video"),
  );
  const sdp = offerText(sections);
  const negotiation = createNegotiation();
  const begin = performance.now();
  const result = negotiation.handleOffer({ sdp, published: [], wanted });
  const again = negotiation.handleOffer({ sdp, published: [], wanted: wanted.toReversed() });
  const tookMs = performance.now() - begin;
  assert.equal(result.sent.length, sectionCount);
  assert.deepEqual(again.commands, [], "whoever has a section keeps it");
  return tookMs;
}

test("[attack 22] the largest offer to a crowded room costs what its size costs", (t) => {
  // The fastest of several: nothing that interrupts a run makes it faster.
  const fastest = (sectionCount: number) => Math.min(...Array.from({ length: 3 }, () => placingMs(sectionCount)));
  fastest(50);
  const [tenthMs, wholeMs] = [fastest(50), fastest(500)];
  t.diagnostic(`50 sections ${tenthMs.toFixed(1)} ms, 500 sections ${wholeMs.toFixed(1)} ms`);
  // Ten times the size is ten times the work; a hundred times would be a way to stop a node.
  assert.ok(wholeMs < 35 * tenthMs, `${wholeMs} ms, a tenth of it ${tenthMs} ms`);
});

test("[attack 22] any mutation of a real offer is answered or refused with a SluiceError", () => {
  const texts = [
    "chromium-camera-microphone",
    "chromium-simulcast",
    "wrtc-send-and-receive",
    "libdatachannel-send-and-receive",
    "chromium-send-and-receive",
  ].map(fixtureOffer);
  const line = fc.constantFrom(
    ...texts.flatMap((text) => text.split("\r\n")),
    "a=rtcp-fb:* nack",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=setup:passive",
  );
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.oneof(fc.constant(0), fc.nat(40)),
    insert: fc.oneof(
      fc.string({ maxLength: 6 }),
      line.map((text) => `\r\n${text}\r\n`),
      line,
      fc.nat().map(String),
    ),
    atLine: fc.boolean(),
  });
  const published = [publishedTrack("0", "video"), publishedTrack("1", "video")];
  const wanted = [wantedTrack("x", "video"), wantedTrack("y", "audio")];
  fc.assert(
    fc.property(
      fc.nat(texts.length - 1),
      fc.array(mutation, { maxLength: 5 }),
      fc.subarray(published),
      (index, mutations, tracks) => {
        let sdp = texts[index] ?? "";
        for (const { at, remove, insert, atLine } of mutations) {
          const start = atLine ? sdp.indexOf("\r\n", at % (sdp.length + 1)) + 2 : at % (sdp.length + 1);
          sdp = sdp.slice(0, start) + (atLine ? `${insert.trim()}\r\n` : insert) + sdp.slice(start + remove);
        }
        const negotiation = createNegotiation();
        if (refusal(sdp, tracks, negotiation) !== "accepted") return;
        const { answer, commands } = negotiation.handleOffer({ sdp, published: tracks, wanted });
        assert.ok(
          commands.every(({ type }) => type === "openConsumer"),
          "nothing else is new",
        );
        assert.equal(negotiation.handleOffer({ sdp, published: tracks, wanted }).answer, answer);
      },
    ),
    { numRuns: 1000 },
  );
});
