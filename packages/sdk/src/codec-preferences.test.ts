import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { codecPreferences } from "./codec-preferences.js";

const capabilities = ["video/VP8", "video/rtx", "video/H264", "video/red", "video/ulpfec", "video/H264"].map(
  (mimeType, index) => ({ mimeType, index }),
);

test("offers every profile of the codec, and retransmission, and nothing else", () => {
  assert.deepEqual(
    codecPreferences("video", "h264", capabilities).map(({ index }) => index),
    [2, 5, 1],
  );
});

test("a codec the browser lacks is an error that says so", () => {
  assert.throws(
    () => codecPreferences("video", "av1", capabilities),
    (error) => error instanceof SluiceError && error.code === "unsupported" && /av1/.test(error.message),
  );
});
