import type { SpanContext } from "./trace-context.js";

export type AttributeValue = string | number | boolean;
/** By the names of OpenTelemetry's semantic conventions, and `sluice.*` for what has none there. Never a secret, never SDP. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type SpanKind = "internal" | "server" | "consumer";

/** A span that is over: plain data, for whoever exports it. */
export interface FinishedSpan {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Spans of other traces that have to do with it. */
  readonly links: readonly SpanContext[];
  /** Few different ones: what is the same for all requests of a kind. */
  readonly name: string;
  readonly kind: SpanKind;
  /** Unix time in µs. */
  readonly startedUs: number;
  readonly endedUs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** Where spans go when they are over. Returns at once; what it cannot take it counts. */
export interface SpanSink {
  push(span: FinishedSpan): void;
}

export interface SpanOptions {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: readonly SpanContext[];
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly startedUs: number;
  readonly sink: SpanSink;
  readonly unixUs: () => number;
}

/** Of an attribute's text, characters; the rest is cut off. */
export const MAX_ATTRIBUTE_LENGTH = 256;
/** Of one span; what comes beyond is not kept. */
export const MAX_ATTRIBUTES = 32;

/** Something that takes time. One that is not sampled is there to say so to whoever comes after it, and keeps nothing. */
export class Span {
  readonly context: SpanContext;
  /** Commands to workers that were sent in its name. */
  commandCount = 0;
  readonly #options: SpanOptions;
  readonly #attributes: Record<string, AttributeValue> = {};
  #attributeCount = 0;
  #isError = false;
  #isEnded = false;

  constructor(options: SpanOptions) {
    this.#options = options;
    this.context = options.context;
    for (const name in options.attributes) this.set(name, options.attributes[name] ?? "");
  }

  get isSampled(): boolean {
    return this.context.isSampled;
  }

  set(name: string, value: AttributeValue): void {
    if (!this.isSampled || this.#attributeCount === MAX_ATTRIBUTES) return;
    this.#attributeCount += 1;
    this.#attributes[name] = typeof value === "string" ? value.slice(0, MAX_ATTRIBUTE_LENGTH) : value;
  }

  /** It has failed, of this: a word from a closed list. */
  fail(errorType: string): void {
    this.#isError = true;
    this.set("error.type", errorType);
  }

  /** Once; what comes later does not count. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.isSampled) return;
    const { context, parent, links, name, kind, startedUs, sink, unixUs } = this.#options;
    const attributes = this.#attributes;
    sink.push({
      context,
      parent,
      links,
      name,
      kind,
      startedUs,
      endedUs: Math.max(startedUs, unixUs()),
      attributes,
      isError: this.#isError,
    });
  }
}
