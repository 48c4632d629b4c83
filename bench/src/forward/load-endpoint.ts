import {
  type AddressId,
  type CryptoPort,
  type DtlsPort,
  type Fingerprint,
  type IceCandidate,
  type IceCredentials,
  type Ingress,
  type Instant,
  MediaCore,
  type NtpTime,
  type PacketMemory,
  type PacketPool,
  parseRtpHeader,
  RtpHeader,
  readTransportWideSequenceNumber,
  type TransportAddress,
  TransportFeedbackGenerator,
} from "@sluice/media";
import type { UdpPort } from "@sluice/native";
import { TRANSPORT_WIDE } from "./bench-streams.js";

/** Packets that a socket may lose at a time and the feedback does not tell. */
const MAX_GAP = 1000;

/**
 * One client of the load process: a media core in the controlling role on a socket of its own.
 *
 * A `counting` endpoint looks at RTP only to count it and to give feedback on its arrival, for which the header suffices:
 * decrypting what 100 subscribers receive would measure this process.
 */
export class LoadEndpoint implements Ingress {
  readonly core: MediaCore;
  readonly udp: UdpPort;
  readonly #memory: PacketMemory;
  readonly #isCounting: boolean;
  readonly #header = new RtpHeader();
  readonly #arrivals = new TransportFeedbackGenerator();
  #reported: number | undefined;
  rtpReceived = 0;
  /**
   * When the publisher last sent: what is reported as the time of arrival, of every packet. A stall of this busy process, or a
   * socket that overflows meanwhile, must not look like a narrow path: less would be forwarded than the bench asks for.
   */
  publishedAt = 0 as Instant;

  constructor(memory: PacketMemory, pool: PacketPool, udp: UdpPort, crypto: CryptoPort, dtls: DtlsPort, isCounting: boolean) {
    this.#memory = memory;
    this.#isCounting = isCounting;
    this.udp = udp;
    this.core = new MediaCore({ memory, pool, egress: udp, crypto, dtls, ntpAtOrigin: 0 as NtpTime });
    this.core.openRouter("load");
    udp.start(this);
  }

  open(
    local: IceCredentials,
    remote: IceCredentials,
    candidates: readonly IceCandidate[],
    fingerprint: Fingerprint,
    now: Instant,
  ): void {
    this.core.openTransport("load", "worker", { iceRole: "controlling", localIce: local }, now);
    const description = { ice: remote, candidates, fingerprints: [fingerprint], dtlsRole: "client" as const };
    this.core.connectTransport("worker", description, now);
    this.udp.flush();
  }

  get isConnected(): boolean {
    return this.core.transport("worker").state.type === "connected";
  }

  get batchLimit(): number {
    return this.core.batchLimit;
  }

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant, ageUs: number): boolean {
    const { bytes } = this.#memory;
    const isRtp = ((bytes[offset] as number) & 0xc0) === 0x80 && ((bytes[offset + 1] as number) & 0xe0) !== 0xc0;
    if (isRtp) {
      this.rtpReceived++;
      if (this.#isCounting) {
        this.#logArrival(offset, sizeBytes);
        return false;
      }
    }
    return this.core.handleDatagram(offset, sizeBytes, address, now, ageUs);
  }

  #pollFeedback(now: Instant) {
    return this.#arrivals.pollFeedback(1, this.#header.ssrc >>> 0, now);
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void {
    this.core.handleUnknownDatagram(offset, sizeBytes, source, now);
  }

  handleBatchEnd(now: Instant): void {
    this.core.handleBatchEnd(now);
  }

  #logArrival(offset: number, sizeBytes: number): void {
    if (!parseRtpHeader(this.#memory, offset, sizeBytes, this.#header)) return;
    const number = readTransportWideSequenceNumber(this.#memory, this.#header, TRANSPORT_WIDE.id);
    if (number < 0) return;
    const first = this.#reported ?? number - 1;
    const count = Math.min((number - first) & 0xffff, MAX_GAP);
    for (let behind = count - 1; behind >= 0; behind--)
      this.#arrivals.handlePacket((number - behind) & 0xffff, this.publishedAt, 0);
    this.#reported = number;
  }

  handleTick(now: Instant): void {
    this.core.handleTimeout(now);
    for (let due = this.#pollFeedback(now); due !== undefined; due = this.#pollFeedback(now)) {
      this.core.transport("worker").sendRtcp([due]); // alone, as browsers send it (RFC 5506)
    }
    this.udp.flush();
    while (this.core.pollEvent() !== undefined) {
      // Nobody here waits for events.
    }
  }
}
