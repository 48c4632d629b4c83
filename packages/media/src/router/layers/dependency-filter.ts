import { type DependencyInfo, DTI, type TemplateStructure } from "../../codec/dependency-descriptor/dependency-info.js";
import type { MediaPacket } from "../media-packet.js";
import { FrameDecisions } from "./frame-decisions.js";
import type { LayerFilter } from "./layer-filter.js";
import { MAX_LAYERS } from "./producer-layers.js";
import { idsWord, REWRITE } from "./rewrite-word.js";
import type { SentIds } from "./sent-ids.js";

/**
 * Any codec by its dependency descriptor (AV1 RTP specification §A.4): of the decode targets within the wanted layers the best
 * one is chosen, and its frames are forwarded.
 *
 * It changes to another decode target with a frame that either has a switch indication for it and refers to nothing that was
 * left out, or finds the chain that protects it intact: the chain's last frame was forwarded, and so was everything the
 * target needs. So a spatial layer goes down at the next picture in full SVC, and at a key frame in k-SVC.
 */
export class DependencyFilter implements LayerFilter {
  readonly #ids: SentIds;
  readonly #isSimulcast: boolean;
  readonly #decisions = new FrameDecisions();
  #targetSpatial = MAX_LAYERS - 1;
  #targetTemporal = MAX_LAYERS - 1;
  #structure: TemplateStructure | undefined;
  /** Decode target that is forwarded; -1 before the first. */
  #current = -1;
  /** Of the newest frame. */
  #frameNumber = -1;
  #timestamp = -1;
  #isFrameKept = false;
  /** A picture began with a decode target that is not wanted, or not sent any more, and there was no way to another. */
  #isStuck = false;
  isLost = false;
  rewrite = 0;

  constructor(ids: SentIds, isSimulcast: boolean) {
    this.#ids = ids;
    this.#isSimulcast = isSimulcast;
  }

  get spatialLayer(): number {
    return this.#structure?.spatialLayers[this.#current] ?? 0;
  }

  get temporalLayer(): number {
    return this.#structure?.temporalLayers[this.#current] ?? 0;
  }

  setTarget(spatialLayer: number, temporalLayer: number): void {
    this.#targetSpatial = spatialLayer;
    this.#targetTemporal = temporalLayer;
  }

  needsKeyFrame(highestActive: number): boolean {
    return this.isLost || this.#isStuck || this.spatialLayer < highestActive;
  }

  begin({ frame }: MediaPacket): void {
    this.#ids.begin(frame);
    this.#decisions.clear();
    this.#frameNumber = -1;
    this.#timestamp = -1;
    this.#current = -1;
    this.#isStuck = false;
    this.isLost = false;
  }

