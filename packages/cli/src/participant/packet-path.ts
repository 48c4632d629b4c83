import type { CryptoPort, PacketPool } from "@sluice/media";
import {
  createNativeCrypto,
  createPortableCrypto,
  isNativeUdpSupported,
  type NativeMemory,
  openNativeUdp,
  openPortableUdp,
  type UdpPort,
  type UdpPortOptions,
} from "@sluice/native";

export type PacketPath = "auto" | "native" | "portable";

export interface ClientPacketPath {
  readonly crypto: CryptoPort;
  openUdp(options: UdpPortOptions<NativeMemory> & { readonly pool: PacketPool }): Promise<UdpPort>;
}

/** How this process moves and protects packets, as a node chooses it. Throws when "native" was asked for and cannot work. */
export function choosePacketPath(wanted: PacketPath, memory: NativeMemory): ClientPacketPath {
  const support = isNativeUdpSupported();
  if (wanted === "native" && !support.supported) {
    throw new Error(`--packet-path native cannot work here: ${support.reason}; use --packet-path auto`);
  }
  if (wanted !== "portable" && support.supported) return { crypto: createNativeCrypto(memory), openUdp: openNativeUdp };
  return { crypto: createPortableCrypto(memory), openUdp: openPortableUdp };
}
