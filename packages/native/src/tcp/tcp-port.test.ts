import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AddressId,
  after,
  createPacketMemory,
  PacketPool,
  SCRATCH_BYTES,
  SLOT_BYTES,
  UNKNOWN_ADDRESS,
} from "@sluice/media";
import { TcpPeer } from "../testing/tcp-peer.js";
import { numbered, sequenceOf } from "../testing/udp-port-fixture.js";
import { RecordingIngress } from "../testing/udp-recording-ingress.js";
import { monotonicNow } from "../udp/monotonic-clock.js";
import type { TcpLimits } from "./tcp-limits.js";
import { openTcpPort, type TcpPort } from "./tcp-port.js";

const FIRST_ID = 100;
const SLOTS = 80;

interface Fixture {
  readonly port: TcpPort;
  readonly ingress: RecordingIngress;
  readonly pool: PacketPool;
  connect(): Promise<TcpPeer>;
  commit(id: AddressId, packet: Uint8Array, isAudio?: boolean): void;
}

async function open(t: { after(fn: () => void): void }, limits: Partial<TcpLimits> = {}): Promise<Fixture> {
  const sendArea = SCRATCH_BYTES + SLOTS * SLOT_BYTES;
  const memory = createPacketMemory(sendArea + SLOT_BYTES);
  const pool = new PacketPool(SCRATCH_BYTES, sendArea);
  const listen = [{ ip: "127.0.0.1", port: 0 }];
  const port = await openTcpPort({ memory, pool, listen, firstAddressId: FIRST_ID, limits });
  t.after(() => port.close());
  const ingress = new RecordingIngress(memory);
  // As the core does: whoever has registered the address lets go of it.
  ingress.onAddressClosed = (id) => port.release(id);
  port.start(ingress, () => {});
  const [local] = port.localAddresses;
  assert.ok(local !== undefined);
  return {
    port,
    ingress,
    pool,
    async connect() {
      const peer = await TcpPeer.connect(local);
      t.after(() => peer.close());
      return peer;
    },
    commit(id, packet, isAudio = false) {
      memory.bytes.set(packet, sendArea);
      port.commit(id, sendArea, packet.length, isAudio);
    },
  };
}

/** A connection that the core has registered. */
async function openProven(fixture: Fixture): Promise<{ readonly peer: TcpPeer; readonly id: AddressId }> {
  const peer = await fixture.connect();
  const seen = fixture.ingress.unknown.length;
  peer.send(numbered(0, 20));
  await fixture.ingress.until(() => fixture.ingress.unknown.length > seen);
  return { peer, id: fixture.port.register(peer.address) };
}

