import { BitWriter } from "../bit-writer.js";

/** A frame dependency template (AV1 RTP specification §A.8.1). */
export interface FrameTemplate {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** By decode target, {@link DTI}. */
  readonly indications: readonly number[];
  /** 1–16 each. */
  readonly frameDifferences: readonly number[];
  /** By chain, 0–15 each. */
  readonly chainDifferences: readonly number[];
}

/** What a sender says about its stream with each key frame. */
export interface ScalabilityStructure {
  readonly templateIdOffset: number;
  readonly decodeTargetCount: number;
  readonly chainCount: number;
  /** By decode target; empty without chains. */
  readonly protectingChains: readonly number[];
  /** In ascending order of spatial and then temporal layer. */
  readonly templates: readonly FrameTemplate[];
  /** By spatial layer, or empty. */
  readonly resolutions: readonly { readonly width: number; readonly height: number }[];
}

/** What a sender says about one packet. */
export interface FrameDependencies {
  readonly isFrameStart: boolean;
  readonly isFrameEnd: boolean;
  readonly frameNumber: number;
  /** Index into the structure's templates. */
  readonly template: number;
  /** The structure goes with the packet: the first one of a key frame. */
  readonly hasStructure?: boolean;
  readonly activeDecodeTargets?: number;
  /** In place of the template's. */
  readonly indications?: readonly number[];
  /** 1–4096 each. */
  readonly frameDifferences?: readonly number[];
  /** 0–255 each. */
  readonly chainDifferences?: readonly number[];
}

/** Longer than any descriptor within the bounds of this implementation. */
const MAX_BYTES = 4_096;

/** A dependency descriptor for a packet of our own (AV1 RTP specification §A.8.2). For senders and tests: it allocates. */
export function serializeDependencyDescriptor(structure: ScalabilityStructure, frame: FrameDependencies): Uint8Array {
  const bytes = new Uint8Array(MAX_BYTES);
  const writer = new BitWriter();
  writer.begin(bytes, 0);
  writer.write(1, Number(frame.isFrameStart));
  writer.write(1, Number(frame.isFrameEnd));
  writer.write(6, structure.templateIdOffset + frame.template);
  writer.write(16, frame.frameNumber);
  const { hasStructure = false, activeDecodeTargets, indications, frameDifferences, chainDifferences } = frame;
  const flags = [hasStructure, activeDecodeTargets, indications, frameDifferences, chainDifferences].map(
    (field) => field !== undefined && field !== false,
  );
  if (flags.includes(true)) {
    for (const flag of flags) writer.write(1, Number(flag));
    if (hasStructure) writeStructure(writer, structure);
    if (activeDecodeTargets !== undefined) writer.write(structure.decodeTargetCount, activeDecodeTargets);
    for (const indication of indications ?? []) writer.write(2, indication);
    if (frameDifferences !== undefined) writeFrameDifferences(writer, frameDifferences);
    for (const difference of chainDifferences ?? []) writer.write(8, difference);
  }
  return bytes.slice(0, writer.sizeBytes);
}

function writeStructure(writer: BitWriter, structure: ScalabilityStructure): void {
  const { templates } = structure;
  writer.write(6, structure.templateIdOffset);
  writer.write(5, structure.decodeTargetCount - 1);
  for (const [index, template] of templates.entries()) writer.write(2, nextLayer(template, templates[index + 1]));
  for (const { indications } of templates) for (const indication of indications) writer.write(2, indication);
  for (const { frameDifferences } of templates) {
    for (const difference of frameDifferences) writer.write(5, 0x10 | (difference - 1));
    writer.write(1, 0);
  }
  writer.writeNonSymmetric(structure.decodeTargetCount + 1, structure.chainCount);
  if (structure.chainCount > 0) {
    for (const chain of structure.protectingChains) writer.writeNonSymmetric(structure.chainCount, chain);
    for (const { chainDifferences } of templates) for (const difference of chainDifferences) writer.write(4, difference);
  }
  writer.write(1, Number(structure.resolutions.length > 0));
  for (const { width, height } of structure.resolutions) {
    writer.write(16, width - 1);
    writer.write(16, height - 1);
  }
}

/** Table A.2. */
function nextLayer(template: FrameTemplate, next: FrameTemplate | undefined): number {
  if (next === undefined) return 3;
  if (next.spatialLayer > template.spatialLayer) return 2;
  return next.temporalLayer > template.temporalLayer ? 1 : 0;
}

function writeFrameDifferences(writer: BitWriter, differences: readonly number[]): void {
  for (const difference of differences) {
    const nibbles = difference <= 0x10 ? 1 : difference <= 0x100 ? 2 : 3;
    writer.write(2, nibbles);
    writer.write(4 * nibbles, difference - 1);
  }
  writer.write(2, 0);
}
