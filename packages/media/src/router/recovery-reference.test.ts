/** docs/reference/recovery.md has the figures as they are. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NACK_LIMITS, NACK_TIMING } from "../rtp/nack-limits.js";
import { FEEDBACK_QUEUE } from "../transport/feedback-queue.js";
import { KEY_FRAME_CACHE } from "./key-frame-cache.js";
import { FIRST_PICTURE, KEY_FRAMES_PER_RECEIVER } from "./key-frame-demand.js";
import { KEY_FRAME_REQUEST_INTERVAL_MS, KEY_FRAME_RETRY_MS } from "./key-frame-requester.js";
import { PAST_SPEED } from "./layers/sent-segments.js";
import { RETRANSMISSION_LIFETIME_MS } from "./retransmission-buffer.js";
import { RETRANSMISSION } from "./retransmission-limits.js";

const page = readFileSync(new URL("../../../../docs/reference/recovery.md", import.meta.url), "utf8").replaceAll(/\s+/g, " ");
const { video, audio } = NACK_LIMITS;
const timing = NACK_TIMING;

for (const sentence of [
  `| first request after a gap | ${timing.minGraceMs} ms; on a path that reorders by more, up to ${timing.maxGraceMs} ms |`,
  `× ${timing.backOff} with each try, ${timing.minIntervalMs} to ${timing.maxIntervalMs} ms; ${timing.defaultRttMs} ms while`,
  `| given up, video | after ${video.maxTries} tries or ${video.maxAgeMs} ms |`,
  `| given up, audio | after ${audio.maxTries} tries or ${audio.maxAgeMs} ms |`,
  `| missing at a time, video | ${video.maxMissing};`,
  `at most one each ${KEY_FRAME_REQUEST_INTERVAL_MS} ms, repeated after ${KEY_FRAME_RETRY_MS} ms |`,
  `One subscriber causes a key frame every ${1 / KEY_FRAMES_PER_RECEIVER.perSecond} s`,
  `| ${RETRANSMISSION_LIFETIME_MS.video} ms of video, ${RETRANSMISSION_LIFETIME_MS.audio} ms of audio, once per stream |`,
  `up to one round trip and ${RETRANSMISSION.defaultTtlMs} ms after its first sending`,
  `| on round trips above ${RETRANSMISSION.ttlRoundTripMs} ms |`,
  `| not within a round trip, and ${RETRANSMISSION.maxResendings} times at most |`,
  `and ${RETRANSMISSION.freeBytes} before that; never more than ${RETRANSMISSION.maxBytesPerSecond} a second |`,
  `for ${RETRANSMISSION.keyFrameGuardMs} ms at most |`,
  `${FEEDBACK_QUEUE.capacity} compounds wait at most, ${FEEDBACK_QUEUE.perTransport} of one peer, and ${FEEDBACK_QUEUE.reservedForReports} places`,
  `| the key frame is no older than | ${KEY_FRAME_CACHE.maxAgeMs} ms |`,
  `| ${KEY_FRAME_CACHE.maxBytes}, and what the path carries in ${KEY_FRAME_CACHE.maxPathMs} ms by its estimate |`,
  `| ${KEY_FRAME_CACHE.maxBacklogMs} ms, at ${(KEY_FRAME_CACHE.bytesPerSecond * 8) / 1_000_000} Mbit/s |`,
  `${PAST_SPEED} times as fast`,
  `within ${FIRST_PICTURE.repeatWithinMs} ms of its first packet, at most ${FIRST_PICTURE.maxRepeats} times`,
]) {
  test(`docs/reference/recovery.md says "${sentence}"`, () => assert.ok(page.includes(sentence)));
}