describe("ICE over TCP", { timeout: 60_000 }, () => {
  test("[RFC6544 §3] a connection is an address: reported, registered, recognised, answered and closed", async (t) => {
    const fixture = await open(t);
    const { port, ingress } = fixture;
    const { peer, id } = await openProven(fixture);
    assert.deepEqual(ingress.unknown[0], { bytes: numbered(0, 20), source: peer.address });
    assert.equal(id, FIRST_ID);
    peer.send(numbered(1, 1_500));
    await ingress.until(() => ingress.received.length === 1);
    assert.deepEqual([ingress.received[0]?.address, ingress.received[0]?.bytes], [id, numbered(1, 1_500)]);
    for (const sequence of [2, 3, 4]) fixture.commit(id, numbered(sequence, 1_000));
    await peer.hasReceived(3);
    assert.deepEqual(peer.received.map(sequenceOf), [2, 3, 4]);
    peer.close();
    await ingress.until(() => ingress.closed.length === 1);
    assert.deepEqual(ingress.closed, [id]);
    assert.equal(port.register(peer.address), UNKNOWN_ADDRESS);
    fixture.commit(id, numbered(5, 10));
    assert.equal(port.counters.droppedUnknownAddress, 1);
    assert.equal(port.connectionCount, 0);
  });

  test("an address of the same numbers that never connected is nobody's", async (t) => {
    const { port } = await open(t);
    assert.equal(port.register({ family: "IPv4", ip: "127.0.0.1", port: 9, protocol: "tcp" }), UNKNOWN_ADDRESS);
    assert.throws(() => port.release(FIRST_ID), /never registered/);
  });

  test("batches are no longer than the core allows, and slots that it keeps are not written again", async (t) => {
    const fixture = await open(t);
    const { ingress, pool, port } = fixture;
    const { peer } = await openProven(fixture);
    ingress.batchLimit = 3;
    ingress.keeps = true;
    for (let sequence = 1; sequence <= 40; sequence++) peer.send(numbered(sequence, 100));
    await ingress.until(() => ingress.received.length === 40);
    assert.ok(Math.max(...ingress.batches) <= 3);
    assert.equal(new Set(ingress.received.map(({ offset }) => offset)).size, 40);
    for (let sequence = 41; sequence <= 100; sequence++) peer.send(numbered(sequence, 100));
    ingress.keeps = false;
    peer.send(numbered(101, 100));
    await ingress.until(() => sequenceOf(ingress.received.at(-1)?.bytes) === 101 || port.counters.droppedNoSlot > 0);
    for (const { offset } of ingress.received.slice(0, 40)) pool.release(offset);
  });

  test("nothing is received when the core holds every slot, and again when it gives them back", async (t) => {
    const fixture = await open(t);
    const { ingress, pool, port } = fixture;
    const { peer } = await openProven(fixture);
    ingress.keeps = true;
    for (let sequence = 1; sequence <= SLOTS + 5; sequence++) peer.send(numbered(sequence, 100));
    const other = await fixture.connect();
    await ingress.until(() => ingress.received.length === SLOTS);
    other.send(numbered(0, 10));
    while (port.counters.droppedNoSlot < 6) await new Promise(setImmediate);
    ingress.keeps = false;
    for (const { offset } of ingress.received) pool.release(offset);
    peer.send(numbered(500, 10));
    await ingress.until(() => sequenceOf(ingress.received.at(-1)?.bytes) === 500);
  });

  test("closing gives all slots back, also inside a batch, and ends every connection", async (t) => {
    const fixture = await open(t);
    const { port, ingress, pool } = fixture;
    const { peer } = await openProven(fixture);
    ingress.onDatagram = () => port.close();
    peer.send(numbered(1, 10));
    await peer.closed;
    assert.equal(pool.available, pool.capacity);
    port.close();
    await assert.rejects(fixture.connect());
  });

  test("a port that somebody has is an error that says so", async (t) => {
    const { port, pool } = await open(t);
    const [{ ip, port: taken } = { ip: "", port: 0 }] = port.localAddresses;
    const memory = createPacketMemory(SCRATCH_BYTES);
    await assert.rejects(openTcpPort({ memory, pool, listen: [{ ip, port: taken }], firstAddressId: 0 }), {
      name: "SocketError",
      code: "EADDRINUSE",
      message: `cannot listen on TCP ${ip} port ${taken}: EADDRINUSE`,
    });
    await assert.rejects(openTcpPort({ memory, pool, listen: [{ ip: "localhost", port: 0 }], firstAddressId: 0 }), {
      code: "EINVAL",
    });
  });
});

