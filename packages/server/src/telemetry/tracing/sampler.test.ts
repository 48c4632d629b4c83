import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { SAMPLERS } from "../../config/sampler-names.js";
import { createSampler } from "./sampler.js";

const traceIds = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const parentOf = (traceId: string, isSampled: boolean, isRemote: boolean) => {
  return { traceId, spanId: "00f067aa0ba902b7", isSampled, isRemote };
};

test("a ratio decides as OpenTelemetry's SDK does", () => {
  fc.assert(
    fc.property(
      traceIds.filter((id) => !/^0+$/.test(id)),
      fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)),
      (traceId, ratio) => {
        const { decision } = new TraceIdRatioBasedSampler(ratio).shouldSample(ROOT_CONTEXT, traceId);
        const isSampled = decision === SamplingDecision.RECORD_AND_SAMPLED;
        assert.equal(createSampler("traceidratio", ratio)(traceId, undefined), isSampled);
        assert.equal(createSampler("parentbased_traceidratio", ratio)(traceId, undefined), isSampled);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a parent decides where the sampler's name says so, and one of this node always", () => {
  fc.assert(
    fc.property(traceIds, fc.boolean(), fc.constantFrom(...SAMPLERS), (traceId, isSampled, name) => {
      const sampler = createSampler(name, 0.5);
      assert.equal(sampler(traceId, parentOf(traceId, isSampled, false)), isSampled);
      const decided = name.startsWith("parentbased_") ? isSampled : sampler(traceId, undefined);
      assert.equal(sampler(traceId, parentOf(traceId, isSampled, true)), decided);
    }),
  );
  assert.equal(createSampler("always_off", 1)("ab".repeat(16), undefined), false);
  assert.equal(createSampler("parentbased_always_on", 0)("ab".repeat(16), undefined), true);
});
