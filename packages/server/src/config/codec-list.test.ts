import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseCodecList } from "./codec-list.js";

test("codecs come as text, as a list and as LiveKit writes them, and leave in our order and writing", () => {
  const expected = ["audio/opus", "video/VP8", "video/H264", "video/rtx"];
  assert.deepEqual(parseCodecList("video/h264, VIDEO/VP8,audio/opus"), expected);
  assert.deepEqual(parseCodecList(["video/H264", { mime: "video/vp8", fmtp_line: "" }, "audio/opus", "video/rtx"]), expected);
  assert.deepEqual(parseCodecList("audio/opus"), ["audio/opus"], "no video, no retransmission of it");
  assert.deepEqual(parseCodecList("audio/opus,video/H265"), ["audio/opus"]);
});

test("what nobody knows, and a list in which nothing can be sent, is refused", () => {
  for (const value of ["", "vp8", "video/H265", "audio/red", ["audio/opus", 1], [{}], 5, {}]) {
    assert.throws(() => parseCodecList(value), SluiceError, JSON.stringify(value));
  }
});

test("any value: codecs or a SluiceError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.array(fc.record({ mime: fc.anything() }))), (value) => {
      try {
        assert.ok(parseCodecList(value).length > 0);
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
      }
    }),
  );
});
