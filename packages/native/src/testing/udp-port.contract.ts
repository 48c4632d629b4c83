import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type TransportAddress, UNKNOWN_ADDRESS } from "@sluice/media";
import type { UdpPort } from "../udp/udp-port.js";
import { hasIpv6Loopback, UdpPeer } from "./udp-peer.js";
import { describeUdpPolling } from "./udp-polling.contract.js";
import { commit, numbered, type OpenUdpPort, openPort, sequenceOf } from "./udp-port-fixture.js";
import { RecordingIngress } from "./udp-recording-ingress.js";

/** What every {@link UdpPort} does, whatever carries its packets. */
export function describeUdpPort(name: string, open: OpenUdpPort): void {
  describe(name, { timeout: 60_000 }, () => {
    for (const loopback of ["127.0.0.1", "::1"]) {
      const family = loopback === "::1" ? "IPv6" : "IPv4";
      const skip = family === "IPv6" && !hasIpv6Loopback() ? "this machine has no IPv6 loopback" : false;
      test(`an unknown ${family} address is reported, registered, recognised and answered`, { skip }, async (t) => {
        const { port, ingress, memory } = await openPort(t, open, { bind: [{ ip: loopback, port: 0 }] });
        const peer = await openPeer(t, loopback);
        const local = firstAddress(port);
        assert.equal(local.family, family);
        assert.equal(local.ip, loopback);

        await peer.send(numbered(1, 100), local);
        await ingress.until(() => ingress.unknown.length === 1);
        assert.deepEqual(ingress.unknown[0], { bytes: numbered(1, 100), source: peer.address });
        assert.equal(port.counters.unknownAddress, 1);

        const id = port.register(peer.address);
        await peer.send(numbered(2, 101), local);
        await ingress.until(() => ingress.received.length === 1);
        assert.equal(ingress.received[0]?.address, id);
        assert.deepEqual(ingress.received[0]?.bytes, numbered(2, 101));

        commit(port, memory, id, numbered(3, 102));
        port.flush();
        await peer.hasReceived(1);
        assert.deepEqual(new Uint8Array(peer.received[0]?.bytes ?? []), numbered(3, 102));
        assert.equal(peer.received[0]?.port, local.port);
      });
    }

    describeUdpPolling(open);

    test("IPv4 and IPv6 sockets share one port number", {
      skip: !hasIpv6Loopback() && "this machine has no IPv6 loopback",
    }, async (t) => {
      const { port } = await openPort(t, open, { bind: [{ ip: "0.0.0.0", port: 0 }] });
      const other = await openPort(t, open, { bind: [{ ip: "::", port: firstAddress(port).port }] });
      assert.deepEqual(firstAddress(other.port), { family: "IPv6", ip: "::", port: firstAddress(port).port });
    });

    test("what is committed in a batch leaves at its end, without a flush of ours", async (t) => {
      const { port, ingress, memory } = await openPort(t, open);
      const peer = await openPeer(t);
      const id = port.register(peer.address);
      ingress.onBatchEnd = () => commit(port, memory, id, numbered(7, 40));
      await peer.send(numbered(0, 50), firstAddress(port));
      await peer.hasReceived(1);
      assert.equal(sequenceOf(peer.received[0]?.bytes), 7);
    });

    test("a slot the core keeps is not written again until it is released", async (t) => {
      const { port, ingress, memory, pool } = await openPort(t, open, { slots: 200 });
      const peer = await openPeer(t);
      port.register(peer.address);
      ingress.keeps = true;
      for (let sequence = 0; sequence < 100; sequence++) await peer.send(numbered(sequence, 300), firstAddress(port));
      await ingress.until(() => ingress.received.length === 100);
      const offsets = ingress.received.map(({ offset }) => offset);
      assert.equal(new Set(offsets).size, 100);
      for (const [sequence, offset] of offsets.entries()) {
        assert.deepEqual(memory.bytes.slice(offset, offset + 300), numbered(sequence, 300));
      }
      for (const offset of offsets) pool.release(offset);
      port.close();
      assert.equal(pool.available, pool.capacity);
    });

    test("without free slots datagrams are dropped and counted, and receiving goes on after a release", async (t) => {
      const { port, ingress, pool } = await openPort(t, open, { slots: 4 });
      const peer = await openPeer(t);
      const stranger = await openPeer(t);
      port.register(peer.address);
      ingress.keeps = true;
      for (let sequence = 0; sequence < 10; sequence++) await peer.send(numbered(sequence, 60), firstAddress(port));
      await stranger.send(numbered(10, 60), firstAddress(port));
      await ingress.until(() => ingress.unknown.length === 1);
      assert.equal(ingress.received.length, 3);
      assert.equal(port.counters.droppedNoSlot, 7);
      pool.release(ingress.received[0]?.offset ?? -1);
      await peer.send(numbered(11, 60), firstAddress(port));
      await ingress.until(() => ingress.received.length === 4);
      assert.deepEqual(ingress.received[3]?.bytes, numbered(11, 60));
    });

    test("1500 bytes are delivered, one more is dropped and counted, and so is nothing at all", async (t) => {
      const { port, ingress } = await openPort(t, open);
      const peer = await openPeer(t);
      port.register(peer.address);
      for (const sizeBytes of [1501, 2048, 4000, 60_000, 0]) await peer.send(new Uint8Array(sizeBytes), firstAddress(port));
      await peer.send(numbered(1, 1500), firstAddress(port));
      await ingress.until(() => ingress.received.length === 1);
      assert.deepEqual(ingress.received[0]?.bytes, numbered(1, 1500));
      assert.equal(port.counters.droppedTooLong, 4);
      assert.equal(port.counters.droppedEmpty, 1);
      assert.equal(port.counters.receivedDatagrams, 6);
    });

    test("every datagram of a run arrives with its own boundaries, whatever was merged on the way", async (t) => {
      const { port, memory } = await openPort(t, open);
      const [a, b] = [await openPeer(t), await openPeer(t)];
      const [toA, toB] = [port.register(a.address), port.register(b.address)];
      const sizes = [...run(5, 1200), 800, ...run(70, 1200), 100, 100, 1200, 1201, 1200, 1, 1500, 1499, ...run(65, 20)];
      for (const [sequence, sizeBytes] of sizes.entries()) commit(port, memory, toA, numbered(sequence, sizeBytes));
      for (let sequence = 0; sequence < 20; sequence++) {
        commit(port, memory, toA, numbered(1000 + sequence, 90));
        commit(port, memory, toB, numbered(sequence, 90));
      }
      port.flush();
      await Promise.all([a.hasReceived(sizes.length + 20), b.hasReceived(20)]);
      const expected = [...sizes.map((sizeBytes, sequence) => numbered(sequence, sizeBytes))];
      for (let sequence = 0; sequence < 20; sequence++) expected.push(numbered(1000 + sequence, 90));
      assert.deepEqual(
        a.received.map(({ bytes }) => new Uint8Array(bytes)),
        expected,
      );
      assert.deepEqual(
        b.received.map(({ bytes }) => sequenceOf(bytes)),
        [...Array(20).keys()],
      );
      assert.equal(port.counters.sentDatagrams, sizes.length + 40);
    });

    test("10,000 paced datagrams all arrive, in order", async (t) => {
      const [sender, receiver] = [await openPort(t, open), await openPort(t, open)];
      const id = sender.port.register(firstAddress(receiver.port));
      receiver.port.register(firstAddress(sender.port));
      for (let sent = 0; sent < 10_000; ) {
        for (const end = sent + 100; sent < end; sent++)
          commit(sender.port, sender.memory, id, numbered(sent, 1000 + (sent % 3)));
        sender.port.flush();
        await receiver.ingress.until(() => receiver.ingress.received.length === sent);
      }
      const sequences = receiver.ingress.received.map(({ bytes }) => sequenceOf(bytes));
      assert.deepEqual(sequences, [...Array(10_000).keys()]);
      assert.equal(sender.port.counters.sentDatagrams, 10_000);
      assert.equal(receiver.port.counters.receivedDatagrams, 10_000);
    });

    test("more than the send area holds is sent on the way", async (t) => {
      const { port, memory } = await openPort(t, open);
      const peer = await openPeer(t);
      const id = port.register(peer.address);
      for (let sequence = 0; sequence < 200; sequence++) commit(port, memory, id, numbered(sequence, 1500 - (sequence % 2)));
      port.flush();
      await peer.hasReceived(200);
      assert.deepEqual(
        peer.received.map(({ bytes }) => sequenceOf(bytes)),
        [...Array(200).keys()],
      );
    });

    test("no batch is longer than the core allows", async (t) => {
      const { port, ingress } = await openPort(t, open);
      const peer = await openPeer(t);
      port.register(peer.address);
      ingress.batchLimit = 3;
      for (let sequence = 0; sequence < 50; sequence++) await peer.send(numbered(sequence, 60), firstAddress(port));
      await ingress.until(() => ingress.received.length === 50);
      assert.ok(Math.max(...ingress.batches) <= 3);
    });

    test("what has come together is one batch, and a slot that is given back meanwhile is not written before its end", async (t) => {
      const { port, ingress, pool } = await openPort(t, open);
      const peer = await openPeer(t);
      port.register(peer.address);
      ingress.keeps = true;
      ingress.onDatagram = () => {
        const before = ingress.received.at(-2);
        if (before !== undefined) pool.release(before.offset);
      };
      // All of them are in the kernel before the event loop turns.
      await Promise.all([...Array(20).keys()].map((sequence) => peer.send(numbered(sequence, 60), firstAddress(port))));
      await ingress.until(() => ingress.batches.length > 0 && ingress.received.length === 20);
      assert.deepEqual(ingress.batches, [20]);
      assert.equal(new Set(ingress.received.map(({ offset }) => offset)).size, 20);
    });

    test("an address answers from the socket it was seen on", async (t) => {
      const bind = [
        { ip: "127.0.0.1", port: 0 },
        { ip: "127.0.0.2", port: 0 },
      ];
      const { port, ingress, memory } = await openPort(t, open, { bind });
      const peer = await openPeer(t);
      const second = port.localAddresses[1] as TransportAddress;
      ingress.onDatagram = () => commit(port, memory, port.register(peer.address), numbered(1, 30));
      await peer.send(numbered(0, 30), second);
      await peer.hasReceived(1);
      assert.equal(peer.received[0]?.ip, "127.0.0.2");
    });

    describeAddresses(open);
    describeClosing(open);
  });
}

