// What the codec tests share: payloads placed in packet memory with known bytes around them.
import assert from "node:assert/strict";
import { createPacketMemory, type PacketMemory } from "../bytes/packet-memory.js";

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
