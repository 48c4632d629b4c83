import assert from "node:assert/strict";
import { test } from "node:test";
import { SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { after, instant } from "../time/instant.js";
import { KEY_FRAME_CACHE, KeyFrameCache } from "./key-frame-cache.js";
import { ReplayPacer } from "./replay-pacer.js";
import { RetransmissionBuffer } from "./retransmission-buffer.js";

const t0 = instant(1_000_000);
const MAX_BYTES = KEY_FRAME_CACHE.maxBytes;

/** A stream of packets of 1,000 bytes, 10 to 20, with a key frame that begins in packet 12 at `t0`. */
function openStream(missing: readonly number[] = [], withheldTo = -1) {
  const pool = new PacketPool(0, 64 * SLOT_BYTES);
  const buffer = new RetransmissionBuffer(pool, 64);
  for (let received = 10; received <= 20; received++) {
    if (!missing.includes(received)) buffer.insert(received, pool.take(), 1000, t0 / 1000);
  }
  const asked = new Set<number>();
  const stream = {
    buffer,
    nack: { isMissing: (received: number) => asked.has(received) },
    highest: 20,
    isWithheld: (received: number) => received <= withheldTo,
  };
  const cache = new KeyFrameCache();
  cache.handleKeyFrame(12, 3000, t0);
  return { cache, stream, asked, buffer };
}

test("the last key frame is found while it is young, and everything since is here", () => {
  const { cache, stream } = openStream();
  assert.equal(new KeyFrameCache().find(stream, MAX_BYTES, t0), -1, "there was none");
  assert.equal(cache.find(stream, MAX_BYTES, after(t0, KEY_FRAME_CACHE.maxAgeMs)), 12);
  assert.equal(cache.find(stream, MAX_BYTES, after(t0, KEY_FRAME_CACHE.maxAgeMs + 1)), -1);
});

test("a newer key frame takes the place of the last, further packets of the same one do not", () => {
  const { cache, stream } = openStream();
  cache.handleKeyFrame(13, 3000, t0);
  assert.equal(cache.find(stream, MAX_BYTES, t0), 12);
  cache.handleKeyFrame(11, 3000, t0);
  assert.equal(cache.find(stream, MAX_BYTES, t0), 11, "the parameter sets came late");
  cache.handleKeyFrame(18, 9000, t0);
  assert.equal(cache.find(stream, MAX_BYTES, t0), 18);
  cache.handleKeyFrame(10, 1000, t0);
  assert.equal(cache.find(stream, MAX_BYTES, t0), 18, "an older one came late");
});

test("what is missing for good makes it useless, what has been asked for again does not", () => {
  const { cache, stream, asked } = openStream([15]);
  assert.equal(cache.find(stream, MAX_BYTES, t0), -1);
  asked.add(15);
  assert.equal(cache.find(stream, MAX_BYTES, t0), 12);
  assert.equal(openStream([11]).cache.find(openStream([11]).stream, MAX_BYTES, t0), 12, "before it nothing matters");
});

test("more bytes than there is room for, a packet that has left the buffer, a mute of the server: a new key frame", () => {
  const { cache, stream, buffer } = openStream();
  assert.equal(cache.find(stream, 9000, t0), 12);
  assert.equal(cache.find(stream, 8999, t0), -1);
  assert.equal(openStream([], 12).cache.find(openStream([], 12).stream, MAX_BYTES, t0), -1);
  buffer.reclaimHalf();
  assert.equal(cache.find(stream, MAX_BYTES, t0), -1);
});

test("one receiver's replays share 10 Mbit/s, and what would take longer than 300 ms is refused", () => {
  const pacer = new ReplayPacer();
  const { maxBytes, maxBacklogMs, bytesPerSecond, burstBytes } = KEY_FRAME_CACHE;
  assert.equal(pacer.roomBytes(undefined, t0), maxBytes);
  assert.equal(pacer.roomBytes(1_000_000, t0), 62_500, "half a second of the path");
  pacer.begin(250_000, t0);
  assert.equal(pacer.roomBytes(undefined, t0), (maxBacklogMs / 1000) * bytesPerSecond - 250_000);
  assert.equal(pacer.roomBytes(undefined, after(t0, 1000)), maxBytes);
  let left = 0;
  for (let ms = 0; ms <= 100; ms += 10) while (pacer.take(1000, after(t0, ms))) left += 1000;
  assert.ok(left <= burstBytes + 0.1 * bytesPerSecond && left > burstBytes + 0.09 * bytesPerSecond, `${left} bytes`);
});
