import { endianness } from "node:os";
import { isMainThread } from "node:worker_threads";
import koffi from "koffi";
import { loadLibc } from "../libc/libc.js";

export type NativeUdpSupport = { readonly supported: true } | { readonly supported: false; readonly reason: string };

/** Whether {@link openNativeUdp} can work in this process; otherwise `openPortableUdp` does, slower. */
export function isNativeUdpSupported(): NativeUdpSupport {
  if (process.platform !== "linux")
    return { supported: false, reason: `recvmmsg and sendmmsg are Linux calls, this is ${process.platform}` };
  if ((process.arch !== "x64" && process.arch !== "arm64") || endianness() !== "LE") {
    return { supported: false, reason: `struct layouts are known for x64 and arm64, this is ${process.arch}` };
  }
  // See ReadinessWatch: terminating the thread would abort the process.
  if (!isMainThread) return { supported: false, reason: "a worker thread cannot have native sockets, a process can" };
  if (typeof koffi.node?.poll !== "function") return { supported: false, reason: `koffi ${koffi.version} has no poll handle` };
  try {
    loadLibc();
  } catch (error) {
    return { supported: false, reason: error instanceof Error ? error.message : String(error) };
  }
  return { supported: true };
}
