import { randomInt, randomUUID } from "node:crypto";
import { type Instant, LocalSource, type MediaKind, type NtpTime, type RtpCodec, type RtpHeaderExtension } from "@sluice/media";
import type { TrackSource } from "@sluice/protocol";
import { FrameLoop } from "../media-file/frame-loop.js";
import type { MediaFile } from "../media-file/media-file.js";
import type { PlaybackClock } from "../media-file/playback-clock.js";
import { AUDIO_LEVEL, estimateAudioLevel } from "./audio-level.js";
import { type MediaEndpoint, type PacedSender, ROUTER_ID } from "./media-endpoint.js";

/** Longest payload a packetizer writes, bytes, and some. */
const PAYLOAD_BYTES = 1_500;

/**
 * A file that is being published: its frames enter the endpoint's Router as a Producer, at their times, for as long as the
 * participant lives; whichever transport there is carries them.
 */
export class LocalTrack implements PacedSender {
  /** Our own name for it, in `publish`. */
  readonly cid = randomUUID();
  readonly kind: MediaKind;
  readonly source: TrackSource;
  readonly name: string;
  readonly codec: RtpCodec;
  /** What its packets say besides: how loud they are. */
  readonly headerExtensions: readonly RtpHeaderExtension[];
  /** The server's name for it. */
  trackId = "";
  packetsSent = 0;
  bytesSent = 0;
  #isMuted = false;
  readonly #endpoint: MediaEndpoint;
  readonly #clock: PlaybackClock;
  readonly #loop: FrameLoop;
  readonly #packetizer: ReturnType<MediaFile["createPacketizer"]>;
  readonly #source: LocalSource;
  readonly #payload = new Uint8Array(PAYLOAD_BYTES);
  /** RFC 3550 §5.1: timestamps start anywhere. */
  readonly #firstTimestamp = randomInt(2 ** 32);

  constructor(endpoint: MediaEndpoint, file: MediaFile, clock: PlaybackClock) {
    this.kind = file.kind;
    this.source = file.kind === "video" ? "camera" : "microphone";
    this.name = file.kind === "video" ? "test picture" : "test tone";
    this.codec = file.codec;
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#loop = new FrameLoop(file);
    this.#packetizer = file.createPacketizer();
    const { kind, codec, producerId } = { ...file, producerId: this.cid };
    this.headerExtensions = kind === "audio" ? [AUDIO_LEVEL] : [];
    const rtp = { mid: this.cid, kind, codecs: [codec], headerExtensions: this.headerExtensions, encodings: [] };
    const producer = endpoint.core.openLocalProducer(ROUTER_ID, { producerId, rtp, isPaused: false });
    const ssrc = kind === "video" ? 1 : 2; // Never leaves this process.
    this.#source = new LocalSource(endpoint.memory, endpoint.pool, producer, codec.payloadType, codec.clockRate, ssrc);
    endpoint.senders.add(this);
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** A muted track sends nothing; its time goes on. */
  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#endpoint.core.setProducerPaused(this.cid, isMuted, this.#endpoint.now());
  }

  handleTick(now: Instant): void {
    if (this.#source.pollKeyFrameRequest(now)) this.#loop.skipToKeyFrame();
    const position = this.#position(now);
    for (let frame = this.#loop.pollFrame(position); frame !== undefined; frame = this.#loop.pollFrame(position)) {
      this.#packetizer.handleFrame(frame.data);
      this.#sendFrame((this.#firstTimestamp + this.#loop.timestamp) >>> 0, now);
    }
  }

  handleClock(ntp: NtpTime, now: Instant): void {
    this.#source.setClock(ntp, (this.#firstTimestamp + Math.round(this.#position(now))) >>> 0);
  }

  /** Gives back what it holds; nothing is sent any more. Idempotent. */
  close(): void {
    this.#endpoint.senders.delete(this);
    this.#endpoint.core.closeProducer(this.cid);
  }

  #sendFrame(timestamp: number, now: Instant): void {
    const { core } = this.#endpoint;
    for (;;) {
      const sizeBytes = this.#packetizer.pollPayload(this.#payload, 0);
      if (sizeBytes === 0) return;
      // The marker is the end of a picture; in audio it would be the start of a talk spurt (RFC 3551 §4.1).
      if (this.kind === "audio") this.#source.audioLevel = estimateAudioLevel(sizeBytes);
      const isMarked = this.kind === "video" && this.#packetizer.isFrameDone;
      if (!core.sendLocal(this.#source, this.#payload.subarray(0, sizeBytes), timestamp, isMarked, now)) continue;
      this.packetsSent++;
      this.bytesSent += sizeBytes;
    }
  }

  /** RTP units since sending began. */
  #position(now: Instant): number {
    return (this.#clock.positionUs(now) * this.codec.clockRate) / 1_000_000;
  }
}
