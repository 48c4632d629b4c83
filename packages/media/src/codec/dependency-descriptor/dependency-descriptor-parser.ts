import type { PacketMemory } from "../../bytes/packet-memory.js";
import { BitReader } from "../bit-reader.js";
import { DependencyInfo, DTI, MAX_FRAME_DIFFERENCES } from "./dependency-info.js";
import { DependencyStructure } from "./dependency-structure.js";

/** mandatory_descriptor_fields(); what is longer has extended fields. */
const MANDATORY_BYTES = 3;

/** The five flags that begin extended_descriptor_fields(). */
const FLAG = {
  structure: 0x10,
  activeDecodeTargets: 0x08,
  customIndications: 0x04,
  customDifferences: 0x02,
  customChains: 0x01,
};

/** Sequence numbers further back than this are no late packets but a stream that started over. */
const MAX_LATE_PACKETS = 0x8000;

/**
 * What the dependency descriptors of one RTP stream say (AV1 RTP specification appendix A), in {@link info}. Keeps the last
 * two template structures, so that packets which arrive after a key frame but were sent before it are understood too.
 */
export class DependencyDescriptorParser {
  readonly info = new DependencyInfo();
  readonly #reader = new BitReader();
  /** What {@link info} holds of a template, so that the packets of one frame copy it once; undefined after custom fields. */
  #resolvedStructure: DependencyStructure | undefined;
  #resolvedTemplate = 0;
  #structure: DependencyStructure | undefined;
  /** Extended sequence number of the packet that brought it. */
  #structureSince = 0;
  #previousStructure: DependencyStructure | undefined;
  #activeDecodeTargets = 0;
  #activeDecodeTargetsSince = 0;

