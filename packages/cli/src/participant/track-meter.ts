import { elapsedMs, type Instant, type MediaKind, type MediaPacket, ReceiveStatistics } from "@sluice/media";

/** One received track, as `sluice join --subscribe --json` prints it. */
export interface TrackReport {
  /** Track id. */
  readonly track: string;
  readonly kind: MediaKind;
  /** Encoding name: "VP8", "H264", "opus", …; empty before the first packet. */
  readonly codec: string;
  /** Received so far, repaired ones included, duplicates not. */
  readonly packets: number;
  /** Missing so far, after repair. */
  readonly lost: number;
  /** RTP without SRTP, since the report before. */
  readonly bitrateBps: number;
  /** Pictures, or audio packets, so far. */
  readonly frames: number;
  /** Interarrival jitter (RFC 3550 §6.4.1). */
  readonly jitterMs: number;
}

/** Counts what arrives of one track, over as many RTP streams as it takes (each new transport brings another). */
export class TrackMeter {
  readonly trackId: string;
  /** Who publishes it. */
  readonly participantId: string;
  readonly kind: MediaKind;
  #codec = "";
  #packets = 0;
  #bytes = 0;
  #frames = 0;
  /** Of streams that are over. */
  #lostBefore = 0;
  #ssrc: number | undefined;
  #statistics: ReceiveStatistics | undefined;
  #streamPackets = 0;
  #lowest = 0;
  #highest = 0;
  #timestamp = 0;
  #reportedBytes = 0;
  #reportedAt: Instant | undefined;

  constructor(trackId: string, participantId: string, kind: MediaKind) {
    this.trackId = trackId;
    this.participantId = participantId;
    this.kind = kind;
  }

  get packets(): number {
    return this.#packets;
  }

  /** After repair: packets whose neighbours came and which did not. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow;
  }

  get #lostNow(): number {
    return this.#streamPackets === 0 ? 0 : this.#highest - this.#lowest + 1 - this.#streamPackets;
  }

  /** `clockRate` and `codec`: what the packet's payload type means. */
  handlePacket({ header, sizeBytes }: MediaPacket, codec: string, clockRate: number, now: Instant): void {
    const { ssrc, extendedSequenceNumber, timestamp } = header;
    if (this.#isDuplicate(ssrc, extendedSequenceNumber)) return;
    this.#codec = codec;
    this.#packets++;
    this.#bytes += sizeBytes;
    this.#reportedAt ??= now;
    if (ssrc !== this.#ssrc || this.#statistics === undefined) {
      this.#lostBefore += this.#lostNow;
      this.#ssrc = ssrc;
      this.#statistics = new ReceiveStatistics(clockRate);
      this.#streamPackets = 1;
      this.#lowest = extendedSequenceNumber;
      this.#highest = extendedSequenceNumber;
      this.#timestamp = timestamp;
      this.#frames++;
      this.#statistics.handlePacket(extendedSequenceNumber, timestamp, now);
      return;
    }
    this.#streamPackets++;
    if (extendedSequenceNumber < this.#lowest) this.#lowest = extendedSequenceNumber;
    if (extendedSequenceNumber < this.#highest) return; // Repaired or reordered: it says nothing about the network's jitter.
    this.#highest = extendedSequenceNumber;
    this.#statistics.handlePacket(extendedSequenceNumber, timestamp, now);
    if (((timestamp - this.#timestamp) | 0) > 0) {
      this.#timestamp = timestamp;
      this.#frames++;
    }
  }

  /** With nothing missing, what is not new has been here before: the core forgets what came when its slots run out. */
  #isDuplicate(ssrc: number, sequenceNumber: number): boolean {
    return ssrc === this.#ssrc && this.#lostNow === 0 && sequenceNumber >= this.#lowest && sequenceNumber <= this.#highest;
  }

  /** The state of now, and the start of a new interval for the bitrate. */
  takeReport(now: Instant): TrackReport {
    const ms = this.#reportedAt === undefined ? 0 : elapsedMs(this.#reportedAt, now);
    const bits = (this.#bytes - this.#reportedBytes) * 8;
    this.#reportedAt = this.#reportedAt === undefined ? undefined : now;
    this.#reportedBytes = this.#bytes;
    return {
      track: this.trackId,
      kind: this.kind,
      codec: this.#codec,
      packets: this.#packets,
      lost: this.lost,
      bitrateBps: ms > 0 ? Math.round((bits * 1000) / ms) : 0,
      frames: this.#frames,
      jitterMs: Math.round((this.#statistics?.jitterMs ?? 0) * 100) / 100,
    };
  }
}
