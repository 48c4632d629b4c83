import type { Log } from "../../log/log.js";
import type { Clock } from "../../session/clock.js";
import { DeadlineTimer } from "../../session/deadline-timer.js";
import { otlpBody, type Resource } from "./otlp-body.js";
import type { SendSpans, SpanReply } from "./send-spans.js";
import type { FinishedSpan, SpanSink } from "./span.js";
import { type SpanCounters, SpanQueue } from "./span-queue.js";

export interface SpanExporterOptions {
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly resource: Resource;
  readonly send: SendSpans;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Brings spans to a collector: the queue at work. Whatever the collector does, slow or dead, no request waits for it. */
export class SpanExporter implements SpanSink {
  readonly #options: SpanExporterOptions;
  readonly #queue = new SpanQueue();
  readonly #abort = new AbortController();
  /** For the log: a query may hold a secret. */
  readonly #name: string;
  readonly #timer: DeadlineTimer;
  #isFailing = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.url);
    this.#name = origin + pathname;
    this.#timer = new DeadlineTimer(options.clock, () => this.#pump());
  }

  get counters(): Readonly<SpanCounters> {
    return this.#queue.counters;
  }

  /** What waits or is on its way. */
  get queuedCount(): number {
    return this.#queue.count;
  }

  push(span: FinishedSpan): void {
    this.#queue.push(span);
    if (this.#queue.handlePushed(this.#options.clock.now())) this.#timer.set(this.#queue.pollTimeout());
  }

  /** What is left is tried once more, for `timeoutMs` at most. */
  async close(timeoutMs: number): Promise<void> {
    this.#queue.close(this.#options.clock.now());
    this.#pump();
    if (!this.#queue.isEmpty) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.schedule(timeoutMs, resolve);
        this.#onEmpty = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#onEmpty = undefined;
    this.#timer.set(undefined);
    this.#abort.abort();
    const dropped = this.#queue.abandon();
    if (dropped > 0) this.#options.log.warn({ url: this.#name, dropped }, "spans left unexported at shutdown");
  }

  #pump(): void {
    const batch = this.#queue.pollBatch(this.#options.clock.now());
    if (batch.length > 0) void this.#export(batch);
    this.#timer.set(this.#queue.pollTimeout());
  }

  async #export(batch: readonly FinishedSpan[]): Promise<void> {
    const { url, headers, resource, send, clock, random } = this.#options;
    const reply = await send({ url, headers, body: otlpBody(resource, batch) }, this.#abort.signal);
    if (this.#abort.signal.aborted) return;
    this.#queue.handleOutcome(reply.outcome, clock.now(), random());
    this.#logState(reply);
    this.#pump();
    if (this.#queue.isEmpty) this.#onEmpty?.();
  }

  /** Once when it begins to fail, and once when that is over. */
  #logState({ outcome, why }: SpanReply): void {
    const isFailing = outcome.type !== "exported";
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) this.#options.log.warn({ url: this.#name, why }, "spans cannot be exported");
    else this.#options.log.info({ url: this.#name }, "spans are exported again");
  }
}
