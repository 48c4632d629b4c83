import assert from "node:assert/strict";
import { Socket } from "node:dgram";
import { test } from "node:test";
import { createPacketMemory } from "@sluice/media";
import { describeUdpPort } from "../testing/udp-port.contract.js";
import { commit, numbered, type OpenUdpPort, openPort } from "../testing/udp-port-fixture.js";
import { openPortableUdp } from "./portable-udp-port.js";

const PORTABLE: OpenUdpPort = {
  createMemory: createPacketMemory,
  open: (memory, options) => openPortableUdp({ ...options, memory }),
};

describeUdpPort("portable UDP port", PORTABLE);

const COUNT = 500;

interface HeldSend {
  readonly bytes: Uint8Array;
  readonly handleSent: (error: Error | null) => void;
}

test("what dgram still holds when the kernel is full is not written again before it has left, and counts as sent only then", async (t) => {
  const held: HeldSend[] = [];
  t.mock.method(
    Socket.prototype,
    "send",
    (bytes: Uint8Array, _port: number, _ip: string, handleSent: HeldSend["handleSent"]) => {
      held.push({ bytes, handleSent });
    },
  );
  const { port, memory } = await openPort(t, PORTABLE, { egressBytes: 64 * 1024 });
  const id = port.register({ family: "IPv4", ip: "127.0.0.1", port: 9 });
  const sizeOf = (sequence: number) => 200 + 150 * (sequence % 7);
  // Flushes of ours, and those of a send area that is full, which it is many times over.
  for (let sequence = 0; sequence < COUNT; sequence++) {
    commit(port, memory, id, numbered(sequence, sizeOf(sequence)));
    if (sequence % 3 === 0 && sequence < COUNT / 2) port.flush();
  }
  port.flush();
  assert.equal(held.length, COUNT);
  for (const [sequence, { bytes }] of held.entries()) assert.deepEqual(bytes, numbered(sequence, sizeOf(sequence)));
  assert.deepEqual([port.counters.sentDatagrams, port.counters.droppedSendError], [0, 0]);
  for (const [sequence, { handleSent }] of held.entries()) handleSent(sequence % 10 === 0 ? new Error("EPERM") : null);
  assert.deepEqual([port.counters.sentDatagrams, port.counters.droppedSendError], [COUNT - COUNT / 10, COUNT / 10]);
});