  accept(packet: MediaPacket): boolean {
    const { dependency } = packet.frame;
    if (dependency?.structure === undefined) {
      // Without the structure, which came with a packet that is lost, nobody can tell what the frame is for.
      this.isLost = true;
    } else if (packet.frame.isKeyFrame) {
      this.isLost = false;
    }
    // What comes behind it cannot be decoded without it.
    if (dependency?.structure === undefined || this.isLost) return false;
    if (dependency.frameNumber !== this.#frameNumber) {
      this.#decide(dependency, dependency.structure, packet.header.timestamp !== this.#timestamp);
      this.#timestamp = packet.header.timestamp;
    }
    if (this.#isFrameKept) this.#forward(packet);
    return this.#isFrameKept;
  }

  acceptLate(packet: MediaPacket): boolean {
    const { dependency } = packet.frame;
    if (dependency?.structure === undefined) return false;
    const decision = this.#decisions.of(dependency.frameNumber);
    let isKept = decision === "kept";
    if (decision === "unknown") {
      isKept = dependency.indications[this.#current] !== DTI.notPresent && this.#decisions.canReach(dependency);
      this.#decisions.set(dependency.frameNumber, isKept);
    }
    if (isKept) this.#forward(packet);
    return isKept;
  }

  /** The first packet of a frame, in order. */
  #decide(dependency: DependencyInfo, structure: TemplateStructure, isPictureStart: boolean): void {
    this.#frameNumber = dependency.frameNumber;
    this.#structure = structure;
    if (this.#current >= structure.decodeTargetCount) this.#current = -1;
    const isReachable = this.#decisions.canReach(dependency);
    const target = this.#bestTarget(dependency, structure, isReachable, isPictureStart);
    if (target >= 0) this.#current = target;
    if (isPictureStart) this.#isStuck = target < 0;
    this.#isFrameKept = isReachable && this.#current >= 0 && dependency.indications[this.#current] !== DTI.notPresent;
    this.#decisions.set(dependency.frameNumber, this.#isFrameKept);
  }

  /** The best decode target to have from this frame on: the present one, or one that can be changed to; -1 for none. */
  #bestTarget(dependency: DependencyInfo, structure: TemplateStructure, isReachable: boolean, isPictureStart: boolean): number {
    let best = -1;
    let bestRank = -1;
    for (let target = 0; target < structure.decodeTargetCount; target++) {
      const rank = this.#rank(target, structure, dependency.activeDecodeTargets);
      if (rank <= bestRank) continue;
      // Below the highest layer the picture's end has been told already, or not been told.
      const isPossible = isPictureStart || structure.spatialLayers[target] === this.spatialLayer;
      if (target !== this.#current && !(isPossible && this.#canChange(target, dependency, structure, isReachable))) continue;
      best = target;
      bestRank = rank;
    }
    if (best < 0 && this.#current < 0) return lowestActive(structure, dependency.activeDecodeTargets);
    return best;
  }

  /** More is better: spatial before temporal layers; -1 for a target that is not wanted, or not sent. */
  #rank(target: number, structure: TemplateStructure, activeDecodeTargets: number): number {
    const spatialLayer = structure.spatialLayers[target] as number;
    const temporalLayer = structure.temporalLayers[target] as number;
    if (spatialLayer > this.#targetSpatial || temporalLayer > this.#targetTemporal) return -1;
    return ((activeDecodeTargets >>> target) & 1) === 0 ? -1 : spatialLayer * MAX_LAYERS + temporalLayer;
  }

  #canChange(target: number, dependency: DependencyInfo, structure: TemplateStructure, isReachable: boolean): boolean {
    if (dependency.indications[target] === DTI.switch && isReachable) return true;
    if (this.#current < 0) return false;
    const spatialLayer = structure.spatialLayers[target] as number;
    // Fewer frames of the same layers: nothing that remains refers to the others.
    if (spatialLayer === this.spatialLayer) return (structure.temporalLayers[target] as number) <= this.temporalLayer;
    if (structure.chainCount === 0 || spatialLayer > this.spatialLayer) return false;
    const difference = dependency.chainDifferences[structure.protectingChains[target] as number] as number;
    return difference > 0 && this.#decisions.isKept(dependency.frameNumber - difference);
  }

  #forward({ frame, header }: MediaPacket): void {
    this.#ids.handleFrameNumber(frame);
    // The last packet of the temporal unit, as far as the receiver gets it (AV1 RTP specification §4.2).
    const isLast = header.marker || (!this.#isSimulcast && frame.isFrameEnd && frame.spatialLayer === this.spatialLayer);
    this.rewrite = isLast ? REWRITE.marker : 0;
    if (frame.pictureId < 0 && frame.tl0PictureIndex < 0) return;
    this.rewrite |= idsWord(this.#ids.pictureIdFor(frame), this.#ids.tl0PictureIndexFor(frame));
  }
}

/** The decode target to have when all that are wanted are switched off: the lowest that is not; -1 for none. */
function lowestActive({ decodeTargetCount, spatialLayers }: TemplateStructure, activeDecodeTargets: number): number {
  let lowest = -1;
  for (let target = 0; target < decodeTargetCount; target++) {
    if (((activeDecodeTargets >>> target) & 1) === 0) continue;
    if (lowest < 0 || (spatialLayers[target] as number) < (spatialLayers[lowest] as number)) lowest = target;
  }
  return lowest;
}
