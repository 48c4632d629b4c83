import { after, type Instant } from "@sluice/media";
import type { FinishedSpan, SpanSink } from "./span.js";

/** How one attempt to export ended: taken, all but those `rejected`; not taken but perhaps later; never. */
export type ExportOutcome =
  | { readonly type: "exported"; readonly rejected: number }
  /** `retryAfterMs`: what the collector has asked for. */
  | { readonly type: "failed"; readonly retryAfterMs?: number }
  | { readonly type: "refused" };

/** They only grow. */
export interface SpanCounters {
  exported: number;
  /** Requests that failed and are made again. */
  retried: number;
  /** Spans that came while the queue was full. */
  queueFull: number;
  /** That the collector would not have. */
  refused: number;
  /** Given up after {@link MAX_ATTEMPTS}. */
  failed: number;
  /** Left when the node ended. */
  shutdown: number;
}

/** Spans that wait or are on their way: some MB. */
export const MAX_QUEUED_SPANS = 4_096;
/** Spans of one request: less than 512 KiB. */
export const MAX_BATCH_SPANS = 512;
/** How long the first of a batch waits for others, ms. */
export const BATCH_DELAY_MS = 2_000;
/** With the delays below the last attempt is about 1.5 min after the first. */
export const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/**
 * Spans on their way to the collector, a batch at a time. What fails is tried again after a delay that doubles, with up to half of it left to
 * chance, or after what the collector asks for; meanwhile spans gather behind it, and when the queue is full, those that come are dropped.
 */
export class SpanQueue implements SpanSink {
  readonly counters: SpanCounters = { exported: 0, retried: 0, queueFull: 0, refused: 0, failed: 0, shutdown: 0 };
  readonly #spans: FinishedSpan[] = [];
  /** Of them, the first ones that are on their way; 0: none. */
  #inFlight = 0;
  #attempts = 0;
  /** When the next batch leaves. */
  #due: Instant | undefined;
  #isClosed = false;

  get count(): number {
    return this.#spans.length;
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  push(span: FinishedSpan): void {
    if (this.#isClosed) this.counters.shutdown += 1;
    else if (this.#spans.length >= MAX_QUEUED_SPANS) this.counters.queueFull += 1;
    else this.#spans.push(span);
  }

  /** Something was pushed. Whether {@link pollTimeout} may have changed. */
  handlePushed(now: Instant): boolean {
    if (this.#inFlight > 0 || this.#attempts > 0 || this.isEmpty) return false;
    const isFull = this.#spans.length >= MAX_BATCH_SPANS;
    if (this.#due !== undefined && !(isFull && this.#due > now)) return false;
    this.#due = isFull ? now : after(now, BATCH_DELAY_MS);
    return true;
  }

  /** What is to be sent now, which ends in {@link handleOutcome}; empty: nothing. */
  pollBatch(now: Instant): readonly FinishedSpan[] {
    if (this.#inFlight > 0 || this.#due === undefined || this.#due > now) return [];
    this.#due = undefined;
    const batch = this.#spans.slice(0, MAX_BATCH_SPANS);
    this.#inFlight = batch.length;
    return batch;
  }

  /** `random`: 0 to 1. */
  handleOutcome(outcome: ExportOutcome, now: Instant, random: number): void {
    const sent = this.#inFlight;
    this.#inFlight = 0;
    this.#attempts += 1;
    if (outcome.type === "failed" && this.#attempts < MAX_ATTEMPTS && !this.#isClosed) {
      this.counters.retried += 1;
      this.#due = after(now, Math.min(MAX_RETRY_MS, outcome.retryAfterMs ?? retryDelayMs(this.#attempts, random)));
      return;
    }
    this.#spans.splice(0, sent);
    this.#attempts = 0;
    this.#count(outcome, sent);
    // What has gathered meanwhile has waited long enough.
    this.#due = this.isEmpty ? undefined : now;
  }

  /** No time is left for waiting: what there is leaves at once, and is tried once. */
  close(now: Instant): void {
    this.#isClosed = true;
    if (this.#inFlight === 0 && !this.isEmpty) this.#due = now;
  }

  /** Nothing leaves any more. Returns how many were left. */
  abandon(): number {
    const left = this.#spans.length;
    this.counters.shutdown += left;
    this.#spans.length = 0;
    this.#inFlight = 0;
    this.#due = undefined;
    return left;
  }

  pollTimeout(): Instant | undefined {
    return this.#due;
  }

  #count(outcome: ExportOutcome, sent: number): void {
    if (outcome.type !== "exported") {
      this.counters[outcome.type] += sent;
      return;
    }
    const rejected = Math.min(outcome.rejected, sent);
    this.counters.refused += rejected;
    this.counters.exported += sent - rejected;
  }
}

/** After so many attempts that failed. */
function retryDelayMs(attempts: number, random: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1)) * (0.5 + random / 2);
}
