import { createNativeMemory, type NativeMemory } from "../ffi/native-memory.js";
import { openNativeUdp } from "../udp/native-udp-port.js";
import type { OpenUdpPort } from "./udp-port-fixture.js";

const memories = new WeakMap<object, NativeMemory>();

/** The native adapter as the contract suite wants it. */
export const nativeUdp: OpenUdpPort = {
  createMemory(sizeBytes) {
    const memory = createNativeMemory(sizeBytes);
    memories.set(memory, memory);
    return memory;
  },
  open(memory, options) {
    const native = memories.get(memory);
    if (native === undefined) throw new Error("memory of another adapter");
    return openNativeUdp({ ...options, memory: native });
  },
};
