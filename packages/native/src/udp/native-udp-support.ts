import { endianness } from "node:os";
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
  if (typeof koffi.node?.poll !== "function") return { supported: false, reason: `koffi ${koffi.version} has no poll handle` };
  try {
    loadLibc();
  } catch (error) {
    return { supported: false, reason: error instanceof Error ? error.message : String(error) };
  }
  return { supported: true };
}
