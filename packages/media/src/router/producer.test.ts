import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import { instant } from "../time/instant.js";
import { MediaPacket } from "./media-packet.js";
import { Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";
import { SenderClock } from "./sender-clock.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack"] };
const RTX = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };

function fixture() {
  const memory = createPacketMemory(32 * SLOT_BYTES);
  const pool = new PacketPool(0, memory.bytes.length);
  const rtp = { mid: "0", kind: "video" as const, codecs: [VP8, RTX], headerExtensions: [], encodings: [] };
  const producer = new Producer(memory, pool, new SenderClock(), { producerId: "p", rtp, isPaused: false });
  const feed = (stream: ReceiveStream, sequenceNumber: number) => {
    const offset = pool.take();
    memory.bytes.set([0x80, 96, 0, sequenceNumber, 0, 0, 0, 1, 0, 0, 0, 9, 0x10, 0x00, 0, 0], offset);
    const packet = new MediaPacket();
    packet.reset(offset, 16);
    assert.ok(parseRtpHeader(memory, offset, 16, packet.header));
    packet.header.extendedSequenceNumber = sequenceNumber;
    const isKept = producer.handlePacket(stream, packet, instant(0), false);
    if (!isKept) pool.release(offset);
    return isKept;
  };
  return { pool, producer, feed };
}

test("a publisher may restart its RTP stream any number of times; what it left behind is given back", () => {
  const { pool, producer, feed } = fixture();
  for (let restart = 0; restart < 20; restart++) {
    const stream = producer.openStream(1000 + restart, undefined, 96);
    assert.ok(stream !== undefined);
    assert.equal(producer.activeStream, stream);
    assert.ok(feed(stream, 1) && feed(stream, 2));
  }
  assert.equal(producer.streams.length, 1);
  assert.equal(pool.capacity - pool.available, 2);
});

test("with rids the first encoding stays the one that is forwarded, and their number is bounded", () => {
  const { producer, feed } = fixture();
  const low = producer.openStream(1, "low", 96);
  const high = producer.openStream(2, "high", 96);
  assert.ok(low !== undefined && high !== undefined);
  feed(low, 1);
  feed(high, 1);
  assert.equal(producer.pendingCount, 1);
  for (let more = 0; more < 20; more++) producer.openStream(10 + more, `r${more}`, 96);
  assert.ok(producer.streams.length <= 8);
});

test("an encoding that restarts takes the place of its former self, and goes on being forwarded", () => {
  const { pool, producer, feed } = fixture();
  for (let restart = 0; restart < 20; restart++) {
    const low = producer.openStream(1000 + restart, "low", 96);
    const high = producer.openStream(2000 + restart, "high", 96);
    assert.ok(low !== undefined && high !== undefined);
    assert.equal(producer.activeStream, low);
    assert.ok(feed(low, 1) && feed(high, 1));
  }
  assert.equal(pool.capacity - pool.available, 2);
});

test("no stream begins with an RTX packet or a payload type nobody agreed on", () => {
  const { producer } = fixture();
  assert.equal(producer.openStream(1, undefined, 97), undefined);
  assert.equal(producer.openStream(1, undefined, 33), undefined);
});

test("duplicates are refused and leave their slot to the caller", () => {
  const { producer, feed } = fixture();
  const stream = producer.openStream(1, undefined, 96);
  assert.ok(stream !== undefined);
  assert.equal(feed(stream, 5), true);
  assert.equal(feed(stream, 5), false);
});

test("a paused Producer keeps nothing waiting to be forwarded", () => {
  const { producer, feed } = fixture();
  const stream = producer.openStream(1, undefined, 96);
  assert.ok(stream !== undefined);
  producer.setPaused(true, instant(0));
  feed(stream, 1);
  assert.equal(producer.pendingCount, 0);
});
