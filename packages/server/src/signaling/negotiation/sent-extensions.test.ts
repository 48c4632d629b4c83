import assert from "node:assert/strict";
import { test } from "node:test";
import { EXTENSION_URI, type RtpCodec } from "@sluice/media";
import { sentExtensions } from "./sent-extensions.js";

const codec = (name: string): RtpCodec => ({ payloadType: 96, name, clockRate: 90_000, parameters: {}, feedback: [] });
const OFFERED = [
  { id: 3, uri: EXTENSION_URI.transportWideSequenceNumber },
  { id: 12, uri: EXTENSION_URI.dependencyDescriptor },
];

test("the dependency descriptor goes with AV1, and with nothing else", () => {
  assert.deepEqual(sentExtensions(OFFERED, [codec("AV1"), codec("rtx")]), OFFERED);
  for (const name of ["VP8", "VP9", "H264"])
    assert.deepEqual(sentExtensions(OFFERED, [codec(name), codec("rtx")]), OFFERED.slice(0, 1));
  assert.deepEqual(sentExtensions(OFFERED, []), OFFERED.slice(0, 1));
});
