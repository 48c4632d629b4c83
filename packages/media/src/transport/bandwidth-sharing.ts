import { BandwidthAllocator } from "../allocation/bandwidth-allocator.js";
import type { Consumer } from "../router/consumer.js";
import type { RtpOutlet } from "../router/rtp-outlet.js";
import { after, elapsedMs, type Instant } from "../time/instant.js";

export const SHARING = {
  /** Between two rounds, ms. Estimates change every 50-100 ms; encoders need longer. */
  intervalMs: 100,
  /** Share of the estimate that media may use; the rest is for retransmissions, reports and checks. */
  mediaShare: 0.95,
  /** Smoothing of the audio rate, share of the newest interval. */
  audioSmoothing: 0.2,
  /** What a packet costs beyond its payload, bytes: RTP header, extensions, SRTP tag. */
  packetOverheadBytes: 40,
} as const;

/** A Transport as the sharing knows it. */
export interface SharingTransport {
  readonly outlet: RtpOutlet;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
}

/**
 * Gives the videos of one receiver their share of what its path carries. Audio comes first: what it uses is not there for video
 * to have (and is never paused).
 */
export class BandwidthSharing {
  /** The receiver is not to be sent more than this, whatever its path carries, bit/s; undefined: whatever it carries. */
  limitBps: number | undefined;
  readonly #allocator = new BandwidthAllocator();
  readonly #videos: Consumer[] = [];
  #sharedAt: Instant | undefined;
  #audioBytes = 0;
  #audioBps = 0;

  handleTimeout({ outlet, consumersBySsrc }: SharingTransport, now: Instant): void {
    if (this.#sharedAt !== undefined && now < after(this.#sharedAt, SHARING.intervalMs)) return;
    const videos = this.#videos;
    videos.length = 0;
    let audioBytes = 0;
    const { bandwidth } = outlet;
    let canProbe = false;
    for (const consumer of consumersBySsrc.values()) {
      canProbe ||= bandwidth.canProbe && consumer.kind === "video" && consumer.canSendPadding;
      if (consumer.kind === "audio") {
        audioBytes += consumer.payloadBytesSent + consumer.packetsSent * SHARING.packetOverheadBytes;
      } else if (!consumer.isSilent) videos.push(consumer);
    }
    this.#measureAudio(audioBytes, now);
    this.#sharedAt = now;
    const limitBps = this.limitBps ?? Number.POSITIVE_INFINITY;
    const carriedBps = bandwidth.estimateBps ?? Number.POSITIVE_INFINITY;
    const usableBps = Math.min(carriedBps, limitBps);
    const availableBps = usableBps === Number.POSITIVE_INFINITY ? undefined : usableBps * SHARING.mediaShare - this.#audioBps;
    // Where no padding finds out that the path carries more again, videos that are not sent at all would never come back.
    const isLimitKnown = limitBps < carriedBps || (bandwidth.isLimitKnown && canProbe);
    this.#allocator.allocate(videos, availableBps, isLimitKnown, now);
    const wantedBps = this.#allocator.wantedBps;
    const demandBps = wantedBps === 0 ? 0 : (wantedBps + this.#audioBps) / SHARING.mediaShare;
    bandwidth.setDemand(Math.min(demandBps, limitBps), now);
  }

  #measureAudio(bytes: number, now: Instant): void {
    if (this.#sharedAt !== undefined) {
      // Fewer than before: a Consumer has closed.
      const bitrateBps = (Math.max(0, bytes - this.#audioBytes) * 8000) / elapsedMs(this.#sharedAt, now);
      this.#audioBps += (bitrateBps - this.#audioBps) * SHARING.audioSmoothing;
    }
    this.#audioBytes = bytes;
  }
}
