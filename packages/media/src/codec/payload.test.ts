// What the codec tests share: payloads placed in packet memory with known bytes around them.
import assert from "node:assert/strict";
import { createPacketMemory, type PacketMemory } from "../bytes/packet-memory.js";
import type { Packetizer } from "./packetizer.js";

/** Bytes before and after a payload that nobody may read. */
const MARGIN = 64;

/** Hex digits, spaces ignored, as bytes. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

/** Packet memory full of `filler` with `payload` at the returned offset. */
export function place(payload: Uint8Array, filler: number): { memory: PacketMemory; offset: number } {
  const memory = createPacketMemory(payload.length + 2 * MARGIN);
  memory.bytes.fill(filler);
  memory.bytes.set(payload, MARGIN);
  return { memory, offset: MARGIN };
}

/** What `read` says of a payload; fails when the answer depends on a byte outside it. */
export function readPlaced<T>(payload: Uint8Array, read: (memory: PacketMemory, offset: number, sizeBytes: number) => T): T {
  const answers = [0x00, 0xff, 0x55].map((filler) => {
    const { memory, offset } = place(payload, filler);
    return structuredClone(read(memory, offset, payload.length));
  });
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], answers[2]);
  return answers[0] as T;
}

/** Where one payload at a time is packetized and read. */
const OFFSET = 12;
const memory = createPacketMemory(2_048);

/** Every payload of one frame; fails when one is longer than `maxPayloadBytes` or writes beside itself. */
export function packetize(packetizer: Packetizer, frame: Uint8Array, maxPayloadBytes: number): Uint8Array[] {
  packetizer.handleFrame(frame);
  const payloads: Uint8Array[] = [];
  while (!packetizer.isFrameDone) {
    memory.bytes.fill(0xa5);
    const sizeBytes = packetizer.pollPayload(memory.bytes, OFFSET);
    assert.ok(sizeBytes > 0 && sizeBytes <= maxPayloadBytes, `${sizeBytes}`);
    assert.ok(memory.bytes.subarray(0, OFFSET).every((byte) => byte === 0xa5));
    assert.ok(memory.bytes.subarray(OFFSET + sizeBytes).every((byte) => byte === 0xa5));
    payloads.push(memory.bytes.slice(OFFSET, OFFSET + sizeBytes));
  }
  assert.equal(packetizer.pollPayload(memory.bytes, OFFSET), 0);
  return payloads;
}

/** Calls `read` on a payload in packet memory. */
export function readAt<T>(payload: Uint8Array, read: (from: typeof memory, offset: number, sizeBytes: number) => T): T {
  memory.bytes.set(payload, OFFSET);
  return read(memory, OFFSET, payload.length);
}
