/** The judge is OpenTelemetry's own serialiser: of the same spans it has to make the same JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HrTime } from "@opentelemetry/api";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { otlpBody, type Resource } from "./otlp-body.js";
import type { FinishedSpan } from "./span.js";
import type { SpanContext } from "./trace-context.js";

const id = (sizeBytes: number) =>
  fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }).map((bytes) => Buffer.from(bytes).toString("hex"));
const context: fc.Arbitrary<SpanContext> = fc.record({
  traceId: id(16),
  spanId: id(8),
  isSampled: fc.constant(true),
  isRemote: fc.boolean(),
});
const attributes = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== "__proto__"),
  fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  ),
  { maxKeys: 6 },
);
/** The epoch itself is written "0000" by us and "0" by them, which is the same number. */
const us = fc.integer({ min: 1, max: 4_102_444_800_000_000 });
const span: fc.Arbitrary<FinishedSpan> = fc.record({
  context,
  parent: fc.option(context, { nil: undefined }),
  links: fc.array(context, { maxLength: 2 }),
  name: fc.string(),
  kind: fc.constantFrom("internal" as const, "server" as const, "consumer" as const),
  startedUs: us,
  endedUs: us,
  attributes,
  isError: fc.boolean(),
});

/** `SpanKind` of the API: one less than OTLP's. */
const KINDS = { internal: 0, server: 1, consumer: 4 };

function hrTime(timeUs: number): HrTime {
  const seconds = Math.floor(timeUs / 1e6);
  return [seconds, (timeUs - seconds * 1e6) * 1000];
}

/** The same span as OpenTelemetry's SDK has it. */
function toReadable(resource: Resource, each: FinishedSpan, shared: ReadableSpan["resource"]): ReadableSpan {
  const toContext = ({ traceId, spanId, isSampled, isRemote }: SpanContext) => {
    return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote };
  };
  return {
    name: each.name,
    kind: KINDS[each.kind],
    spanContext: () => toContext(each.context),
    ...(each.parent === undefined ? {} : { parentSpanContext: toContext(each.parent) }),
    startTime: hrTime(each.startedUs),
    endTime: hrTime(each.endedUs),
    status: { code: each.isError ? 2 : 0 },
    attributes: each.attributes,
    links: each.links.map((link) => ({ context: toContext(link) })),
    events: [],
    duration: [0, 0],
    ended: true,
    resource: shared,
    instrumentationScope: { name: "sluice", version: resource.version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

test("any spans: the JSON that OpenTelemetry's exporter sends of them", () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 5 }), attributes, (spans, resourceAttributes) => {
      const resource = { attributes: resourceAttributes, version: "1.2.3" };
      const shared: ReadableSpan["resource"] = {
        attributes: resourceAttributes,
        merge: () => shared,
        getRawAttributes: () => Object.entries(resourceAttributes),
      };
      const theirs = JsonTraceSerializer.serializeRequest(spans.map((each) => toReadable(resource, each, shared)));
      assert.deepEqual(JSON.parse(otlpBody(resource, spans)), JSON.parse(new TextDecoder().decode(theirs)));
    }),
  );
});
