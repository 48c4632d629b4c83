import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../time/instant.js";
import {
  ENCODING_REQUEST_INTERVAL_MS,
  KEY_FRAME_REQUEST_INTERVAL_MS,
  KeyFramePace,
  KeyFrameRequester,
  MAX_KEY_FRAME_RETRIES,
} from "./key-frame-requester.js";

const t0 = instant(1_000_000);

/** Requests that get out when `ask` is called every 10 ms for `durationMs`. */
function countRequests(requester: KeyFrameRequester, durationMs: number, ask: (now: Instant) => void): number {
  let count = 0;
  for (let ms = 0; ms < durationMs; ms += 10) {
    const now = after(t0, ms);
    ask(now);
    if (requester.pollRequest(now)) count++;
  }
  return count;
}

test("the first request goes out at once", () => {
  const requester = new KeyFrameRequester();
  requester.request(t0);
  assert.equal(requester.pollRequest(t0), true);
  assert.equal(requester.pollRequest(t0), false);
});

test("500 askers at once reach the publisher as at most two requests a second", () => {
  const requester = new KeyFrameRequester();
  const count = countRequests(requester, 10_000, (now) => {
    for (let asker = 0; asker < 500; asker++) requester.request(now);
  });
  assert.ok(count <= 10_000 / KEY_FRAME_REQUEST_INTERVAL_MS, `${count} requests in 10 s`);
  assert.ok(count >= 10);
});

test("repeats while no key frame comes, then gives up until somebody asks again", () => {
  const requester = new KeyFrameRequester();
  requester.request(t0);
  assert.equal(
    countRequests(requester, 60_000, () => undefined),
    MAX_KEY_FRAME_RETRIES + 1,
  );
});

test("a key frame ends it", () => {
  const requester = new KeyFrameRequester();
  requester.request(t0);
  requester.pollRequest(t0);
  requester.handleKeyFrame();
  assert.equal(
    countRequests(requester, 10_000, () => undefined),
    0,
  );
  assert.equal(requester.pollTimeout(), undefined);
});

test("the encodings of one picture are asked one after the other, so that none is asked in vain", () => {
  const [low, high] = [new KeyFrameRequester(), new KeyFrameRequester()];
  low.pace = high.pace = new KeyFramePace();
  high.request(t0);
  assert.equal(high.pollRequest(t0), true);
  high.handleKeyFrame();
  const soon = after(t0, 100);
  low.request(soon);
  assert.equal(low.pollRequest(soon), false);
  const due = after(t0, ENCODING_REQUEST_INTERVAL_MS);
  assert.equal(low.pollTimeout(), due);
  assert.equal(low.pollRequest(due), true);
});
