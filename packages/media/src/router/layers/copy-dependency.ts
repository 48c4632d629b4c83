import type { DependencyInfo } from "../../codec/dependency-descriptor/dependency-info.js";

/** Copies what Consumers look at: a parser has one object for all packets of its stream, and a batch may have many of them. */
export function copyDependency(from: DependencyInfo, to: DependencyInfo): void {
  const { structure } = from;
  to.structure = structure;
  to.hasStructure = from.hasStructure;
  to.isFrameStart = from.isFrameStart;
  to.isFrameEnd = from.isFrameEnd;
  to.spatialLayer = from.spatialLayer;
  to.temporalLayer = from.temporalLayer;
  to.isTemporalSwitch = from.isTemporalSwitch;
  to.frameNumber = from.frameNumber;
  to.offset = from.offset;
  to.sizeBytes = from.sizeBytes;
  to.hasActiveDecodeTargets = from.hasActiveDecodeTargets;
  to.activeDecodeTargets = from.activeDecodeTargets;
  to.frameDifferenceCount = from.frameDifferenceCount;
  copy(from.frameDifferences, to.frameDifferences, from.frameDifferenceCount);
  copy(from.indications, to.indications, structure?.decodeTargetCount ?? 0);
  copy(from.chainDifferences, to.chainDifferences, structure?.chainCount ?? 0);
}

function copy(from: Uint8Array | Uint16Array, to: Uint8Array | Uint16Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[index] as number;
}
