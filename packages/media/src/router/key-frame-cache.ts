import type { NackGenerator } from "../rtp/nack-generator.js";
import { elapsedMs, type Instant } from "../time/instant.js";
import type { RetransmissionBuffer } from "./retransmission-buffer.js";

/**
 * When somebody who begins to watch gets the last key frame and what followed it from memory, instead of a new one that the
 * publisher makes for everybody.
 *
 * A new key frame costs a round trip to the publisher and the time to the next frame (some 100 ms together), a frame of several
 * times the usual size for everybody who watches, and picture quality for a second after. One from memory costs the bytes since,
 * for one receiver. Publishers make key frames when they are asked, so the cache serves those who come within a second and
 * a half of another: a room that fills, a page that shows twenty people at once, everybody after a migration.
 */
export const KEY_FRAME_CACHE = {
  /**
   * An older key frame is not used, ms: what is replayed must stay in the buffer (2 s) for as long as the receiver may ask for
   * it again, and a decoder needs a tenth of this to catch up.
   */
  maxAgeMs: 1500,
  /** Nor one that so many bytes followed: 1.5 s at 1.6 Mbit/s, 0.6 s at 4 Mbit/s. */
  maxBytes: 300_000,
  /** Nor when it would take the path longer than this, ms, by what is known of it. */
  maxPathMs: 500,
  /** Packets of the past leave at this rate at most, for all of one receiver, in bytes a second: 10 Mbit/s. */
  bytesPerSecond: 1_250_000,
  /** So many bytes at once: a key frame of a small picture. */
  burstBytes: 25_000,
  /** What is to be replayed to one receiver must be done within this, ms; more of its videos at once wait for new key frames. */
  maxBacklogMs: 300,
  /**
   * What has not left so long after its replay began leaves at once, ms: live packets wait behind it, and where more of them come than
   * may leave, they would wait ever longer.
   */
  maxReplayMs: 500,
} as const;

/** An RTP stream as its cache knows it. */
export interface CachedStream {
  readonly buffer: RetransmissionBuffer;
  readonly nack: Pick<NackGenerator, "isMissing"> | undefined;
  /** Highest extended sequence number so far. */
  readonly highest: number;
  isWithheld(extendedSequenceNumber: number): boolean;
}

/** Where the last key frame of one RTP stream begins; the packets themselves are those of the RetransmissionBuffer. */
export class KeyFrameCache {
  #start = -1;
  #timestamp = 0;
  #arrivedAt = 0 as Instant;

  /** A packet in which a key frame begins. Of one picture that can be several: parameter sets, slices. */
  handleKeyFrame(extendedSequenceNumber: number, timestamp: number, now: Instant): void {
    const isSame = this.#start >= 0 && timestamp === this.#timestamp;
    if (isSame) {
      this.#start = Math.min(this.#start, extendedSequenceNumber);
      return;
    }
    if (extendedSequenceNumber < this.#start) return;
    this.#start = extendedSequenceNumber;
    this.#timestamp = timestamp;
    this.#arrivedAt = now;
  }

  /**
   * The extended number from which on `stream` can be replayed, -1 when that is not possible, or costs more than a new key
   * frame. Everything since must be here, or be on its way because it was asked for again.
   */
  find(stream: CachedStream, maxBytes: number, now: Instant): number {
    const start = this.#start;
    if (start < 0 || elapsedMs(this.#arrivedAt, now) > KEY_FRAME_CACHE.maxAgeMs || stream.isWithheld(start)) return -1;
    return this.sizeSince(stream, start, maxBytes) < 0 ? -1 : start;
  }

  /** Bytes from `start` to the newest packet; -1 when they are more than `maxBytes`, or when some are missing for good. */
  sizeSince({ buffer, nack, highest }: CachedStream, start: number, maxBytes: number): number {
    if (!buffer.has(start)) return -1;
    let sizeBytes = 0;
    for (let received = start; received <= highest && sizeBytes <= maxBytes; received++) {
      if (buffer.has(received)) sizeBytes += buffer.sizeOf(received);
      else if (nack?.isMissing(received) !== true) return -1;
    }
    return sizeBytes <= maxBytes ? sizeBytes : -1;
  }
}
