import type { PacketMemory } from "@sluice/media";
import koffi from "koffi";
import { bind } from "./library.js";

/** Packet memory whose address is known to native code: byte `n` of {@link bytes} lives at `address + n`. */
export interface NativeMemory extends PacketMemory {
  readonly address: number;
}

/**
 * Every block ever made, held for ever: an address does not keep its Buffer alive, and freed memory under a pending address
 * is the one mistake that neither throws nor crashes at once.
 */
const held: NativeMemory[] = [];

/** PROT_READ | PROT_WRITE */
const PROTECTION = 0x3;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, as Linux numbers them. */
const MAP_FLAGS = 0x4022;
/** Places a mapping in the first 2 GiB; Linux has it on x86-64 only. */
const MAP_32BIT = 0x40;
/** Where to ask for memory on processors without MAP_32BIT: a hint that the kernel follows when the place is free. */
const LOW_ADDRESS_HINT = 0x2000_0000;
const SMALL_INTEGER_LIMIT = 0x7fff_ffff;

/**
 * Allocates `sizeBytes` of zeros that are never moved and never freed. Pages are touched on first use, so a large pool costs
 * nothing until packets fill it. Make few of these: one or two per process is the plan.
 *
 * On Linux the memory lies in the first 2 GiB when there is room: an address below 2^31 is a small integer to V8, so passing it
 * to a C function allocates nothing, where a larger one is boxed for every call (16 bytes each, some 90 per packet).
 */
export function createNativeMemory(sizeBytes: number): NativeMemory {
  const memory = mapLow(sizeBytes) ?? allocate(sizeBytes);
  held.push(memory);
  return memory;
}

function mapLow(sizeBytes: number): NativeMemory | undefined {
  if (process.platform !== "linux") return undefined;
  const mmap = bind<
    (hint: number, size: number, protection: number, flags: number, fd: number, offset: number) => number | bigint
  >("mmap", "uint64_t", ["uint64_t", "size_t", "int", "int", "int", "int64_t"]);
  const isX64 = process.arch === "x64";
  const flags = isX64 ? MAP_FLAGS | MAP_32BIT : MAP_FLAGS;
  const address = Number(mmap(isX64 ? 0 : LOW_ADDRESS_HINT, sizeBytes, PROTECTION, flags, -1, 0));
  // MAP_FAILED is -1, all ones as an unsigned number. A mapping elsewhere stays: unused address space costs nothing.
  if (address <= 0 || address + sizeBytes > SMALL_INTEGER_LIMIT) return undefined;
  return over(koffi.view(BigInt(address), sizeBytes), 0, sizeBytes, address);
}

function allocate(sizeBytes: number): NativeMemory {
  const block = Buffer.alloc(sizeBytes);
  const address = Number(koffi.address(block));
  if (!Number.isSafeInteger(address) || address <= 0) throw new Error(`address of the packet memory is not usable: ${address}`);
  return over(block.buffer, block.byteOffset, sizeBytes, address);
}

/** Not a Buffer, whose `slice` shares memory: the core calls `slice` for a copy, as Uint8Array defines it. */
function over(block: ArrayBufferLike, offset: number, sizeBytes: number, address: number): NativeMemory {
  return { bytes: new Uint8Array(block, offset, sizeBytes), view: new DataView(block, offset, sizeBytes), address };
}

/** Throws unless `[offset, offset + length)` lies inside the memory. Call it before an address leaves for C. */
export function assertInside(memory: PacketMemory, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= memory.bytes.length)) {
    throw new RangeError(`[${offset}, +${length}) is outside the packet memory of ${memory.bytes.length} bytes`);
  }
}
