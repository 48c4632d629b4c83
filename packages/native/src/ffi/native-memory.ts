import type { PacketMemory } from "@sluice/media";
import koffi from "koffi";

/** Packet memory whose address is known to native code: byte `n` of {@link bytes} lives at `address + n`. */
export interface NativeMemory extends PacketMemory {
  readonly address: number;
}

/**
 * Every block ever made, held for ever: an address does not keep its Buffer alive, and freed memory under a pending address
 * is the one mistake that neither throws nor crashes at once (reference: V8 collects a Buffer that only its address is held of).
 */
const held: NativeMemory[] = [];

/**
 * Allocates `sizeBytes` that are never moved and never freed. Pages are touched on first use, so a large pool costs nothing
 * until packets fill it. Make few of these: one per process is the plan.
 */
export function createNativeMemory(sizeBytes: number): NativeMemory {
  // Not a Buffer: its `slice` is a view where Uint8Array's is a copy, and the core is written and tested with the latter.
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
  const address = Number(koffi.address(bytes));
  if (!Number.isSafeInteger(address) || address <= 0) throw new Error(`address of the packet memory is not usable: ${address}`);
  const memory: NativeMemory = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), address };
  held.push(memory);
  return memory;
}

/** Throws unless `[offset, offset + length)` lies inside the memory. Call it before an address leaves for C. */
export function assertInside(memory: PacketMemory, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= memory.bytes.length)) {
    throw new RangeError(`[${offset}, +${length}) is outside the packet memory of ${memory.bytes.length} bytes`);
  }
}
