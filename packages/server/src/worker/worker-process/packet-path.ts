import { type CryptoPort, type DtlsPort, PacketPool, SCRATCH_BYTES, SLOT_BYTES } from "@sluice/media";
import {
  createDtlsPort,
  createNativeCrypto,
  createNativeMemory,
  createPortableCrypto,
  DEFAULT_MAX_ADDRESSES,
  isNativeUdpSupported,
  type NativeMemory,
  openNativeUdp,
  openPortableUdp,
  openTcpPort,
  selfTest,
  type TcpPort,
  type UdpPort,
  type UdpPortOptions,
} from "@sluice/native";
import type { WorkerOptions } from "../worker-options.js";

/** Room for what is sent in one wake-up: 1,000 packets of 1,500 bytes and some. */
const EGRESS_BYTES = 4 * 1024 * 1024;

/**
 * Slots for received packets, bytes: 131,072 packets, two seconds of 64,000 packets/s. Pages are touched only when that many
 * packets are really kept, so an idle worker does not pay for it.
 */
const POOL_BYTES = 131_072 * SLOT_BYTES;

/** Everything a worker needs from the platform, chosen at start. */
export interface PacketPathParts {
  readonly memory: NativeMemory;
  readonly pool: PacketPool;
  readonly udp: UdpPort;
  /** Absent: clients reach the worker by UDP alone. */
  readonly tcp: TcpPort | undefined;
  readonly crypto: CryptoPort;
  readonly dtls: DtlsPort;
  /** One line for the log. */
  readonly description: string;
}

/** Opens the sockets and the crypto of one worker. Throws with a clear message when neither path can work. */
export async function openPacketPath(
  options: WorkerOptions,
  onBatchSent?: UdpPortOptions["onBatchSent"],
): Promise<PacketPathParts> {
  // DTLS is OpenSSL on either path, so a node binary without it is refused at once.
  const openssl = selfTest();
  const memory = createNativeMemory(SCRATCH_BYTES + EGRESS_BYTES + POOL_BYTES);
  const egressStart = SCRATCH_BYTES;
  const egressEnd = egressStart + EGRESS_BYTES;
  const pool = new PacketPool(egressEnd, egressEnd + POOL_BYTES);
  const dtls = createDtlsPort();
  const support = isNativeUdpSupported();
  if (options.packetPath === "native" && !support.supported) {
    throw new Error(`--packet-path native cannot work here: ${support.reason}; use --packet-path auto`);
  }
  const tcp =
    options.tcpBinds.length === 0
      ? undefined
      : await openTcpPort({ memory, pool, listen: options.tcpBinds, firstAddressId: DEFAULT_MAX_ADDRESSES });
  const others = { ...(tcp === undefined ? {} : { others: tcp }), ...(onBatchSent === undefined ? {} : { onBatchSent }) };
  const socketOptions = { memory, pool, egressStart, egressEnd, bind: options.udpBinds, ...others };
  if (options.packetPath !== "portable" && support.supported) {
    const udp = await openNativeUdp(socketOptions);
    return {
      memory,
      pool,
      udp,
      tcp,
      crypto: createNativeCrypto(memory),
      dtls,
      description: `native (${udp.description}; ${openssl})`,
    };
  }
  const udp = await openPortableUdp(socketOptions);
  const why = support.supported ? "as asked" : support.reason;
  const description = `portable (${udp.description}; node:crypto; DTLS by ${openssl}): ${why}`;
  return { memory, pool, udp, tcp, crypto: createPortableCrypto(memory), dtls, description };
}
