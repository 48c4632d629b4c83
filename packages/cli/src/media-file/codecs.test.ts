import assert from "node:assert/strict";
import { test } from "node:test";
import { isRtx, supportedCodecs } from "@sluice/media";
import { h264, OPUS, RECEIVED_CODECS, rtxFor, VP8 } from "./codecs.js";

test("[RFC8843 §9.1] in one BUNDLE a payload type means one codec, sent or received", () => {
  const meanings = new Map<number, string>();
  const sent = [h264("42c01f"), VP8, OPUS].flatMap((codec) => (codec === OPUS ? [codec] : [codec, rtxFor(codec)]));
  for (const codec of [...RECEIVED_CODECS.audio, ...RECEIVED_CODECS.video, ...sent]) {
    const meaning = JSON.stringify(codec);
    assert.equal(meanings.get(codec.payloadType) ?? meaning, meaning);
    meanings.set(codec.payloadType, meaning);
  }
});

test("[RFC5761 §4] no payload type could be taken for RTCP", () => {
  for (const { payloadType } of [...RECEIVED_CODECS.video, ...RECEIVED_CODECS.audio]) {
    assert.ok(payloadType < 64 || payloadType > 95);
    assert.ok(payloadType < 128);
  }
});

test("everything offered is something the node forwards, retransmissions of each picture included", () => {
  assert.deepEqual(supportedCodecs("video", RECEIVED_CODECS.video), RECEIVED_CODECS.video);
  assert.deepEqual(supportedCodecs("audio", RECEIVED_CODECS.audio), RECEIVED_CODECS.audio);
  assert.equal(RECEIVED_CODECS.video.filter(isRtx).length, RECEIVED_CODECS.video.length / 2);
});
