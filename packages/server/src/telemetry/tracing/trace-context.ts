import { MAX_TRACEPARENT_LENGTH } from "@sluice/protocol";

/**
 * Which span something belongs to, as it crosses processes (W3C Trace Context). It has one form everywhere, the text of the header
 * `traceparent`: in HTTP headers, beside the parameters of JSON-RPC, on the IPC channel to a worker.
 */
export interface SpanContext {
  /** 32 hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all of them 0. */
  readonly spanId: string;
  /** Somebody before us has decided that the trace is recorded. */
  readonly isSampled: boolean;
  /** It came from outside of this node. */
  readonly isRemote: boolean;
}

/** Version, trace id, span id, flags, and what a later version adds. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED_FLAG = 1;

/**
 * Parses a `traceparent` (W3C Trace Context §3.2). Undefined for everything that is none: then a trace begins here. Of a version that we do
 * not know what we know of it is read (§4.3).
 */
export function parseTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== "string" || text.length > MAX_TRACEPARENT_LENGTH) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) !== 0, isRemote: true };
}

/** Of version 00. */
export function serializeTraceparent({ traceId, spanId, isSampled }: SpanContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