describe("ICE over TCP, attack 13", { timeout: 60_000 }, () => {
  test("[attack 13] slow loris: whoever brings no authentic check within 10 s is closed, half a frame or not", async (t) => {
    const fixture = await open(t);
    const [silent, slow] = [await fixture.connect(), await fixture.connect()];
    slow.socket.write(Uint8Array.of(0, 100, 1));
    const { peer: honest } = await openProven(fixture);
    const now = monotonicNow();
    fixture.port.handleTimeout(after(now, 5_000));
    assert.equal(fixture.port.counters.closedUnproven, 0);
    fixture.port.handleTimeout(after(now, 10_000));
    await Promise.all([silent.closed, slow.closed]);
    assert.equal(fixture.port.counters.closedUnproven, 2);
    assert.equal(fixture.port.connectionCount, 1);
    honest.send(numbered(1, 30));
    await fixture.ingress.until(() => fixture.ingress.received.length === 1);
  });

  test("[attack 13] a connection that no Transport has any more is closed in as much time", async (t) => {
    const fixture = await open(t);
    const { peer, id } = await openProven(fixture);
    fixture.port.release(id);
    fixture.port.handleTimeout(after(monotonicNow(), 10_000));
    await peer.closed;
    assert.equal(fixture.port.counters.closedUnproven, 1);
  });

  test("[attack 13] half-open floods: one network has its share, of all together the oldest goes, numbers are bounded", async (t) => {
    const share = await open(t, { maxUnprovenPerNetwork: 3 });
    const held = [await share.connect(), await share.connect(), await share.connect()];
    await (await share.connect()).closed;
    assert.equal(share.port.counters.refusedNetwork, 1);
    held[0]?.close();
    while (share.port.connectionCount === 3) await new Promise(setImmediate);
    await openProven(share);

    const all = await open(t, { maxUnproven: 2 });
    const oldest = await all.connect();
    await all.connect();
    const honest = await openProven(all);
    await oldest.closed;
    assert.equal(all.port.counters.closedDisplaced, 1);
    assert.notEqual(honest.id, UNKNOWN_ADDRESS);

    const full = await open(t, { maxConnections: 2 });
    const { id } = await openProven(full);
    await openProven(full);
    await (await full.connect()).closed;
    assert.equal(full.port.counters.refusedFull, 1);
    assert.equal(id, FIRST_ID);
  });

  test("[attack 13] a frame longer than a slot closes the connection, one longer than a packet is dropped", async (t) => {
    const fixture = await open(t);
    const { ingress, port } = fixture;
    const { peer } = await openProven(fixture);
    peer.send(new Uint8Array(SLOT_BYTES));
    peer.send(new Uint8Array(0));
    peer.send(numbered(1, 10));
    await ingress.until(() => ingress.received.length === 1);
    assert.deepEqual([port.counters.droppedTooLong, port.counters.droppedEmpty], [1, 1]);
    peer.send(new Uint8Array(SLOT_BYTES + 1));
    await peer.closed;
    assert.deepEqual([port.counters.closedFrameTooLong, ingress.closed.length], [1, 1]);
    const web = await fixture.connect();
    web.socket.write("GET / HTTP/1.1\r\n\r\n");
    await web.closed;
    assert.equal(port.counters.closedFrameTooLong, 2);
  });

  test("[attack 13] so many frames without an authentic one end the connection, empty ones too", async (t) => {
    for (const sizeBytes of [0, 20]) {
      const fixture = await open(t, { maxUnprovenFrames: 10 });
      const peer = await fixture.connect();
      for (let count = 0; count < 50; count++) peer.send(new Uint8Array(sizeBytes));
      await peer.closed;
      assert.equal(fixture.port.counters.closedOverRate, 1);
      assert.ok(fixture.ingress.unknown.length <= 10);
    }
  });

  test("[attack 13] a reader that never reads: what waits is bounded, video is dropped first", async (t) => {
    const maxQueuedBytes = 20_000;
    const fixture = await open(t, { maxQueuedBytes });
    const { peer, id } = await openProven(fixture);
    const { counters } = fixture.port;
    peer.socket.pause();
    while (counters.droppedQueueFull === 0) {
      for (let count = 0; count < 10; count++) fixture.commit(id, numbered(1, 1_000));
      await new Promise(setImmediate);
    }
    const droppedVideo = counters.droppedQueueFull;
    fixture.commit(id, numbered(2, 1_000), true);
    assert.equal(counters.droppedQueueFull, droppedVideo, "audio still has room");
    for (let count = 0; count < 100; count++) fixture.commit(id, numbered(2, 1_000), true);
    assert.ok(counters.droppedQueueFull > droppedVideo, "not without end");
    const sent = counters.sentFrames;
    peer.socket.resume();
    await peer.hasReceived(sent);
    assert.equal(peer.received.length, sent);
  });
});
