/** The judge is OpenTelemetry's own parser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTraceParent } from "@opentelemetry/core";
import fc from "fast-check";
import { parseTraceparent, serializeTraceparent } from "./trace-context.js";

const EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("[W3C Trace Context §3.2] the standard's example", () => {
  const context = {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    isSampled: true,
    isRemote: true,
  };
  assert.deepEqual(parseTraceparent(EXAMPLE), context);
  assert.equal(serializeTraceparent(context), EXAMPLE);
});

test("[W3C Trace Context §3.2.2] what is invalid begins no trace", () => {
  for (const text of [
    "",
    EXAMPLE.toUpperCase(),
    `${EXAMPLE}-00`,
    EXAMPLE.replace("00-", "ff-"),
    EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32)),
    EXAMPLE.replace("00f067aa0ba902b7", "0".repeat(16)),
    `${EXAMPLE}, ${EXAMPLE}`,
    EXAMPLE.replace("00-", "cc-").concat("-", "f".repeat(300)),
  ]) {
    assert.equal(parseTraceparent(text), undefined, text);
  }
  for (const value of [undefined, null, 1, [EXAMPLE], {}]) assert.equal(parseTraceparent(value), undefined);
});

test("[W3C Trace Context §4.3] of a later version what we know of it is read", () => {
  assert.equal(parseTraceparent(EXAMPLE.replace("00-", "cc-").concat("-what-the-future-brings"))?.isSampled, true);
  assert.equal(parseTraceparent(EXAMPLE.replace("00-", "cc-").concat(".what")), undefined);
});

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
/** Right, and wrong in one place or another. */
const almost = fc
  .record({
    version: fc.oneof(fc.constantFrom("00", "ff", "01", "0"), hex(2)),
    traceId: fc.oneof(hex(32), fc.constant("0".repeat(32)), hex(31), hex(33)),
    spanId: fc.oneof(hex(16), fc.constant("0".repeat(16)), hex(15)),
    flags: fc.oneof(hex(2), fc.constantFrom("01", "00", "1", "")),
    more: fc.oneof(fc.constant(""), fc.constant("-"), fc.string({ maxLength: 8 })),
  })
  .map(({ version, traceId, spanId, flags, more }) => `${version}-${traceId}-${spanId}-${flags}${more}`)
  // OpenTelemetry's takes a space before and after; headers have none by the time they come here.
  .filter((text) => text === text.trim() && !/[\n\r\u2028\u2029]/.test(text));

test("any text: the same as OpenTelemetry's parser finds in it, never an exception", () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: almost }, fc.string()), (text) => {
      const ours = parseTraceparent(text);
      const theirs = parseTraceParent(text.trim() === text ? text : "");
      assert.deepEqual(
        ours === undefined ? undefined : [ours.traceId, ours.spanId, ours.isSampled],
        theirs === null ? undefined : [theirs.traceId, theirs.spanId, (theirs.traceFlags & 1) === 1],
      );
    }),
    { numRuns: 2_000 },
  );
});

test("what is written is read again", () => {
  const id = (length: number) => hex(length).filter((text) => !/^0+$/.test(text));
  fc.assert(
    fc.property(id(32), id(16), fc.boolean(), (traceId, spanId, isSampled) => {
      const context = { traceId, spanId, isSampled, isRemote: true };
      assert.deepEqual(parseTraceparent(serializeTraceparent(context)), context);
    }),
  );
});
