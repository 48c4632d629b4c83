import { after, type Instant } from "@sluice/media";
import type { SpanContext } from "../telemetry/tracing/trace-context.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";

/** Tracks that appear together are asked for together. */
const NEGOTIATION_DEBOUNCE_MS = 10;

/**
 * Participants whose sections are to be counted again, or who may be to be offered something: all of them at once, a moment later. That is
 * told of below the span of whatever was the first to ask for it.
 */
export class UnsettledParticipants {
  readonly #tracer: Tracer | undefined;
  readonly #participantIds = new Set<string>();
  #settleAt: Instant | undefined;
  #cause: SpanContext | undefined;

  constructor(tracer: Tracer | undefined) {
    this.#tracer = tracer;
  }

  add(participantId: string, now: Instant): void {
    this.#participantIds.add(participantId);
    this.#settleAt ??= after(now, NEGOTIATION_DEBOUNCE_MS);
    this.#cause ??= this.#tracer?.active?.context;
  }

  /** Nobody is kept waiting. */
  hurry(now: Instant): void {
    this.#settleAt = now;
  }

  remove(participantId: string): void {
    this.#participantIds.delete(participantId);
  }

  /** Calls `settleOne` for each, if it is time. It may make others unsettled, or the same ones again. */
  settle(now: Instant, settleOne: (participantId: string) => void): void {
    if (this.#settleAt === undefined || this.#settleAt > now) return;
    const participantIds = [...this.#participantIds];
    const cause = this.#cause;
    this.#settleAt = undefined;
    this.#cause = undefined;
    this.#participantIds.clear();
    if (this.#tracer === undefined || cause === undefined) participantIds.forEach(settleOne);
    else this.#tracer.stepBelow(cause, "settle negotiations", () => participantIds.forEach(settleOne));
  }

  pollTimeout(): Instant | undefined {
    return this.#settleAt;
  }
}
