import { after, earliest, type Instant } from "../time/instant.js";

/** At least this long between two requests for one stream, ms (LiveKit: 500 ms low, 1 s mid and high; mediasoup ~1/s). */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 500;

/** A request without a key frame is repeated after this long, ms (mediasoup retries once after 1 s). */
export const KEY_FRAME_RETRY_MS = 1000;

/**
 * At least this long between two requests to one publisher for any encodings of one picture, ms. libwebrtc ignores what comes
 * within 300 ms (EncoderRtcpFeedback, kMinKeyframeSendIntervalMs), whichever encoding it is for; the rest is the network's jitter.
 */
export const ENCODING_REQUEST_INTERVAL_MS = 350;

/** Repeats without an answer before we wait for somebody to ask again. */
export const MAX_KEY_FRAME_RETRIES = 5;

/** When a request was sent last for any of the RTP streams that share it. */
export class KeyFramePace {
  lastSentAt: Instant | undefined;
}

/**
 * The last limiter before a publisher: however many subscribers ask, one RTP stream is asked for a key frame at most once per
 * interval, and asked again while none comes.
 */
export class KeyFrameRequester {
  #state: { readonly type: "idle" } | { readonly type: "wanted"; readonly due: Instant; readonly retries: number } = {
    type: "idle",
  };
  #lastSentAt: Instant | undefined;
  /** Shared by the encodings of one picture. */
  pace = new KeyFramePace();

  /** A key frame is on its way, or asked for. */
  get isWanted(): boolean {
    return this.#state.type === "wanted";
  }

  /** Somebody needs a key frame. */
  request(now: Instant): void {
    if (this.#state.type === "wanted" && this.#state.retries === 0) return;
    const soonest = this.#lastSentAt === undefined ? now : after(this.#lastSentAt, KEY_FRAME_REQUEST_INTERVAL_MS);
    const due = soonest > now ? soonest : now;
    this.#state = {
      type: "wanted",
      due: (this.#state.type === "wanted" ? earliest(this.#state.due, due) : due) ?? due,
      retries: 0,
    };
  }

  /** A key frame has begun: whoever asked is served. */
  handleKeyFrame(): void {
    this.#state = { type: "idle" };
  }

  /** True when a request must be sent now. */
  pollRequest(now: Instant): boolean {
    const due = this.pollTimeout();
    if (this.#state.type === "idle" || due === undefined || due > now) return false;
    const retries = this.#state.retries + 1;
    this.#lastSentAt = now;
    this.pace.lastSentAt = now;
    this.#state =
      retries > MAX_KEY_FRAME_RETRIES ? { type: "idle" } : { type: "wanted", due: after(now, KEY_FRAME_RETRY_MS), retries };
    return true;
  }

  pollTimeout(): Instant | undefined {
    if (this.#state.type === "idle") return undefined;
    const { lastSentAt } = this.pace;
    const soonest = lastSentAt === undefined ? this.#state.due : after(lastSentAt, ENCODING_REQUEST_INTERVAL_MS);
    return soonest > this.#state.due ? soonest : this.#state.due;
  }
}