function describeAddresses(open: OpenUdpPort): void {
  test("registering twice gives one id, forgotten after as many releases", async (t) => {
    const { port, ingress } = await openPort(t, open);
    const peer = await openPeer(t);
    const id = port.register(peer.address);
    assert.equal(port.register(peer.address), id);
    port.release(id);
    await peer.send(numbered(1, 40), firstAddress(port));
    await ingress.until(() => ingress.received.length === 1);
    port.release(id);
    await peer.send(numbered(2, 40), firstAddress(port));
    await ingress.until(() => ingress.unknown.length === 1);
    assert.throws(() => port.release(id), /released twice/);
  });

  test("ids are dense from 0, -1 when the table is full, and reused after release", async (t) => {
    const { port } = await openPort(t, open, { maxAddresses: 3 });
    const ids = [1, 2, 3, 4].map((number) => port.register({ family: "IPv4", ip: "127.0.0.1", port: number }));
    assert.deepEqual(ids, [0, 1, 2, UNKNOWN_ADDRESS]);
    port.release(1);
    assert.equal(port.register({ family: "IPv4", ip: "127.0.0.1", port: 5 }), 1);
  });

  test("addresses that no socket could send to are not registered", async (t) => {
    const { port } = await openPort(t, open);
    const unusable: TransportAddress[] = [
      { family: "IPv6", ip: "::1", port: 5 },
      { family: "IPv4", ip: "127.0.0.1", port: 0 },
      { family: "IPv4", ip: "127.0.0.1", port: 65_536 },
      { family: "IPv4", ip: "127.0.0.1", port: 1.5 },
      { family: "IPv4", ip: "8f2e.local", port: 5 },
      { family: "IPv4", ip: "127.0.0.1.", port: 5 },
      { family: "IPv4", ip: "127.0.0.256", port: 5 },
      { family: "IPv4", ip: "", port: 5 },
    ];
    for (const address of unusable) assert.equal(port.register(address), UNKNOWN_ADDRESS, JSON.stringify(address));
  });

  test("what was committed before a release still leaves, and to the right address", async (t) => {
    const { port, memory } = await openPort(t, open, { maxAddresses: 1 });
    const [before, after] = [await openPeer(t), await openPeer(t)];
    const id = port.register(before.address);
    commit(port, memory, id, numbered(1, 50));
    port.release(id);
    const reused = port.register(after.address);
    assert.equal(reused, id);
    commit(port, memory, reused, numbered(2, 50));
    port.flush();
    await Promise.all([before.hasReceived(1), after.hasReceived(1)]);
    assert.equal(sequenceOf(before.received[0]?.bytes), 1);
    assert.equal(sequenceOf(after.received[0]?.bytes), 2);
  });

  test("a commit to an address that is not registered is dropped and counted", async (t) => {
    const { port, memory } = await openPort(t, open);
    for (const id of [-1, 0, 5, 1e9, Number.NaN]) commit(port, memory, id, numbered(1, 50));
    port.flush();
    assert.equal(port.counters.droppedUnknownAddress, 5);
    assert.equal(port.counters.sentDatagrams, 0);
  });

  test("addresses of another protocol are the others': the port passes on what is for them, and counts nothing", async (t) => {
    const calls: unknown[] = [];
    const { port, memory } = await openPort(t, open, {
      maxAddresses: 64,
      others: {
        register: (address) => calls.push(["register", address]) + 99,
        release: (id) => calls.push(["release", id]),
        commit: (id, offset, sizeBytes, isAudio) => {
          calls.push(["commit", id, memory.bytes.slice(offset, offset + sizeBytes), isAudio]);
        },
      },
    });
    const peer = await openPeer(t);
    const id = port.register(peer.address);
    const address: TransportAddress = { ...peer.address, protocol: "tcp" };
    assert.equal(port.register(address), 100);
    commit(port, memory, 100, numbered(1, 50), true);
    commit(port, memory, id, numbered(2, 50));
    port.release(100);
    port.flush();
    await peer.hasReceived(1);
    assert.equal(sequenceOf(peer.received[0]?.bytes), 2);
    assert.deepEqual(calls, [
      ["register", address],
      ["commit", 100, numbered(1, 50), true],
      ["release", 100],
    ]);
    assert.equal(port.counters.droppedUnknownAddress, 0);
    const alone = await openPort(t, open);
    assert.equal(alone.port.register(address), UNKNOWN_ADDRESS);
  });

  test("writing more than was reserved is a broken invariant", async (t) => {
    const { port } = await openPort(t, open);
    const id = port.register({ family: "IPv4", ip: "127.0.0.1", port: 9 });
    assert.throws(() => port.reserve(1501), RangeError);
    assert.throws(() => port.commit(id, 10, false), RangeError);
    assert.equal(port.reserve(20), port.reserve(20));
    for (const sizeBytes of [21, 0, -1, Number.NaN]) assert.throws(() => port.commit(id, sizeBytes, false), RangeError);
    port.commit(id, 20, false);
    assert.throws(() => port.commit(id, 20, false), RangeError);
  });
}

