import { networkInterfaces } from "node:os";
import { type NtpTime, ntpFromUnixMs, PacketPool, SCRATCH_BYTES, SLOT_BYTES } from "@sluice/media";
import { createDtlsPort, createNativeMemory, monotonicNow, type NativeDtlsPort, type NativeMemory } from "@sluice/native";
import { SluiceError } from "@sluice/protocol";
import { MediaEndpoint } from "./media-endpoint.js";
import { type ClientPacketPath, choosePacketPath, type PacketPath } from "./packet-path.js";

/** How often everything that is paced is looked at, ms: an audio packet is at most this late. */
const TICK_MS = 5;

/** Send area of one participant: a wake-up's worth of packets. */
const EGRESS_BYTES = 256 * 1024;

/** Of one participant. What is kept for retransmission is given back early when they run out. */
const SLOTS_PER_PARTICIPANT = 1_024;

/** Remote addresses of one participant: one server, with its candidates. */
const MAX_ADDRESSES = 256;

export interface MediaHostOptions {
  /** Participants at one time, 1–1,000. Default 32. Each reserves 2.3 MB of address space, touched only as far as it is used. */
  readonly maxParticipants?: number;
  /** Default "auto": native where it works. */
  readonly packetPath?: PacketPath;
}

/**
 * What all participants of a process share: the packet memory, the crypto, one certificate, and the one timer that paces them.
 * The memory is never given back, so a process has one host and keeps it.
 */
export class MediaHost {
  readonly #memory: NativeMemory;
  readonly #pool: PacketPool;
  readonly #path: ClientPacketPath;
  readonly #dtls: NativeDtlsPort = createDtlsPort();
  readonly #ntpAtOrigin = (ntpFromUnixMs(Date.now()) - performance.now()) as NtpTime;
  readonly #endpoints = new Set<MediaEndpoint>();
  /** Offsets of send areas nobody uses. */
  readonly #freeEgress: number[];
  #timer: NodeJS.Timeout | undefined;

  constructor({ maxParticipants = 32, packetPath = "auto" }: MediaHostOptions = {}) {
    if (!(maxParticipants >= 1 && maxParticipants <= 1_000)) throw new RangeError(`maxParticipants: ${maxParticipants}`);
    const poolStart = SCRATCH_BYTES + maxParticipants * EGRESS_BYTES;
    const poolEnd = poolStart + maxParticipants * SLOTS_PER_PARTICIPANT * SLOT_BYTES;
    this.#memory = createNativeMemory(poolEnd);
    this.#pool = new PacketPool(poolStart, poolEnd);
    this.#freeEgress = Array.from({ length: maxParticipants }, (_, index) => SCRATCH_BYTES + index * EGRESS_BYTES).reverse();
    this.#path = choosePacketPath(packetPath, this.#memory);
  }

  /** Packet slots nobody holds, and all there are; the same when no participant is left. */
  get slots(): { readonly available: number; readonly capacity: number } {
    return { available: this.#pool.available, capacity: this.#pool.capacity };
  }

  /** Opens sockets on free ports. Throws SluiceError `resourceExhausted` when there are `maxParticipants` already. */
  async openEndpoint(): Promise<MediaEndpoint> {
    const egressStart = this.#freeEgress.pop();
    if (egressStart === undefined)
      throw new SluiceError("resourceExhausted", "this process has no room for another participant");
    try {
      const udp = await this.#path.openUdp({
        memory: this.#memory,
        pool: this.#pool,
        egressStart,
        egressEnd: egressStart + EGRESS_BYTES,
        bind: anyAddresses(),
        maxAddresses: MAX_ADDRESSES,
      });
      const endpoint = new MediaEndpoint({
        memory: this.#memory,
        pool: this.#pool,
        crypto: this.#path.crypto,
        dtls: this.#dtls,
        udp,
        ntpAtOrigin: this.#ntpAtOrigin,
        handleClose: () => this.#forget(endpoint, egressStart),
      });
      this.#endpoints.add(endpoint);
      this.#timer ??= setInterval(() => this.#handleTick(), TICK_MS);
      return endpoint;
    } catch (error) {
      this.#freeEgress.push(egressStart);
      throw error;
    }
  }

  /** Closes what is left open; no endpoint can be opened after it. */
  close(): void {
    for (const endpoint of [...this.#endpoints]) endpoint.close();
    this.#freeEgress.length = 0;
    this.#dtls.close();
  }

  #forget(endpoint: MediaEndpoint, egressStart: number): void {
    this.#endpoints.delete(endpoint);
    this.#freeEgress.push(egressStart);
    if (this.#endpoints.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #handleTick(): void {
    const now = monotonicNow();
    for (const endpoint of this.#endpoints) endpoint.handleTick(now);
  }
}

/** Every address of each family this machine has: which one the server is reached by, the kernel decides. */
function anyAddresses(): { readonly ip: string; readonly port: number }[] {
  const families = new Set(
    Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ family }) => family) ?? []),
  );
  const binds = families.has("IPv4") || families.size === 0 ? [{ ip: "0.0.0.0", port: 0 }] : [];
  return families.has("IPv6") ? [...binds, { ip: "::", port: 0 }] : binds;
}
