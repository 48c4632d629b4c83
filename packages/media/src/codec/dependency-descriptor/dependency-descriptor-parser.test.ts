import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex } from "../payload.test.js";
import { DependencyDescriptorParser } from "./dependency-descriptor-parser.js";
import { CAPTURED_L3T3, describe, describeTemplate, parseDescriptor, resolved } from "./descriptor.test.js";
import { SCALABILITY_STRUCTURES } from "./scalability-structures.test.js";
import { serializeDependencyDescriptor } from "./serialize-dependency-descriptor.js";

test("a capture of Chromium: L1T2 with a resolution", () => {
  const info = resolved(parseDescriptor(new DependencyDescriptorParser(), hex("800001 80011ea85141010c04fc03bc")));
  assert.equal(info.frameNumber, 1);
  assert.equal(info.hasStructure, true);
  assert.deepEqual(describe(info), {
    limits: "start",
    layer: "S0T0",
    indications: "SS",
    frameDifferences: [],
    chainDifferences: [0],
    activeDecodeTargets: "11",
  });
  assert.deepEqual([...(info.structure?.spatialLayers ?? [])], [0, 0]);
  assert.deepEqual([...(info.structure?.temporalLayers ?? [])], [0, 1]);
  assert.deepEqual([...(info.structure?.protectingChains ?? [])], [0, 0]);
  assert.deepEqual(info.structure?.resolutions, [{ width: 320, height: 240 }]);
});

