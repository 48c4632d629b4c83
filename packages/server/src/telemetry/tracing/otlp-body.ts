import type { Attributes, AttributeValue, FinishedSpan, SpanKind } from "./span.js";
import type { SpanContext } from "./trace-context.js";

/** What tells one process that exports from another. */
export interface Resource {
  readonly attributes: Attributes;
  /** Version of this program. */
  readonly version: string;
}

/** opentelemetry/proto/trace/v1/trace.proto */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, consumer: 5 };
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const FLAG_SAMPLED = 0x1;
const FLAG_HAS_IS_REMOTE = 0x100;
const FLAG_IS_REMOTE = 0x200;

/** An `ExportTraceServiceRequest` (OTLP 1.x) in its JSON form: ids in hexadecimal, 64-bit numbers as text. */
export function otlpBody({ attributes, version }: Resource, spans: readonly FinishedSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues(attributes), droppedAttributesCount: 0 },
        scopeSpans: [{ scope: { name: "sluice", version }, spans: spans.map(spanBody) }],
      },
    ],
  });
}

function spanBody({ context, parent, links, name, kind, startedUs, endedUs, attributes, isError }: FinishedSpan) {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startedUs),
    endTimeUnixNano: nanoseconds(endedUs),
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    status: { code: isError ? STATUS_ERROR : STATUS_UNSET },
    links: links.map(linkBody),
    droppedLinksCount: 0,
    flags: FLAG_SAMPLED | FLAG_HAS_IS_REMOTE | (parent?.isRemote === true ? FLAG_IS_REMOTE : 0),
  };
}

function linkBody({ traceId, spanId, isSampled, isRemote }: SpanContext) {
  const flags = (isSampled ? FLAG_SAMPLED : 0) | FLAG_HAS_IS_REMOTE | (isRemote ? FLAG_IS_REMOTE : 0);
  return { attributes: [], spanId, traceId, droppedAttributesCount: 0, flags };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

/** A number has no room for those of today. */
function nanoseconds(us: number): string {
  return `${us}000`;
}
