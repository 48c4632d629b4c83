// Item 18 of the attacks: descriptors that are cut short, changed, or claim more than they hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex } from "../payload.test.js";
import { DependencyDescriptorParser } from "./dependency-descriptor-parser.js";
import { MAX_FRAME_DIFFERENCES, MAX_TEMPLATES } from "./dependency-info.js";
import { CAPTURED_L3T3, describe, parseDescriptor, resolved } from "./descriptor.test.js";
import { SCALABILITY_STRUCTURES } from "./scalability-structures.test.js";
import { serializeDependencyDescriptor } from "./serialize-dependency-descriptor.js";

const frame = { isFrameStart: true, isFrameEnd: true, frameNumber: 1 };
const L1T3 = serializeDependencyDescriptor(SCALABILITY_STRUCTURES.L1T3, { ...frame, template: 0, hasStructure: true });

/** A parser that knows L1T3. */
function knowing(): DependencyDescriptorParser {
  const parser = new DependencyDescriptorParser();
  resolved(parseDescriptor(parser, L1T3));
  return parser;
}

function assertStillKnowing(parser: DependencyDescriptorParser): void {
  const info = resolved(parseDescriptor(parser, hex("840002"), 1));
  assert.equal(info.structure?.decodeTargetCount, 3);
  assert.equal(info.temporalLayer, 2);
  assert.equal(info.activeDecodeTargets, 0b111);
}

test("[attack 18] a structure cut short anywhere is refused, and the one before it stays", () => {
  const whole = hex(CAPTURED_L3T3);
  for (let sizeBytes = 0; sizeBytes < whole.length; sizeBytes++) {
    const parser = knowing();
    const cut = whole.subarray(0, sizeBytes);
    // Three bytes are a whole descriptor again, of template 1.
    if (sizeBytes === 3) resolved(parseDescriptor(parser, cut, 1));
    else assert.equal(parseDescriptor(parser, cut, 1), "malformed");
    assertStillKnowing(parser);
  }
});

test("[attack 18] custom fields cut short anywhere are refused", () => {
  const custom = {
    indications: [1, 2, 3],
    frameDifferences: [1, 200, 4000],
    chainDifferences: [9],
    activeDecodeTargets: 0b101,
  };
  const whole = serializeDependencyDescriptor(SCALABILITY_STRUCTURES.L1T3, { ...frame, ...custom, template: 2 });
  for (let sizeBytes = 4; sizeBytes < whole.length; sizeBytes++) {
    const parser = knowing();
    assert.equal(parseDescriptor(parser, whole.subarray(0, sizeBytes), 1), "malformed");
    assertStillKnowing(parser);
  }
  resolved(parseDescriptor(knowing(), whole));
});

test("[attack 18] a structure that its own packet's template is not in is refused", () => {
  const parser = knowing();
  const outside = L1T3.slice();
  outside[0] = 0xc5;
  assert.equal(parseDescriptor(parser, outside, 1), "malformed");
  assertStillKnowing(parser);
});

