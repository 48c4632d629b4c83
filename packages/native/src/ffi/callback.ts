import koffi from "koffi";
import type { CType } from "./library.js";

/**
 * Makes `callback` callable from C and returns its address, good for the life of the process. koffi has a few thousand slots
 * in all, so make one per kind of callback, never one per object.
 *
 * `callback` runs inside the C call that triggers it, on the thread that made it, and must not throw: an exception cannot
 * unwind C frames.
 */
export function createCallback(
  result: CType,
  parameters: readonly CType[],
  callback: (...parameters: number[]) => number,
): number {
  const prototype = koffi.proto(result, [...parameters]);
  const address = Number(koffi.register(callback, koffi.pointer(prototype)));
  if (!Number.isSafeInteger(address) || address <= 0) throw new Error(`address of the callback is not usable: ${address}`);
  return address;
}