function describeClosing(open: OpenUdpPort): void {
  test("closing sends what was committed, gives the slots back and is idempotent", async (t) => {
    const { port, memory, pool } = await openPort(t, open);
    const peer = await openPeer(t);
    const id = port.register(peer.address);
    commit(port, memory, id, numbered(9, 50));
    port.close();
    port.close();
    await peer.hasReceived(1);
    assert.equal(pool.available, pool.capacity);
    assert.equal(port.register(peer.address), UNKNOWN_ADDRESS);
    commit(port, memory, id, numbered(10, 50));
    port.flush();
    assert.equal(port.counters.droppedUnknownAddress, 1);
    const again = await openPort(t, open, { bind: [{ ip: "127.0.0.1", port: firstAddress(port).port }] });
    assert.equal(firstAddress(again.port).port, firstAddress(port).port);
  });

  for (const keeps of [false, true]) {
    test(`closing inside a batch ends it at once${keeps ? ", the slot still the core's" : ""}`, async (t) => {
      const { port, ingress, pool } = await openPort(t, open);
      const peer = await openPeer(t);
      port.register(peer.address);
      ingress.keeps = keeps;
      ingress.onDatagram = () => port.close();
      for (let sequence = 0; sequence < 20; sequence++) await peer.send(numbered(sequence, 60), firstAddress(port));
      await ingress.until(() => ingress.received.length === 1);
      await new Promise(setImmediate);
      assert.equal(ingress.received.length, 1);
      assert.equal(ingress.batches.length, 0);
      assert.equal(pool.available, pool.capacity - (keeps ? 1 : 0));
    });
  }

  test("an address somebody has, nobody has, or that is none, is an error with a code", async (t) => {
    const { port } = await openPort(t, open);
    const cases = [
      { ip: "127.0.0.1", port: firstAddress(port).port, code: "EADDRINUSE" },
      { ip: "203.0.113.77", port: 0, code: "EADDRNOTAVAIL" },
      { ip: "localhost", port: 0, code: "EINVAL" },
    ];
    for (const { code, ...bind } of cases) {
      await assert.rejects(openPort(t, open, { bind: [{ ip: "127.0.0.1", port: 0 }, bind] }), {
        name: "SocketError",
        code,
        ...bind,
      });
    }
  });

  test("options that make no sense are refused", async (t) => {
    await assert.rejects(openPort(t, open, { bind: [] }), RangeError);
    await assert.rejects(openPort(t, open, { maxAddresses: 0 }), RangeError);
    await assert.rejects(openPort(t, open, { slots: 1 }), RangeError);
    await assert.rejects(openPort(t, open, { egressBytes: 1000 }), RangeError);
  });

  test("it starts once", async (t) => {
    const { port, memory } = await openPort(t, open);
    assert.throws(() => port.start(new RecordingIngress(memory)), /started/);
    port.close();
    assert.throws(() => port.start(new RecordingIngress(memory)), /closed/);
  });
}

function run(count: number, sizeBytes: number): number[] {
  return Array.from({ length: count }, () => sizeBytes);
}

function firstAddress(port: UdpPort): TransportAddress {
  const [address] = port.localAddresses;
  if (address === undefined) throw new Error("the port has no address");
  return address;
}

async function openPeer(t: { after(fn: () => void): void }, ip?: string): Promise<UdpPeer> {
  const peer = await UdpPeer.open(ip);
  t.after(() => peer.close());
  return peer;
}
