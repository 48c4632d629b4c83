import { createNativeMemory, type NativeMemory } from "./native-memory.js";

/**
 * Blocks that were given back, by size. Native memory is never freed, so whoever needs some for less than the life of the process borrows it:
 * many owners one after the other then cost what as many at one time would.
 */
const shelf = new Map<number, Set<NativeMemory>>();

/** Zeros, as {@link createNativeMemory} gives them. */
export function borrowNativeMemory(sizeBytes: number): NativeMemory {
  const [known] = shelf.get(sizeBytes) ?? [];
  if (known === undefined) return createNativeMemory(sizeBytes);
  shelf.get(sizeBytes)?.delete(known);
  known.bytes.fill(0);
  return known;
}

/** From now on it is another's: whoever gives it back neither looks into it again nor has left an address of it in C. Throws when it is here already. */
export function returnNativeMemory(memory: NativeMemory): void {
  const sizeBytes = memory.bytes.length;
  const blocks = shelf.get(sizeBytes) ?? new Set();
  if (blocks.has(memory)) throw new Error("the memory was given back twice");
  blocks.add(memory);
  shelf.set(sizeBytes, blocks);
}
