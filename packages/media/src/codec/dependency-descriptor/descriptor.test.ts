// What the dependency descriptor tests share: descriptors in packet memory, and what a parser says of them.
import assert from "node:assert/strict";
import { place } from "../payload.test.js";
import type { DependencyDescriptorParser } from "./dependency-descriptor-parser.js";
import type { DependencyInfo } from "./dependency-info.js";
import type { FrameTemplate, ScalabilityStructure } from "./serialize-dependency-descriptor.js";

/** First packet of a key picture in the L3T3 stream that Chromium sent, with resolutions (a capture of 2023). */
export const CAPTURED_L3T3 =
  "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157" +
  "f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d";

/** What the parser says of one descriptor between bytes of `filler`; its `info`, or why there is none. */
export function parseDescriptor(
  parser: DependencyDescriptorParser,
  descriptor: Uint8Array,
  extendedSequenceNumber = 0,
  filler = 0xff,
): DependencyInfo | "unresolved" | "malformed" {
  const { memory, offset } = place(descriptor, filler);
  const result = parser.parse(memory, offset, descriptor.length, extendedSequenceNumber);
  return result === "resolved" ? parser.info : result;
}

export function resolved(info: DependencyInfo | string): DependencyInfo {
  assert.ok(typeof info === "object", String(info));
  return info;
}

/** What the packet says about its frame, without what lies in the arrays from earlier packets. */
export function describe(info: DependencyInfo): object {
  return {
    limits: `${info.isFrameStart ? "start" : ""} ${info.isFrameEnd ? "end" : ""}`.trim(),
    layer: `S${info.spatialLayer}T${info.temporalLayer}`,
    indications: [...info.indications].slice(0, info.structure?.decodeTargetCount).map(symbolOf).join(""),
    frameDifferences: [...info.frameDifferences].slice(0, info.frameDifferenceCount),
    chainDifferences: [...info.chainDifferences].slice(0, info.structure?.chainCount),
    activeDecodeTargets: info.activeDecodeTargets.toString(2),
  };
}

/** The same that a sender's template says. */
export function describeTemplate(template: FrameTemplate, { decodeTargetCount }: ScalabilityStructure): object {
  return {
    limits: "start end",
    layer: `S${template.spatialLayer}T${template.temporalLayer}`,
    indications: template.indications.map(symbolOf).join(""),
    frameDifferences: template.frameDifferences,
    chainDifferences: template.chainDifferences,
    activeDecodeTargets: (2 ** decodeTargetCount - 1).toString(2),
  };
}

function symbolOf(indication: number): string {
  return "-DSR"[indication] as string;
}
