import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PacketPool, SCRATCH_BYTES, SLOT_BYTES, UNKNOWN_ADDRESS } from "@sluice/media";
import { errno } from "../ffi/library.js";
import { createNativeMemory } from "../ffi/native-memory.js";
import { loadLibc } from "../libc/libc.js";
import { LINUX } from "../libc/linux-constants.js";
import { SOCKADDR_IN_BYTES, writeSocketAddress } from "../libc/socket-address.js";
import { openUdpSocket } from "../libc/udp-socket.js";
import { nativeUdp } from "../testing/udp-native-adapter.js";
import { UdpPeer } from "../testing/udp-peer.js";
import { describeUdpPort } from "../testing/udp-port.contract.js";
import { commit, numbered, openPort, sequenceOf } from "../testing/udp-port-fixture.js";
import { openNativeUdp } from "./native-udp-port.js";
import { isNativeUdpSupported } from "./native-udp-support.js";
import { SendQueue } from "./send-queue.js";
import { SEND_TABLE_CONTROL_BYTES, SendTable } from "./send-table.js";
import { createUdpCounters } from "./udp-port.js";

const SO_NO_CHECK = 11;

describe("native UDP", { skip: skipReason() }, () => {
  describeUdpPort("native UDP port", nativeUdp);

  test("a run leaves as one message of many datagrams", async (t) => {
    const { port, memory } = await openPort(t, nativeUdp);
    const peer = await UdpPeer.open();
    t.after(() => peer.close());
    const id = port.register(peer.address);
    for (let sequence = 0; sequence < 50; sequence++) commit(port, memory, id, numbered(sequence, 1100));
    port.flush();
    await peer.hasReceived(50);
    assert.equal(port.counters.sendCalls, 1);
    assert.equal(port.counters.sentMessages, port.description.includes("GSO") ? 1 : 50);
    assert.equal(port.counters.sentDatagrams, 50);
  });

  test("waiting datagrams come many to a call", async (t) => {
    const { port, ingress } = await openPort(t, nativeUdp);
    const peer = await UdpPeer.open();
    t.after(() => peer.close());
    const [local] = port.localAddresses;
    assert.ok(local !== undefined && port.register(peer.address) !== UNKNOWN_ADDRESS);
    // No turn of the loop in between: sends of dgram are synchronous as long as the kernel takes them.
    const sends = Array.from({ length: 64 }, (_, sequence) => peer.send(numbered(sequence, 200), local));
    await Promise.all(sends);
    await ingress.until(() => ingress.received.length === 64);
    assert.deepEqual(
      ingress.received.map(({ bytes }) => sequenceOf(bytes)),
      [...Array(64).keys()],
    );
    assert.ok(port.counters.receiveCalls < 32, `${port.counters.receiveCalls} calls`);
  });

  test("a datagram that waited to be read says for how long", async (t) => {
    const { port, ingress, memory } = await openPort(t, nativeUdp);
    const [local] = port.localAddresses;
    assert.ok(local !== undefined);
    const id = port.register(local);
    const sends: { readonly before: number; readonly after: number }[] = [];
    for (let sequence = 0; sequence < 3; sequence++) {
      const before = performance.now() * 1000;
      commit(port, memory, id, numbered(sequence, 200));
      port.flush();
      sends.push({ before, after: performance.now() * 1000 });
      // The loop does not turn, so nothing is read.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
    }
    await ingress.until(() => ingress.received.length === 3);
    const ages = ingress.received.map(({ ageUs }) => ageUs);
    for (const index of [1, 2]) {
      const [earlier, later] = [sends[index - 1], sends[index]];
      assert.ok(earlier !== undefined && later !== undefined);
      const apart = (ages[index - 1] ?? 0) - (ages[index] ?? 0);
      // However long the machine stood still: one left somewhere within its send, and so did the other. Two clocks may disagree a little.
      const [least, most] = [0.95 * (later.before - earlier.after), 1.05 * (later.after - earlier.before)];
      assert.ok(apart >= least && apart <= most, `${apart} us apart, ages ${ages}, sends ${JSON.stringify(sends)}`);
    }
  });

  test("what a datagram caused is told with the time since the kernel received it", async (t) => {
    const told: (readonly [elapsedUs: number, datagrams: number])[] = [];
    const onBatchSent = (elapsedUs: number, datagrams: number) => void told.push([elapsedUs, datagrams]);
    const { port, ingress, memory } = await openPort(t, nativeUdp, { onBatchSent });
    const [local] = port.localAddresses;
    const peer = await UdpPeer.open();
    t.after(() => peer.close());
    assert.ok(local !== undefined);
    const answerTo = port.register(peer.address);
    ingress.onDatagram = () => {
      for (let sequence = 0; sequence < 2; sequence++) commit(port, memory, answerTo, numbered(sequence, 100));
    };
    commit(port, memory, port.register(local), numbered(0, 200));
    port.flush();
    const sentUs = performance.now() * 1000;
    // The loop does not turn, so nothing is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    const waitedUs = performance.now() * 1000 - sentUs;
    await peer.hasReceived(2);
    assert.deepEqual(
      told.map(([, datagrams]) => datagrams),
      [2],
    );
    // Two clocks may disagree a little, and no age above a second is told.
    assert.ok((told[0]?.[0] ?? 0) >= Math.min(0.95 * waitedUs, 900_000), `${told} of ${waitedUs}`);
  });

  test("ports that were opened and closed one after the other take the memory of one", async () => {
    const pool = new PacketPool(SCRATCH_BYTES, SCRATCH_BYTES + 160 * SLOT_BYTES);
    const egressStart = SCRATCH_BYTES + 160 * SLOT_BYTES;
    const memory = createNativeMemory(egressStart + 65_536);
    const open = async () => {
      const bind = [{ ip: "127.0.0.1", port: 0 }];
      const port = await openNativeUdp({
        memory,
        pool,
        egressStart,
        egressEnd: egressStart + 65_536,
        bind,
        maxAddresses: 1_000,
      });
      const { external } = process.memoryUsage();
      const id = port.register({ family: "IPv4", ip: "127.0.0.1", port: 9 });
      port.close();
      // What its owner forgot to release is nobody's any more.
      port.release(id);
      return external;
    };
    const first = await open();
    let last = first;
    for (let count = 0; count < 500; count++) last = await open();
    // Each has 92 KB of native memory, and some of its own that is collected.
    assert.ok(last - first < 20_000_000, `${last - first} bytes more`);
  });

  test("timers and immediates run while datagrams never end", async (t) => {
    const { port, ingress, memory } = await openPort(t, nativeUdp);
    const [local] = port.localAddresses;
    assert.ok(local !== undefined);
    // It sends to itself: every datagram brings the next.
    const id = port.register(local);
    ingress.batchLimit = 8;
    let turns = 0;
    let batchesSinceTurn = 0;
    let mostBatches = 0;
    ingress.onDatagram = () => commit(port, memory, id, numbered(1, 100));
    ingress.onBatchEnd = () => {
      mostBatches = Math.max(mostBatches, ++batchesSinceTurn);
    };
    for (let count = 0; count < 100; count++) commit(port, memory, id, numbered(1, 100));
    port.flush();
    await new Promise<void>((resolve) => {
      const turn = () => {
        batchesSinceTurn = 0;
        if (++turns === 50) resolve();
        else setImmediate(turn);
      };
      setImmediate(turn);
    });
    port.close();
    assert.ok(mostBatches >= 1 && mostBatches <= 2, `${mostBatches} batches between two turns`);
  });

  test("a kernel that refuses segmentation gets the datagrams one by one", async (t) => {
    const peer = await UdpPeer.open();
    t.after(() => peer.close());
    const libc = loadLibc();
    const packets = createNativeMemory(65_536);
    const control = createNativeMemory(1024 + SEND_TABLE_CONTROL_BYTES);
    const options = { ip: "127.0.0.1", port: 0, receiveBufferBytes: 65_536, sendBufferBytes: 65_536 };
    const { fd, hasSegmentation } = openUdpSocket({ ...options, memory: control, scratch: 512 });
    t.after(() => libc.close(fd));
    if (!hasSegmentation) return t.skip("this kernel has no UDP_SEGMENT");
    // Without checksums there is nothing to offload: EINVAL for every segmented message (net/ipv4/udp.c, udp_send_skb).
    control.view.setInt32(512, 1, true);
    assert.equal(libc.setsockopt(fd, LINUX.SOL_SOCKET, SO_NO_CHECK, control.address + 512, 4), 0);
    assert.ok(writeSocketAddress(control.bytes, 0, peer.address));
    const counters = createUdpCounters();
    const nameBytes = SOCKADDR_IN_BYTES;
    const table = new SendTable({ packets, control, controlOffset: 1024, addressesOffset: 0, nameBytes });
    const kernel = { sendmmsg: libc.sendmmsg, errno };
    const segmentLimits = Uint16Array.of(0xffff);
    const queue = new SendQueue({
      fd,
      table,
      packets,
      hasSegmentation,
      segmentLimits,
      maxBacklogBytes: 1000,
      counters,
      kernel,
    });
    for (let sequence = 0; sequence < 20; sequence++) {
      packets.bytes.set(numbered(sequence, 800), sequence * 800);
      queue.append(sequence * 800, 800, 0, false);
    }
    assert.equal(queue.flush(), true);
    await peer.hasReceived(20);
    assert.deepEqual(
      peer.received.map(({ bytes }) => new Uint8Array(bytes)),
      Array.from({ length: 20 }, (_, n) => numbered(n, 800)),
    );
    assert.equal(counters.segmentationFallbacks, 1);
    assert.equal(segmentLimits[0], 799);
  });

  test("the process ends as told while datagrams arrive", async () => {
    for (const [how, code] of [
      ["exit", 7],
      ["close", 0],
    ] as const) {
      assert.deepEqual(await runChild(how), { code, signal: null, output: "" }, how);
    }
  });

  test("an exception out of the core is an uncaught exception, once", async () => {
    assert.deepEqual(await runChild("throw"), { code: 8, signal: null, output: "uncaught: broken invariant\n" });
  });
});

function skipReason(): string | false {
  const support = isNativeUdpSupported();
  return support.supported ? false : support.reason;
}

function runChild(how: string): Promise<{ code: number | null; signal: string | null; output: string }> {
  const script = fileURLToPath(new URL("../testing/udp-child.js", import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, how], { timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, output: stdout + stderr });
    });
  });
}
