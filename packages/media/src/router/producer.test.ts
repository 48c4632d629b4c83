import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import { after, instant } from "../time/instant.js";
import { MediaPacket } from "./media-packet.js";
import { MAX_STREAMS_PER_PRODUCER, PACKET_OUTCOME, Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";
import { SenderClock } from "./sender-clock.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack"] };
const RTX = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };

function fixture(...rids: readonly string[]) {
  const memory = createPacketMemory(32 * SLOT_BYTES);
  const pool = new PacketPool(0, memory.bytes.length);
  const rtp = {
    mid: "0",
    kind: "video" as const,
    codecs: [VP8, RTX],
    headerExtensions: [],
    encodings: rids.map((rid) => ({ rid })),
  };
  const producer = new Producer(memory, pool, new SenderClock(), { producerId: "p", rtp, isPaused: false });
  const feed = (stream: ReceiveStream, sequenceNumber: number, timestamp = 1, now = instant(0)) => {
    const offset = pool.take();
    memory.bytes.set([0x80, 96, 0, sequenceNumber, 0, 0, 0, 1, 0, 0, 0, 9, 0x10, 0x00, 0, 0], offset);
    const packet = new MediaPacket();
    packet.reset(offset, 16);
    memory.view.setUint32(offset + 4, timestamp);
    assert.ok(parseRtpHeader(memory, offset, 16, packet.header));
    packet.header.extendedSequenceNumber = sequenceNumber;
    const isKept = producer.handlePacket(stream, packet, now, false) === PACKET_OUTCOME.kept;
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

test("every encoding waits to be forwarded, lowest first; one that nobody declared is refused, and so are too many", () => {
  const { producer, feed } = fixture("f", "q");
  const high = producer.openStream(1, "f", 96);
  const low = producer.openStream(2, "q", 96);
  assert.ok(low !== undefined && high !== undefined);
  feed(high, 1);
  feed(low, 1);
  assert.equal(producer.pendingCount, 2);
  assert.deepEqual(producer.streams, [low, high]);
  assert.deepEqual([low.encoding, high.encoding, producer.streamOf(1)], [0, 1, high]);
  assert.equal(producer.openStream(3, "h", 96), undefined);
  const many = Array.from({ length: 20 }, (_, index) => `r${index}`);
  const crowded = fixture(...many).producer;
  for (const [index, rid] of many.entries()) crowded.openStream(index, rid, 96);
  assert.equal(crowded.streams.length, MAX_STREAMS_PER_PRODUCER);
});

test("an encoding that restarts takes the place of its former self, and the others go on", () => {
  const { pool, producer, feed } = fixture("low", "high");
  for (let restart = 0; restart < 20; restart++) {
    producer.pendingCount = 0;
    const high = producer.openStream(2000 + restart, "high", 96);
    assert.ok(high !== undefined && feed(high, 1) && feed(high, 2));
    const low = producer.openStream(1000 + restart, "low", 96);
    assert.equal(producer.pendingCount, 2);
    assert.ok(low !== undefined && feed(low, 1));
    assert.equal(producer.activeStream, low);
    const later = producer.openStream(3000 + restart, "high", 96);
    assert.equal(producer.pendingCount, 1, "what waits of the stream that ended is gone");
    assert.ok(later !== undefined && feed(later, 1));
  }
  assert.equal(pool.capacity - pool.available, 2);
});

test("attack 18: a malformed payload is refused, and not asked for again", () => {
  const { pool, producer, feed } = fixture();
  const stream = producer.openStream(1, undefined, 96);
  assert.ok(stream !== undefined && feed(stream, 1) && feed(stream, 3));
  const offset = pool.take();
  const packet = new MediaPacket();
  packet.reset(offset, 13);
  Object.assign(packet.header, { payloadType: 96, payloadOffset: offset + 12, payloadBytes: 1, extendedSequenceNumber: 2 });
  assert.equal(producer.handlePacket(stream, packet, instant(0), false), PACKET_OUTCOME.malformed);
  assert.equal(stream.nack?.missingCount, 0);
  assert.equal(producer.pendingCount, 2);
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

test("freezes are the publisher's own, whatever number of encodings tells of them, and a pause is none", () => {
  const { producer, feed } = fixture("low", "high");
  const streams = ["low", "high"].map((rid, index) => producer.openStream(index + 1, rid, 96));
  let sequenceNumber = 0;
  const show = (frames: number, intervalMs: number, ...of: readonly (ReceiveStream | undefined)[]) => {
    for (let frame = 0; frame < frames; frame++) {
      now = after(now, intervalMs);
      sequenceNumber++;
      for (const stream of of) {
        assert.ok(stream !== undefined);
        feed(stream, sequenceNumber, sequenceNumber * 3000, now);
        stream.releaseExpired(after(now, 2000));
        producer.pendingCount = 0;
      }
    }
  };
  let now = instant(0);
  show(40, 33, ...streams);
  assert.equal(producer.freezes.freezesAt(now), 0);
  show(40, 33, streams[1]); // Nobody watches the lower one: that is no freeze.
  show(40, 33, ...streams);
  assert.equal(producer.freezes.freezesAt(now), 0);
  show(1, 400, ...streams);
  assert.deepEqual([producer.freezes.freezesAt(now), producer.freezes.frozenMsAt(now)], [1, 400]);
  producer.setPaused(true, now);
  show(20, 33, ...streams); // The client goes on for a moment.
  now = after(now, 60_000);
  assert.equal(producer.freezes.freezesAt(now), 1);
  producer.setPaused(false, now);
  show(40, 33, ...streams);
  assert.equal(producer.freezes.freezesAt(now), 1);
});