test("[attack 18] more templates, layers or references than the bounds allow are refused", () => {
  const row = { spatialLayer: 0, temporalLayer: 0, indications: [2], frameDifferences: [] as number[], chainDifferences: [] };
  const structureOf = (templates: (typeof row)[]) =>
    serializeDependencyDescriptor(
      { templateIdOffset: 0, decodeTargetCount: 1, chainCount: 0, protectingChains: [], templates, resolutions: [] },
      { ...frame, template: 0, hasStructure: true },
    );
  const parse = (templates: (typeof row)[]) => parseDescriptor(new DependencyDescriptorParser(), structureOf(templates));
  const times = (count: number, of: (index: number) => Partial<typeof row>) =>
    Array.from({ length: count }, (_, index) => ({ ...row, ...of(index) }));

  resolved(parse(times(MAX_TEMPLATES, () => ({}))));
  assert.equal(parse(times(MAX_TEMPLATES + 1, () => ({}))), "malformed");
  resolved(parse(times(8, (spatialLayer) => ({ spatialLayer }))));
  assert.equal(parse(times(9, (spatialLayer) => ({ spatialLayer }))), "malformed");
  resolved(parse(times(8, (temporalLayer) => ({ temporalLayer }))));
  assert.equal(parse(times(9, (temporalLayer) => ({ temporalLayer }))), "malformed");
  const references = (count: number) => new Array<number>(count).fill(1);
  resolved(parse(times(1, () => ({ frameDifferences: references(MAX_FRAME_DIFFERENCES) }))));
  assert.equal(parse(times(1, () => ({ frameDifferences: references(MAX_FRAME_DIFFERENCES + 1) }))), "malformed");

  const custom = (count: number) =>
    serializeDependencyDescriptor(SCALABILITY_STRUCTURES.L1T3, { ...frame, template: 1, frameDifferences: references(count) });
  resolved(parseDescriptor(knowing(), custom(MAX_FRAME_DIFFERENCES)));
  assert.equal(parseDescriptor(knowing(), custom(MAX_FRAME_DIFFERENCES + 1)), "malformed");
});

test("[attack 18] 64 templates of 32 decode targets in a few bytes are refused before anything is made of them", () => {
  // Next layer 0, 63 times, would be 16 bytes of zeros; then the indications are missing.
  assert.equal(
    parseDescriptor(knowing(), Uint8Array.of(0xc0, 0, 1, 0x80, 0x1f, ...new Array<number>(16).fill(0), 0xff)),
    "malformed",
  );
});

test("[attack 18] any bytes, and any damage to a capture: an answer within the bounds that depends on nothing outside", () => {
  const captures = [hex(CAPTURED_L3T3), L1T3, hex("86017340fc")];
  const damaged = fc
    .tuple(
      fc.constantFrom(...captures),
      fc.array(fc.tuple(fc.nat({ max: 94 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
      fc.nat({ max: 95 }),
    )
    .map(([capture, writes, end]) => {
      const bytes = capture.slice();
      for (const [at, value] of writes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.max(3, end));
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), fc.integer({ min: 0, max: 3 }), (descriptor, late) => {
      const answers = [0x00, 0xff, 0x55].map((filler) => {
        const parser = knowing();
        const info = parseDescriptor(parser, descriptor, late, filler);
        if (info === "malformed") assertStillKnowing(parser);
        if (typeof info === "string") return info;
        const { structure, frameDifferenceCount } = info;
        assert.ok(structure !== undefined && frameDifferenceCount <= MAX_FRAME_DIFFERENCES);
        assert.ok(structure.decodeTargetCount <= 32 && structure.chainCount <= structure.decodeTargetCount);
        assert.ok(info.spatialLayer <= 7 && info.temporalLayer <= 7);
        assert.ok(structure.protectingChains.every((chain) => chain < structure.chainCount));
        assert.ok(info.activeDecodeTargets < 2 ** structure.decodeTargetCount);
        return describe(info);
      });
      assert.deepEqual(answers[0], answers[1]);
      assert.deepEqual(answers[0], answers[2]);
    }),
    { numRuns: 5_000 },
  );
});

test("[attack 18] nothing of a malformed descriptor stays in what later packets say", () => {
  const parser = knowing();
  const before = describe(resolved(parseDescriptor(parser, hex("820002"), 1)));
  const custom = { indications: [1, 2, 3], frameDifferences: [9], chainDifferences: [9], template: 2 };
  const whole = serializeDependencyDescriptor(SCALABILITY_STRUCTURES.L1T3, { ...frame, ...custom });
  for (let sizeBytes = 4; sizeBytes <= whole.length; sizeBytes++) {
    parseDescriptor(parser, whole.subarray(0, sizeBytes), 2);
    assert.deepEqual(describe(resolved(parseDescriptor(parser, hex("820002"), 3))), before);
  }
});