  /**
   * Reads a descriptor of `sizeBytes` at `offset`. "unresolved": well-formed, as far as can be told without the structure or
   * template that it refers to, because a key frame's packet was lost or is late (§A.8.3); {@link info} then holds the
   * frame's limits and number only. "malformed": it ends too early, contradicts itself, or exceeds a bound.
   */
  parse(
    memory: PacketMemory,
    offset: number,
    sizeBytes: number,
    extendedSequenceNumber: number,
  ): "resolved" | "unresolved" | "malformed" {
    if (sizeBytes < MANDATORY_BYTES) return "malformed";
    const { info } = this;
    const first = memory.bytes[offset] as number;
    info.isFrameStart = (first & 0x80) !== 0;
    info.isFrameEnd = (first & 0x40) !== 0;
    info.frameNumber = memory.view.getUint16(offset + 1);
    info.offset = offset;
    info.sizeBytes = sizeBytes;

    const reader = this.#reader;
    reader.begin(memory.bytes, offset, sizeBytes, MANDATORY_BYTES * 8);
    const flags = sizeBytes > MANDATORY_BYTES ? reader.read(5) : 0;
    info.hasStructure = (flags & FLAG.structure) !== 0;
    let structure: DependencyStructure | undefined;
    if (info.hasStructure) {
      structure = DependencyStructure.parse(reader);
      if (structure === undefined) return "malformed";
    } else {
      structure = this.#structureOf(extendedSequenceNumber);
      if (structure === undefined) return "unresolved";
    }
    info.hasActiveDecodeTargets = (flags & FLAG.activeDecodeTargets) !== 0;
    let activeDecodeTargets = this.#activeDecodeTargets;
    if (info.hasActiveDecodeTargets) activeDecodeTargets = reader.read(structure.decodeTargetCount);
    else if (info.hasStructure) activeDecodeTargets = 2 ** structure.decodeTargetCount - 1;

    const template = ((first & 0x3f) - structure.templateIdOffset) & 0x3f;
    if (template >= structure.templateCount) return info.hasStructure ? "malformed" : "unresolved";
    if (!this.#resolve(structure, template, flags) || reader.isOverrun) {
      this.#resolvedStructure = undefined;
      return "malformed";
    }

    if (info.hasStructure) this.#keepStructure(structure, extendedSequenceNumber);
    const isUpdate = info.hasStructure || info.hasActiveDecodeTargets;
    if (isUpdate && !isLate(extendedSequenceNumber, this.#activeDecodeTargetsSince)) {
      this.#activeDecodeTargets = activeDecodeTargets;
      this.#activeDecodeTargetsSince = extendedSequenceNumber;
    }
    info.activeDecodeTargets = activeDecodeTargets;
    info.structure = structure;
    return "resolved";
  }

  /** frame_dependency_definition(): from the template, or as the packet says. False when there are too many references. */
  #resolve(structure: DependencyStructure, template: number, flags: number): boolean {
    const isCustom = (flags & (FLAG.customIndications | FLAG.customDifferences | FLAG.customChains)) !== 0;
    if (!isCustom && structure === this.#resolvedStructure && template === this.#resolvedTemplate) return true;
    this.#resolvedStructure = isCustom ? undefined : structure;
    this.#resolvedTemplate = template;
    const { info } = this;
    info.spatialLayer = structure.templateSpatialLayers[template] as number;
    info.temporalLayer = structure.templateTemporalLayers[template] as number;
    this.#resolveIndications(structure, template, (flags & FLAG.customIndications) !== 0);
    if ((flags & FLAG.customDifferences) === 0) this.#copyDifferences(structure, template);
    else if (!this.#readDifferences()) return false;
    this.#resolveChains(structure, template, (flags & FLAG.customChains) !== 0);
    return true;
  }

  #resolveIndications(structure: DependencyStructure, template: number, isCustom: boolean): void {
    const { info } = this;
    const { decodeTargetCount } = structure;
    info.isTemporalSwitch = false;
    for (let target = 0, row = template * decodeTargetCount; target < decodeTargetCount; target++) {
      const indication = isCustom ? this.#reader.read(2) : (structure.templateIndications[row + target] as number);
      info.indications[target] = indication;
      if (indication !== DTI.switch || structure.spatialLayers[target] !== info.spatialLayer) continue;
      if ((structure.temporalLayers[target] as number) >= info.temporalLayer) info.isTemporalSwitch = true;
    }
  }

  #copyDifferences(structure: DependencyStructure, template: number): void {
    const { info } = this;
    const count = structure.templateDifferenceCounts[template] as number;
    for (let index = 0, row = template * MAX_FRAME_DIFFERENCES; index < count; index++) {
      info.frameDifferences[index] = structure.templateDifferences[row + index] as number;
    }
    info.frameDifferenceCount = count;
  }

  #resolveChains({ chainCount, templateChainDifferences }: DependencyStructure, template: number, isCustom: boolean): void {
    for (let chain = 0, row = template * chainCount; chain < chainCount; chain++) {
      const difference = isCustom ? this.#reader.read(8) : (templateChainDifferences[row + chain] as number);
      this.info.chainDifferences[chain] = difference;
    }
  }

  #readDifferences(): boolean {
    const { info } = this;
    const reader = this.#reader;
    let count = 0;
    for (let nibbles = reader.read(2); nibbles !== 0; nibbles = reader.read(2)) {
      if (count === MAX_FRAME_DIFFERENCES) return false;
      info.frameDifferences[count++] = reader.read(4 * nibbles) + 1;
    }
    info.frameDifferenceCount = count;
    return true;
  }

  #structureOf(extendedSequenceNumber: number): DependencyStructure | undefined {
    return isLate(extendedSequenceNumber, this.#structureSince) ? this.#previousStructure : this.#structure;
  }

  #keepStructure(structure: DependencyStructure, extendedSequenceNumber: number): void {
    if (this.#structure !== undefined && isLate(extendedSequenceNumber, this.#structureSince)) {
      this.#previousStructure = structure;
      return;
    }
    this.#previousStructure = this.#structure;
    this.#structure = structure;
    this.#structureSince = extendedSequenceNumber;
  }
}

function isLate(extendedSequenceNumber: number, since: number): boolean {
  return extendedSequenceNumber < since && since - extendedSequenceNumber < MAX_LATE_PACKETS;
}
