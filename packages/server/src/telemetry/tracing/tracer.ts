import { SluiceError } from "@sluice/protocol";
import type { CommandReport } from "./command-report.js";
import type { Sampler } from "./sampler.js";
import { type Attributes, Span, type SpanKind, type SpanSink } from "./span.js";
import { parseTraceparent, type SpanContext, serializeTraceparent } from "./trace-context.js";

export interface TracerOptions {
  readonly sink: SpanSink;
  readonly sampler: Sampler;
  /** Unix time in µs. */
  readonly unixUs: () => number;
  /** Hexadecimal digits, two for each byte. */
  readonly randomHex: (sizeBytes: number) => string;
}

export interface StartOptions {
  readonly parent?: SpanContext | undefined;
  readonly links?: readonly SpanContext[];
  readonly kind?: SpanKind;
  readonly attributes?: Attributes | undefined;
}

/** Commands that are told of for one span: an offer in a room of hundreds has as many. */
export const MAX_COMMAND_SPANS = 64;
const NO_ATTRIBUTES: Attributes = {};
const NO_LINKS: readonly SpanContext[] = [];

/**
 * Makes spans, and knows the one that is at work. The control process carries out one input at a time, from its arrival to its last effect
 * without waiting, so the active span is a variable; what goes on after an `await` runs in its span again by {@link run}.
 *
 * Whoever is given no tracer traces nothing: that is how it is off.
 */
export class Tracer {
  readonly #options: TracerOptions;
  #active: Span | undefined;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  get active(): Span | undefined {
    return this.#active;
  }

  /** Without a parent it is the first of a trace. It is the active one only while {@link run} has it. */
  start(name: string, options: StartOptions = {}): Span {
    return this.#start(name, options, this.#options.unixUs());
  }

  /** Runs `input` as a part of the span. The span goes on. */
  run<T>(span: Span, input: () => T): T {
    const before = this.#active;
    this.#active = span;
    try {
      return input();
    } finally {
      this.#active = before;
    }
  }

  /** Runs `input` in a span of its own below the active one, or just so when nothing is recorded. What it throws makes it failed. */
  step<T>(name: string, input: () => T, attributes?: Attributes): T {
    return this.#active === undefined ? input() : this.stepBelow(this.#active.context, name, input, attributes);
  }

  /** As {@link step}, for what an earlier span has caused. */
  stepBelow<T>(cause: SpanContext, name: string, input: () => T, attributes?: Attributes): T {
    if (!cause.isSampled) return input();
    const span = this.start(name, { parent: cause, attributes });
    try {
      return this.run(span, input);
    } catch (error) {
      span.fail(error instanceof SluiceError ? error.code : "internal");
      throw error;
    } finally {
      span.end();
    }
  }

  /** What goes to a worker with a command, so that it tells of it; undefined: nothing does. */
  takeCommandContext(): string | undefined {
    const active = this.#active;
    if (active?.isSampled !== true || active.commandCount === MAX_COMMAND_SPANS) return undefined;
    active.commandCount += 1;
    return serializeTraceparent(active.context);
  }

  /** A worker has carried out such a command. */
  handleCommandDone(worker: number, report: CommandReport): void {
    const parent = parseTraceparent(report.traceparent);
    if (parent === undefined) return;
    const { command, objectId, startedUs, endedUs, isFailed } = report;
    const attributes = { "sluice.worker.index": worker, "sluice.object.id": objectId };
    const options: StartOptions = { parent: { ...parent, isRemote: false }, kind: "consumer", attributes };
    const span = this.#start(`worker ${command}`, options, startedUs, () => endedUs);
    if (isFailed) span.fail("commandFailed");
    span.end();
  }

  #start(
    name: string,
    { parent, links = NO_LINKS, kind = "internal", attributes = NO_ATTRIBUTES }: StartOptions,
    startedUs: number,
    unixUs = this.#options.unixUs,
  ): Span {
    const { sampler, sink, randomHex } = this.#options;
    const traceId = parent?.traceId ?? randomHex(16);
    const context = { traceId, spanId: randomHex(8), isSampled: sampler(traceId, parent), isRemote: false };
    return new Span({ context, parent, links, name, kind, attributes, startedUs, sink, unixUs });
  }
}
