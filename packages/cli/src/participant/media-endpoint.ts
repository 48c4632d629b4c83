import {
  after,
  type CryptoPort,
  type Instant,
  MediaCore,
  type MediaEvent,
  type NtpTime,
  type PacketMemory,
  type PacketPool,
  type Producer,
} from "@sluice/media";
import { monotonicNow, type NativeDtlsPort, type UdpPort } from "@sluice/native";
import type { MediaDetour, MediaTap } from "./media-tap.js";

/** A publisher sends lost packets again for as long as libwebrtc keeps its own, ms: the node decides what it still asks for. */
const RETRANSMISSION_TTL_MS = 1000;

/** The one Router of a client: what it publishes enters here, what it receives stays here. */
export const ROUTER_ID = "client";

/**
 * How long received packets are kept, and how often that is looked at, ms. Nobody will ask us for them; only what comes twice
 * within this time is worth noticing early.
 */
const RECEIVED_LIFETIME_MS = 100;

/** Between two statements of which RTP timestamp belongs to which wall-clock time, ms. */
const CLOCK_INTERVAL_MS = 1000;

export interface MediaEndpointOptions extends MediaDetour {
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
  readonly crypto: CryptoPort;
  readonly dtls: NativeDtlsPort;
  readonly udp: UdpPort;
  /** Wall clock at Instant 0. */
  readonly ntpAtOrigin: NtpTime;
  readonly handleClose: () => void;
}

/** What concerns one Transport. */
export type TransportEvent = Extract<MediaEvent, { readonly transportId: string }>;

/** Something that sends at its own times. */
export interface PacedSender {
  /** Hands what is due to the core. */
  handleTick(now: Instant): void;
  /** Once a second. */
  handleClock(ntp: NtpTime, now: Instant): void;
}

/** One participant's sockets with a media core on them. Its host calls {@link handleTick}. */
export class MediaEndpoint {
  readonly redirect: MediaDetour["redirect"];
  readonly core: MediaCore;
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
  readonly crypto: CryptoPort;
  readonly dtls: NativeDtlsPort;
  readonly senders = new Set<PacedSender>();
  /** What is received. */
  readonly producers = new Set<Producer>();
  readonly #udp: UdpPort;
  readonly #ntpAtOrigin: NtpTime;
  readonly #handleClose: () => void;
  readonly #transportListeners = new Map<string, (event: TransportEvent) => void>();
  #nextClock: Instant | undefined;
  #nextRelease: Instant | undefined;
  readonly #tap: MediaTap | undefined;
  #transports = 0;
  /** The newest transport. */
  #transportId: string | undefined;
  #isClosed = false;

  constructor({ memory, pool, crypto, dtls, udp, ntpAtOrigin, handleClose, tap, redirect }: MediaEndpointOptions) {
    this.redirect = redirect;
    this.memory = memory;
    this.pool = pool;
    this.crypto = crypto;
    this.dtls = dtls;
    this.#udp = udp;
    this.#ntpAtOrigin = ntpAtOrigin;
    this.#handleClose = handleClose;
    this.core = new MediaCore({
      memory,
      pool,
      egress: udp,
      crypto,
      dtls,
      ntpAtOrigin,
      retransmissionTtlMs: RETRANSMISSION_TTL_MS,
    });
    this.core.openRouter(ROUTER_ID);
    this.#tap = tap?.(this.core, memory);
    udp.start(this.#tap ?? this.core);
  }

  /** Something stands between its sockets and its core. */
  get isTapped(): boolean {
    return this.#tap !== undefined;
  }

  /** It reads what arrives with its ticks, and in no hurry. */
  get isPatient(): boolean {
    return this.#tap?.isPatient === true;
  }

  now(): Instant {
    return monotonicNow();
  }

  /** A name for a new Transport, and who hears of it until {@link forgetTransport}. */
  nameTransport(handleEvent: (event: TransportEvent) => void): string {
    const transportId = `transport-${++this.#transports}`;
    this.#transportListeners.set(transportId, handleEvent);
    this.#transportId = transportId;
    return transportId;
  }

  forgetTransport(transportId: string): void {
    this.#transportListeners.delete(transportId);
    if (this.#transportId === transportId) this.#transportId = undefined;
  }

  handleTick(now: Instant): void {
    if (this.#tap !== undefined) {
      this.#udp.setPolled(this.#tap.isPatient);
      this.#udp.poll();
    }
    this.core.handleTimeout(now);
    this.#tap?.handleTick(now, this.#transportId);
    for (const sender of this.senders) sender.handleTick(now);
    if (this.#nextClock === undefined || this.#nextClock <= now) {
      this.#nextClock = after(now, CLOCK_INTERVAL_MS);
      for (const sender of this.senders) sender.handleClock((this.#ntpAtOrigin + now / 1000) as NtpTime, now);
    }
    this.core.handleBatchEnd(now);
    this.flush();
    if (this.#nextRelease === undefined || this.#nextRelease <= now) {
      this.#nextRelease = after(now, RECEIVED_LIFETIME_MS);
      this.#releaseReceived(now);
    }
  }

  #releaseReceived(now: Instant): void {
    for (const { streams } of this.producers) {
      for (const { buffer } of streams) buffer.releaseOlderThan(now / 1000 - RECEIVED_LIFETIME_MS);
    }
  }

  /** Sends what commands and timers made, and tells what they changed. */
  flush(): void {
    this.#udp.flush();
    for (let event = this.core.pollEvent(); event !== undefined; event = this.core.pollEvent()) this.#handleEvent(event);
  }

  /** Says goodbye to the peer and gives everything back. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.senders.clear();
    this.producers.clear();
    this.#transportListeners.clear();
    this.core.closeRouter(ROUTER_ID);
    this.#udp.close();
    this.#handleClose();
  }

  #handleEvent(event: MediaEvent): void {
    switch (event.type) {
      case "transportState":
      case "dataChannelOpened":
      case "dataChannelClosed":
      case "dataMessage":
      case "dataDropped":
        this.#transportListeners.get(event.transportId)?.(event);
        break;
      case "audioLevels":
      case "dominantSpeaker":
      case "consumerLayers":
        break;
    }
  }
}
