import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { VirtualRoom } from "../testing/virtual-room.js";
import { instant } from "../time/instant.js";
import { MAX_BATCH, MAX_SENDS_PER_BATCH, PacketBatch } from "./packet-batch.js";
import type { ConsumerParameters } from "./parameters.js";

const t0 = instant(1_000_000);
const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };

/** A room whose Producer has so many Consumers, and a batch with `packets` of its packets. */
function fill(batch: PacketBatch, consumers: number, packets: number): void {
  const room = new VirtualRoom(createPortableCrypto, { kind: "audio", codecs: [OPUS], encodings: [{ ssrc: 5 }] });
  for (let more = 1; more < consumers; more++) {
    const parameters: ConsumerParameters = {
      consumerId: `c${more}`,
      producerId: "p",
      kind: "audio",
      mid: "0",
      ssrc: 10_000 + more,
      cname: "publisher",
      codecs: [OPUS],
      headerExtensions: [],
      isPaused: false,
    };
    room.router.openConsumer(room.producer, room.consumer.outlet, parameters);
  }
  for (let sequenceNumber = 0; sequenceNumber < packets; sequenceNumber++) {
    assert.ok(room.accept({ ssrc: 5, payloadType: 111, sequenceNumber, timestamp: 0, payload: [1] }, batch.next));
    batch.keep(room.router);
  }
}

test("the next batch is bounded by packets times receivers at once when they grow many, and slowly freed", () => {
  const batch = new PacketBatch();
  assert.equal(batch.limit, MAX_BATCH);
  fill(batch, 100, 3);
  assert.equal(batch.forward(t0), 300);
  assert.equal(batch.limit, MAX_SENDS_PER_BATCH / 100);
  fill(batch, 1, 1);
  assert.equal(batch.forward(t0), 1);
  assert.ok(batch.limit < 2 * (MAX_SENDS_PER_BATCH / 100));
  for (let quiet = 0; quiet < 50; quiet++) {
    fill(batch, 1, 1);
    batch.forward(t0);
  }
  assert.equal(batch.limit, MAX_BATCH);
});

test("a batch takes at least one datagram, however many receivers there are", () => {
  const batch = new PacketBatch();
  fill(batch, 1500, 1);
  batch.forward(t0);
  assert.equal(batch.limit, 1);
});

test("says when it is full, and an empty one forwards nothing", () => {
  const batch = new PacketBatch();
  assert.equal(batch.forward(t0), 0);
  fill(batch, 1, MAX_BATCH);
  assert.equal(batch.isFull, true);
  assert.equal(batch.forward(t0), MAX_BATCH);
  assert.equal(batch.isFull, false);
});
