import { after, earliest, type Instant } from "../time/instant.js";

/** At least this long between two requests for one stream, ms (LiveKit: 500 ms low, 1 s mid and high; mediasoup ~1/s). */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 500;

/** A request without a key frame is repeated after this long, ms (mediasoup retries once after 1 s). */
export const KEY_FRAME_RETRY_MS = 1000;

/** Repeats without an answer before we wait for somebody to ask again. */
export const MAX_KEY_FRAME_RETRIES = 5;

/**
 * The last limiter before a publisher: however many subscribers ask, one RTP stream is asked for a key frame at most once per
 * interval, and asked again while none comes.
 */
export class KeyFrameRequester {
  #state: { readonly type: "idle" } | { readonly type: "wanted"; readonly due: Instant; readonly retries: number } = {
    type: "idle",
  };
  #lastSentAt: Instant | undefined;

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
    if (this.#state.type === "idle" || this.#state.due > now) return false;
    const retries = this.#state.retries + 1;
    this.#lastSentAt = now;
    this.#state =
      retries > MAX_KEY_FRAME_RETRIES ? { type: "idle" } : { type: "wanted", due: after(now, KEY_FRAME_RETRY_MS), retries };
    return true;
  }

  pollTimeout(): Instant | undefined {
    return this.#state.type === "wanted" ? this.#state.due : undefined;
  }
}
