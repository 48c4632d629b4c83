import type { SamplerName } from "../../config/sampler-names.js";
import type { SpanContext } from "./trace-context.js";

/** Whether a span is recorded that has this parent, if any, or is the first of its trace here. */
export type Sampler = (traceId: string, parent: SpanContext | undefined) => boolean;

/** `ratio`: 0 to 1, for those whose name says so. A parent that is a span of this node has decided already, whatever the sampler. */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  const root = createRootSampler(name, ratio);
  const isParentBased = name.startsWith("parentbased_");
  return (traceId, parent) => {
    if (parent !== undefined && (isParentBased || !parent.isRemote)) return parent.isSampled;
    return root(traceId);
  };
}

function createRootSampler(name: SamplerName, ratio: number): (traceId: string) => boolean {
  switch (name) {
    case "always_on":
    case "parentbased_always_on":
      return () => true;
    case "always_off":
    case "parentbased_always_off":
      return () => false;
    case "traceidratio":
    case "parentbased_traceidratio": {
      const limit = ratio >= 1 ? 2 ** 32 : Math.floor(ratio * 0xffff_ffff);
      return (traceId) => fold(traceId) < limit;
    }
  }
}

/** 32 bits of a trace id, its four words by XOR: OpenTelemetry's SDK for JavaScript takes the same, and so decides the same. */
function fold(traceId: string): number {
  let folded = 0;
  for (let at = 0; at < 32; at += 8) folded ^= Number.parseInt(traceId.slice(at, at + 8), 16);
  return folded >>> 0;
}
