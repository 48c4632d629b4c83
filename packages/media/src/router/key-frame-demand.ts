import { elapsedMs, type Instant } from "../time/instant.js";
import type { KeyFrameReplay } from "./key-frame-replay.js";
import type { LayerSelector } from "./layers/layer-selector.js";
import { RETRANSMISSION } from "./retransmission-limits.js";
import { TokenBucket } from "./token-bucket.js";

/** Key frames one receiver's PLI and FIR may cause: everybody else pays for them too (JVB: 3 in 10 s). */
export const KEY_FRAMES_PER_RECEIVER = { perSecond: 0.5, burst: 5 } as const;

/**
 * Browsers drop what comes before they have applied the description that names its SSRC, on a connection that other media or data
 * brought about earlier. The first packet they keep is then one in the middle, and they ask for a key frame.
 */
export const FIRST_PICTURE = {
  /** A request within this of the first packet, ms, is answered with the key frame that was sent already. */
  repeatWithinMs: 1000,
  /** So often; then the publisher is asked. */
  maxRepeats: 2,
} as const;

/** A Consumer as its demand for key frames knows it. */
export interface DemandingConsumer {
  /** To the receiver and back; undefined until it has reported. */
  readonly roundTripMs: number | undefined;
  readonly outlet: {
    /** What the receiver hands on, in several encodings, must not go back in time. */
    readonly replaysKeyFrames: boolean;
  };
}

/** The key frames that one receiver needs: from memory where that will do, else the publisher is asked, so often. */
export class KeyFrameDemand {
  readonly #consumer: DemandingConsumer;
  /** Undefined for audio, which needs none. */
  readonly #selector: LayerSelector | undefined;
  readonly #replay: KeyFrameReplay;
  readonly #allowance = new TokenBucket(KEY_FRAMES_PER_RECEIVER.perSecond, KEY_FRAMES_PER_RECEIVER.burst);
  #firstSentAt: Instant | undefined;
  #repeatedAt: Instant | undefined;
  #repeats = 0;

  constructor(consumer: DemandingConsumer, selector: LayerSelector | undefined, replay: KeyFrameReplay) {
    this.#consumer = consumer;
    this.#selector = selector;
    this.#replay = replay;
  }

  /** One is needed to begin with. */
  begin(now: Instant): void {
    const isReplayed = this.#consumer.outlet.replaysKeyFrames && this.#replay.start(now);
    if (!isReplayed) this.#selector?.restart(now);
  }

  /** One will be needed to begin with: it is asked for now where memory will not do. */
  prepare(now: Instant): void {
    const stream = this.#selector?.firstStream;
    if (stream !== undefined && !this.#replay.canStart(stream, now)) stream.keyFrames.request(now);
  }

  /** One goes out, and nothing was sent before it, or nothing for a while. */
  handleBegun(now: Instant): void {
    this.#firstSentAt ??= now;
  }

  /** The receiver asks for one (PLI or FIR). True: it will come, or has just been sent once more. */
  handleRequest(now: Instant): boolean {
    return this.#repeat(now) || this.request(now);
  }

  /** Asks the publisher. Free while one is on its way; else one receiver may cause so many. True: it will come. */
  request(now: Instant): boolean {
    const stream = this.#selector?.wantedStream;
    if (stream === undefined) return false;
    if (stream.keyFrames.isWanted) return true;
    if (!this.#allowance.take(1, now)) return false;
    stream.keyFrames.request(now);
    return true;
  }

  #repeat(now: Instant): boolean {
    if (!this.#consumer.outlet.replaysKeyFrames) return false;
    if (this.#firstSentAt === undefined || elapsedMs(this.#firstSentAt, now) > FIRST_PICTURE.repeatWithinMs) return false;
    const { roundTripMs = RETRANSMISSION.defaultRoundTripMs } = this.#consumer;
    // Asked before the receiver can have had it.
    if (this.#repeatedAt !== undefined && elapsedMs(this.#repeatedAt, now) < roundTripMs) return true;
    if (this.#repeats >= FIRST_PICTURE.maxRepeats || !this.#replay.repeat(now)) return false;
    this.#repeats++;
    this.#repeatedAt = now;
    return true;
  }
}