test("a capture of Chromium: L3T3, then frames that refer to its templates, with and without active decode targets", () => {
  const parser = new DependencyDescriptorParser();
  const key = resolved(parseDescriptor(parser, hex(CAPTURED_L3T3)));
  assert.deepEqual([...(key.structure?.spatialLayers ?? [])], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual([...(key.structure?.temporalLayers ?? [])], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...(key.structure?.protectingChains ?? [])], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual(key.structure?.resolutions, [
    { width: 120, height: 67 },
    { width: 240, height: 135 },
    { width: 480, height: 270 },
  ]);
  const said = ["86017340fc", "c3017540fc", "c2017840fc", "8b0174"].map((text) => {
    const info = resolved(parseDescriptor(parser, hex(text), 1));
    return [info.frameNumber, ...Object.values(describe(info))];
  });
  assert.deepEqual(said, [
    [0x173, "start", "S1T0", "---SSSSSS", [1], [1, 1, 1], "111111"],
    [0x175, "start end", "S0T2", "--D--R--R", [3], [3, 2, 1], "111111"],
    [0x178, "start end", "S0T1", "-DS-RR-RR", [6], [6, 5, 4], "111111"],
    [0x174, "start", "S2T0", "------SSS", [1], [2, 1, 1], "111111"],
  ]);
});

/** Structures as a key frame's first packet has them, written out of the specification's tables by another program. */
const KEY_FRAMES = {
  L1T2: "c00001 80011ea851410108",
  L1T3: "c00001 800214eaa860414d1410208426",
  L3T3: `c10001 ${CAPTURED_L3T3.slice(6, CAPTURED_L3T3.indexOf("530077"))}52`,
  L3T3_KEY:
    "c00001 80081485214eaaaaa8000600004000100002aa80a8000600004000100002a000a800060000400016d549241b5524906d54923157e001974c" +
    "a864330e222396eca8655304224390eca87752",
  S2T1: "c10001 800123882289134840048400",
} as const;

for (const name of ["L1T2", "L1T3", "L3T3", "L3T3_KEY", "S2T1"] as const) {
  test(`[AV1-RTP §A.10.2] ${name}: the key frame's descriptor is read and written, and every template is resolved`, () => {
    const structure = SCALABILITY_STRUCTURES[name];
    const keyTemplate = structure.templates.findIndex(({ frameDifferences }) => frameDifferences.length === 0);
    const frame = { isFrameStart: true, isFrameEnd: true, frameNumber: 1 };
    const key = serializeDependencyDescriptor(structure, { ...frame, template: keyTemplate, hasStructure: true });
    assert.deepEqual(key, hex(KEY_FRAMES[name]));
    const parser = new DependencyDescriptorParser();
    assert.equal(resolved(parseDescriptor(parser, key)).hasStructure, true);
    for (const [index, template] of structure.templates.entries()) {
      const descriptor = serializeDependencyDescriptor(structure, { ...frame, template: index });
      assert.equal(descriptor.length, 3);
      const info = resolved(parseDescriptor(parser, descriptor));
      assert.deepEqual(describe(info), describeTemplate(template, structure));
    }
  });
}

test("[AV1-RTP §A.8.3] before the first structure, and with a template outside it, nothing is resolved", () => {
  const parser = new DependencyDescriptorParser();
  assert.equal(parseDescriptor(parser, hex("810001")), "unresolved");
  assert.equal(parser.info.isFrameStart, true);
  assert.equal(parser.info.frameNumber, 1);
  resolved(parseDescriptor(parser, hex(KEY_FRAMES.L1T2)));
  resolved(parseDescriptor(parser, hex("820002")));
  // [attack 18] template index out of range.
  for (const template of [3, 4, 32, 63]) {
    assert.equal(parseDescriptor(parser, Uint8Array.of(0x80 | template, 0, 3)), "unresolved");
    assert.equal(parseDescriptor(parser, Uint8Array.of(0x80 | template, 0, 3, 0x20, 0xff)), "unresolved");
  }
});

test("[AV1-RTP §A.8.3] template ids wrap at 64", () => {
  const structure = { ...SCALABILITY_STRUCTURES.L1T3, templateIdOffset: 62 };
  const parser = new DependencyDescriptorParser();
  const frame = { isFrameStart: true, isFrameEnd: true, frameNumber: 1 };
  resolved(parseDescriptor(parser, serializeDependencyDescriptor(structure, { ...frame, template: 0, hasStructure: true })));
  const info = resolved(parseDescriptor(parser, serializeDependencyDescriptor(structure, { ...frame, template: 4 })));
  assert.equal(info.temporalLayer, 2);
  assert.equal(parseDescriptor(parser, hex("c30001")), "unresolved");
});

test("[AV1-RTP §A.4] active decode targets last until the next update in sequence number order", () => {
  const parser = new DependencyDescriptorParser();
  const structure = SCALABILITY_STRUCTURES.L1T3;
  const activeAt = (sequenceNumber: number, activeDecodeTargets?: number): number => {
    const frame = { isFrameStart: true, isFrameEnd: true, frameNumber: 1, template: 1 };
    const update = activeDecodeTargets === undefined ? {} : { activeDecodeTargets };
    const descriptor = serializeDependencyDescriptor(structure, { ...frame, ...update, hasStructure: sequenceNumber === 10 });
    return resolved(parseDescriptor(parser, descriptor, sequenceNumber)).activeDecodeTargets;
  };
  assert.deepEqual([activeAt(10), activeAt(11), activeAt(13, 0b011), activeAt(14)], [0b111, 0b111, 0b011, 0b011]);
  // Late, with an update that the one before has overtaken.
  assert.deepEqual([activeAt(12, 0b001), activeAt(15)], [0b001, 0b011]);
  assert.equal(activeAt(10), 0b111);
  assert.equal(activeAt(16), 0b011);
});

test("a packet from before a key frame that arrives after it means the structure of its time", () => {
  const parser = new DependencyDescriptorParser();
  resolved(parseDescriptor(parser, hex(KEY_FRAMES.L3T3_KEY), 100));
  resolved(parseDescriptor(parser, hex(KEY_FRAMES.L1T2), 200));
  assert.equal(resolved(parseDescriptor(parser, hex("8d0001"), 199)).structure?.decodeTargetCount, 9);
  assert.equal(parseDescriptor(parser, hex("8d0001"), 201), "unresolved");
  assert.equal(resolved(parseDescriptor(parser, hex("820001"), 201)).structure?.decodeTargetCount, 2);
  // The key frame before comes late as a whole: it is no news.
  resolved(parseDescriptor(parser, hex(KEY_FRAMES.L1T3), 150));
  assert.equal(resolved(parseDescriptor(parser, hex("820001"), 202)).structure?.decodeTargetCount, 2);
  assert.equal(resolved(parseDescriptor(parser, hex("820001"), 151)).structure?.decodeTargetCount, 3);
  // So far back that the sender must have started over.
  resolved(parseDescriptor(parser, hex(KEY_FRAMES.S2T1), 40_000));
  assert.equal(resolved(parseDescriptor(parser, hex(KEY_FRAMES.L1T3), 1)).structure?.decodeTargetCount, 3);
  assert.equal(resolved(parseDescriptor(parser, hex("820001"), 2)).structure?.decodeTargetCount, 3);
});

test("[AV1-RTP §A.8.2] custom indications, frame and chain differences of every width", () => {
  const frames = fc.record({
    frameNumber: fc.nat({ max: 0xffff }),
    template: fc.nat({ max: 14 }),
    indications: fc.array(fc.nat({ max: 3 }), { minLength: 9, maxLength: 9 }),
    frameDifferences: fc.array(fc.integer({ min: 1, max: 4096 }), { maxLength: 16 }),
    chainDifferences: fc.array(fc.nat({ max: 255 }), { minLength: 3, maxLength: 3 }),
    activeDecodeTargets: fc.nat({ max: 511 }),
  });
  const parser = new DependencyDescriptorParser();
  resolved(parseDescriptor(parser, hex(CAPTURED_L3T3)));
  const structure = { ...SCALABILITY_STRUCTURES.L3T3, templateIdOffset: 0 };
  fc.assert(
    fc.property(frames, (frame) => {
      const descriptor = serializeDependencyDescriptor(structure, { ...frame, isFrameStart: false, isFrameEnd: true });
      const info = resolved(parseDescriptor(parser, descriptor));
      assert.equal(info.frameNumber, frame.frameNumber);
      const template = structure.templates[frame.template];
      assert.ok(template);
      const { indications, frameDifferences, chainDifferences } = frame;
      assert.deepEqual(describe(info), {
        ...describeTemplate({ ...template, indications, frameDifferences, chainDifferences }, structure),
        limits: "end",
        activeDecodeTargets: frame.activeDecodeTargets.toString(2),
      });
    }),
  );
});

test("[AV1-RTP §A.8.2] any structure within the bounds comes back as it was written", () => {
  const structures = fc
    .tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 64 }), fc.nat({ max: 63 }), fc.nat())
    .chain(([decodeTargetCount, templateCount, templateIdOffset, chains]) => {
      const chainCount = chains % (decodeTargetCount + 1);
      const template = fc.record({
        indications: fc.array(fc.nat({ max: 3 }), { minLength: decodeTargetCount, maxLength: decodeTargetCount }),
        frameDifferences: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 16 }),
        chainDifferences: fc.array(fc.nat({ max: 15 }), { minLength: chainCount, maxLength: chainCount }),
      });
      const layers = fc.array(fc.nat({ max: 63 }), { minLength: templateCount, maxLength: templateCount });
      const size = fc.record({ width: fc.integer({ min: 1, max: 65_536 }), height: fc.integer({ min: 1, max: 65_536 }) });
      return fc
        .record({
          layers: layers.map((numbers) => [...numbers].sort((a, b) => a - b)),
          rows: fc.array(template, { minLength: templateCount, maxLength: templateCount }),
          protectingChains: fc.array(fc.nat({ max: Math.max(chainCount - 1, 0) }), {
            minLength: chainCount === 0 ? 0 : decodeTargetCount,
            maxLength: chainCount === 0 ? 0 : decodeTargetCount,
          }),
          sizes: fc.option(fc.array(size, { minLength: 8, maxLength: 8 })),
        })
        .map(({ layers, rows, protectingChains, sizes }) => {
          const templates = rows.map((row, index) => ({ ...row, ...nextLayers(layers, index) }));
          const spatialLayerCount = (templates.at(-1)?.spatialLayer ?? 0) + 1;
          const resolutions = (sizes ?? []).slice(0, spatialLayerCount).map((size) => ({ ...size }));
          return { templateIdOffset, decodeTargetCount, chainCount, protectingChains, templates, resolutions };
        });
    });
  fc.assert(
    fc.property(structures, (structure) => {
      const frame = { isFrameStart: true, isFrameEnd: true, frameNumber: 7, hasStructure: true };
      for (const [template, row] of structure.templates.entries()) {
        const descriptor = serializeDependencyDescriptor(structure, { ...frame, template });
        const info = resolved(parseDescriptor(new DependencyDescriptorParser(), descriptor));
        assert.deepEqual(describe(info), describeTemplate(row, structure));
        assert.deepEqual([...(info.structure?.protectingChains ?? [])], structure.protectingChains);
        assert.deepEqual(info.structure?.resolutions, structure.resolutions);
      }
    }),
    { numRuns: 30 },
  );
});

/** Layers that follow each other as table A.2 allows, out of ascending numbers: one step up at a time. */
function nextLayers(numbers: readonly number[], index: number): { spatialLayer: number; temporalLayer: number } {
  let spatialLayer = 0;
  let temporalLayer = 0;
  for (let at = 1; at <= index; at++) {
    const step = (numbers[at] as number) - (numbers[at - 1] as number);
    if (step === 1 && temporalLayer < 7) temporalLayer++;
    if (step > 1 && spatialLayer < 7) {
      spatialLayer++;
      temporalLayer = 0;
    }
  }
  return { spatialLayer, temporalLayer };
}
