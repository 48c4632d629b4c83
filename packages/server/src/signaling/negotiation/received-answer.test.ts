import assert from "node:assert/strict";
import test from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { answerSdp } from "../../testing/peer-answer.js";
import { wantedTrack } from "./testing/offer-text.js";
import { createOffering } from "./testing/offering-fixture.js";

const WANTED = [wantedTrack("a", "audio"), wantedTrack("v", "video")];

function outstanding() {
  const negotiation = createOffering();
  const offer = negotiation.createOffer(WANTED);
  assert.ok(offer);
  const handle = (sdp: string) => negotiation.handleAnswer({ id: offer.id, sdp, wanted: WANTED });
  return { negotiation, answer: answerSdp(offer.sdp), handle };
}

const REFUSED: readonly (readonly [string, (answer: string) => string, string])[] = [
  ["is no SDP", () => "hello", "invalidArgument"],
  ["has no sections", (answer) => answer.slice(0, answer.indexOf("m=")), "invalidArgument"],
  ["lacks a section", (answer) => answer.slice(0, answer.lastIndexOf("m=")), "invalidArgument"],
  ["has another mid", (answer) => answer.replaceAll("a=mid:2", "a=mid:7"), "invalidArgument"],
  ["has another kind", (answer) => answer.replace("m=audio", "m=text"), "invalidArgument"],
  ["is an ICE-lite agent's", (answer) => answer.replace("t=0 0", "t=0 0\r\na=ice-lite"), "unsupported"],
  ["leaves the DTLS role open", (answer) => answer.replaceAll("setup:active", "setup:actpass"), "invalidArgument"],
  ["has no ICE credentials", (answer) => answer.replaceAll(/a=ice-(ufrag|pwd):.*\r\n/g, ""), "invalidArgument"],
  ["has no fingerprint", (answer) => answer.replaceAll(/a=fingerprint:.*\r\n/g, ""), "invalidArgument"],
  ["has a fingerprint nobody knows", (answer) => answer.replaceAll("sha-256", "md5"), "unsupported"],
  ["does not share the transport", (answer) => answer.replace(/a=group:BUNDLE.*\r\n/, ""), "unsupported"],
  ["has a section outside of the group", (answer) => answer.replace("BUNDLE 0 1 2", "BUNDLE 0 2"), "unsupported"],
  ["wants RTCP on a port of its own", (answer) => answer.replaceAll("a=rtcp-mux\r\n", ""), "unsupported"],
  ["wants it in the open", (answer) => answer.replaceAll("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "unsupported"],
  ["takes nothing", (answer) => answer.replaceAll(/m=(\w+) \d+ /g, "m=$1 0 "), "invalidArgument"],
];

for (const [what, change, code] of REFUSED) {
  test(`an answer that ${what} is refused, and the offer can still be answered`, () => {
    const { answer, handle } = outstanding();
    const changed = change(answer);
    assert.notEqual(changed, answer);
    assert.throws(() => handle(changed), { name: "SluiceError", code });
    assert.equal(handle(answer)?.sent.length, 2);
  });
}

test("a later answer cannot change the transport's other side", () => {
  for (const change of [
    (answer: string) => answer.replaceAll("ice-ufrag:peer", "ice-ufrag:another"),
    (answer: string) => answer.replaceAll("CD:", "CE:"),
    (answer: string) => answer.replaceAll("setup:active", "setup:passive"),
  ]) {
    const { negotiation, answer, handle } = outstanding();
    handle(answer);
    const next = negotiation.createOffer([]);
    assert.ok(next);
    const sdp = change(answerSdp(next.sdp));
    assert.throws(() => negotiation.handleAnswer({ id: next.id, sdp, wanted: [] }), { code: "invalidArgument" });
    assert.equal(negotiation.outstandingId, next.id);
  }
});

test("[attack 22] whatever an answer says, it is taken or refused with a SluiceError, and what is sent was offered", () => {
  const { answer: valid } = outstanding();
  const lines = valid.split("\r\n");
  const index = fc.nat({ max: lines.length - 1 });
  const edit = fc.oneof(
    fc.record({ at: index, with: fc.constant(undefined) }),
    fc.record({ at: index, with: index.map((other) => lines[other] ?? "") }),
    fc.record({ at: index, with: fc.string({ maxLength: 40 }) }),
    fc.record({ at: index, with: fc.string({ maxLength: 20 }).map((text) => `a=${text}`) }),
    fc.record({
      at: index,
      with: fc.constantFrom("a=inactive", "a=sendrecv", "a=rtpmap:96 AV1/90000", "a=extmap:1 x", "m=video 0 X 1"),
    }),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      const changed: (string | undefined)[] = [...lines];
      for (const { at, with: line } of edits) changed[at] = line;
      const { answer, handle } = outstanding();
      try {
        const result = handle(changed.filter((line) => line !== undefined).join("\r\n"));
        for (const { mid, trackId } of result?.sent ?? []) assert.equal(mid, trackId === "TR_a" ? "1" : "2");
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        assert.equal(handle(answer)?.sent.length, 2);
      }
    }),
    { numRuns: 500 },
  );
});
