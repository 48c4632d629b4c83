import { networkInterfaces } from "node:os";
import { type NtpTime, ntpFromUnixMs, type PacketMemory, PacketPool, SCRATCH_BYTES, SLOT_BYTES } from "@sluice/media";
import { createDtlsPort, createNativeMemory, monotonicNow, type NativeDtlsPort, type NativeMemory } from "@sluice/native";
import { SluiceError } from "@sluice/protocol";
import { EndpointTurns } from "./endpoint-turns.js";
import { MediaEndpoint } from "./media-endpoint.js";
import type { MediaDetour } from "./media-tap.js";
import { type ClientPacketPath, choosePacketPath, type PacketPath } from "./packet-path.js";

/** How often everything that is paced is looked at, ms: an audio packet is at most this late. */
const TICK_MS = 5;

/** Send area of one participant: a wake-up's worth of packets. */
const EGRESS_BYTES = 256 * 1024;

/** Of one participant. What is kept for retransmission is given back early when they run out. */
const SLOTS_PER_PARTICIPANT = 1_024;
/** Two sockets' worth of datagrams, and some. */
const MIN_SLOTS_PER_PARTICIPANT = 192;
const MAX_PARTICIPANTS = 3_000;
/** Send area of those with few slots. */
const SMALL_EGRESS_BYTES = 64 * 1024;

/** Remote addresses of one participant: one server, with its candidates. */
const MAX_ADDRESSES = 256;

export interface MediaHostOptions {
  /** Participants at one time, 1–3,000. Default 32. Each reserves 2.3 MB of address space, touched only as far as it is used. */
  readonly maxParticipants?: number;
  /**
   * Packet slots of 2 KiB for each, 192–1,024. Default 1,024, for participants that publish or repair much. 128 of them wait for datagrams; all participants share the
   * rest.
   */
  readonly slotsPerParticipant?: number;
  /** Who has a tap is looked at every so many ticks of 5 ms, 1–10, which costs less; half as often when that one is patient. Default 1. */
  readonly tappedTicks?: number;
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
  /** The core of those who send nothing looks at its deadlines every 10 ms. */
  readonly #untapped = new EndpointTurns<MediaEndpoint>(1, 2, ({ senders }) => senders.size === 0);
  readonly #tapped: EndpointTurns<MediaEndpoint>;
  /** Offsets of send areas nobody uses. */
  readonly #freeEgress: number[];
  readonly #egressBytes: number;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MediaHostOptions = {}) {
    const { maxParticipants = 32, packetPath = "auto", slotsPerParticipant = SLOTS_PER_PARTICIPANT, tappedTicks = 1 } = options;
    if (!(maxParticipants >= 1 && maxParticipants <= MAX_PARTICIPANTS))
      throw new RangeError(`maxParticipants: ${maxParticipants}`);
    if (!(slotsPerParticipant >= MIN_SLOTS_PER_PARTICIPANT && slotsPerParticipant <= SLOTS_PER_PARTICIPANT))
      throw new RangeError(`slotsPerParticipant: ${slotsPerParticipant}`);
    if (!(tappedTicks >= 1 && tappedTicks <= 10)) throw new RangeError(`tappedTicks: ${tappedTicks}`);
    this.#tapped = new EndpointTurns<MediaEndpoint>(tappedTicks, 2 * tappedTicks, ({ isPatient }) => isPatient);
    this.#egressBytes = slotsPerParticipant === SLOTS_PER_PARTICIPANT ? EGRESS_BYTES : SMALL_EGRESS_BYTES;
    const poolStart = SCRATCH_BYTES + maxParticipants * this.#egressBytes;
    const poolEnd = poolStart + maxParticipants * slotsPerParticipant * SLOT_BYTES;
    this.#memory = createNativeMemory(poolEnd);
    this.#pool = new PacketPool(poolStart, poolEnd);
    this.#freeEgress = Array.from(
      { length: maxParticipants },
      (_, index) => SCRATCH_BYTES + index * this.#egressBytes,
    ).reverse();
    this.#path = choosePacketPath(packetPath, this.#memory);
  }

  /** Where packets lie. */
  get memory(): PacketMemory {
    return this.#memory;
  }

  /** Packet slots nobody holds, and all there are; the same when no participant is left. */
  get slots(): { readonly available: number; readonly capacity: number } {
    return { available: this.#pool.available, capacity: this.#pool.capacity };
  }

  /** Opens sockets on free ports. Throws SluiceError `resourceExhausted` when there are `maxParticipants` already. */
  async openEndpoint(detour: MediaDetour = {}): Promise<MediaEndpoint> {
    const egressStart = this.#freeEgress.pop();
    if (egressStart === undefined)
      throw new SluiceError("resourceExhausted", "this process has no room for another participant");
    try {
      const udp = await this.#path.openUdp({
        memory: this.#memory,
        pool: this.#pool,
        egressStart,
        egressEnd: egressStart + this.#egressBytes,
        bind: anyAddresses(),
        maxAddresses: MAX_ADDRESSES,
      });
      const endpoint = new MediaEndpoint({
        ...detour,
        memory: this.#memory,
        pool: this.#pool,
        crypto: this.#path.crypto,
        dtls: this.#dtls,
        udp,
        ntpAtOrigin: this.#ntpAtOrigin,
        handleClose: () => this.#forget(endpoint, egressStart),
      });
      this.#endpoints.add(endpoint);
      this.#turnsOf(endpoint).add(endpoint);
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
    this.#turnsOf(endpoint).delete(endpoint);
    this.#freeEgress.push(egressStart);
    if (this.#endpoints.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #turnsOf({ isTapped }: MediaEndpoint): EndpointTurns<MediaEndpoint> {
    return isTapped ? this.#tapped : this.#untapped;
  }

  #handleTick(): void {
    const now = monotonicNow();
    this.#turn += 1;
    this.#untapped.handleTick(this.#turn, now);
    this.#tapped.handleTick(this.#turn, now);
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
