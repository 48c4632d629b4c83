import { type AddressId, type PacketMemory, PacketPool, SCRATCH_BYTES, SLOT_BYTES } from "@sluice/media";
import type { OtherAddresses, UdpPort, UdpPortOptions } from "../udp/udp-port.js";
import { RecordingIngress } from "./udp-recording-ingress.js";

/** An adapter under test: its memory and how it is opened. */
export interface OpenUdpPort {
  createMemory(sizeBytes: number): PacketMemory;
  open(memory: PacketMemory, options: Omit<UdpPortOptions, "memory">): Promise<UdpPort>;
}

export interface PortFixtureOptions {
  readonly bind?: UdpPortOptions["bind"];
  readonly slots?: number;
  readonly egressBytes?: number;
  readonly maxAddresses?: number;
  readonly others?: OtherAddresses;
  readonly onBatchSent?: NonNullable<UdpPortOptions["onBatchSent"]>;
}

export interface PortFixture {
  readonly port: UdpPort;
  readonly ingress: RecordingIngress;
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
}

/** A started port on loopback with a small send area, closed after the test. */
export async function openPort(
  t: { after(fn: () => void): void },
  adapter: OpenUdpPort,
  options: PortFixtureOptions = {},
): Promise<PortFixture> {
  const {
    bind = [{ ip: "127.0.0.1", port: 0 }],
    slots = 160,
    egressBytes = 128 * 1024,
    maxAddresses = 64,
    ...others
  } = options;
  const egressStart = SCRATCH_BYTES + slots * SLOT_BYTES;
  const memory = adapter.createMemory(egressStart + egressBytes);
  const pool = new PacketPool(SCRATCH_BYTES, egressStart);
  const egressEnd = egressStart + egressBytes;
  const port = await adapter.open(memory, { pool, egressStart, egressEnd, bind, maxAddresses, ...others });
  t.after(() => port.close());
  const ingress = new RecordingIngress(memory);
  port.start(ingress);
  return { port, ingress, memory, pool };
}

/** A datagram that tells which it is: its number, then bytes that follow from it. */
export function numbered(sequence: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes).map((_, index) => (sequence * 31 + index * 7) & 0xff);
  bytes.set([sequence >>> 8, sequence & 0xff].slice(0, sizeBytes));
  return bytes;
}

export function sequenceOf(bytes: Uint8Array | undefined): number {
  return ((bytes?.[0] ?? 0) << 8) | (bytes?.[1] ?? 0);
}

/** Writes a datagram into the send area and commits it. */
export function commit(port: UdpPort, memory: PacketMemory, address: AddressId, bytes: Uint8Array, isAudio = false): void {
  memory.bytes.set(bytes, port.reserve(bytes.length));
  port.commit(address, bytes.length, isAudio);
}
