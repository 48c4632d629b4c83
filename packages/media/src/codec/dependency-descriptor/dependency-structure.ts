import type { BitReader } from "../bit-reader.js";
import { MAX_FRAME_DIFFERENCES, MAX_TEMPLATES, type TemplateStructure } from "./dependency-info.js";

/** Spatial and temporal layers each, as many as {@link FrameInfo} can tell. */
const MAX_LAYERS = 8;

/** Table A.2: how the layers of a template follow from those of the template before it. */
const NEXT_LAYER = { same: 0, temporal: 1, spatial: 2, none: 3 } as const;

/**
 * The template dependency structure of a key frame (AV1 RTP specification §A.8.2), with the templates that packets refer to
 * by their index. Tables by template lie row after row in one array.
 */
export class DependencyStructure implements TemplateStructure {
  /** Template id of the first template, 0–63. */
  readonly templateIdOffset: number;
  readonly templateCount: number;
  readonly decodeTargetCount: number;
  readonly chainCount: number;
  readonly spatialLayers: Uint8Array;
  readonly temporalLayers: Uint8Array;
  readonly protectingChains: Uint8Array;
  readonly resolutions: readonly { readonly width: number; readonly height: number }[];
  /** By template. */
  readonly templateSpatialLayers: Uint8Array;
  readonly templateTemporalLayers: Uint8Array;
  /** Rows of {@link decodeTargetCount}. */
  readonly templateIndications: Uint8Array;
  /** Rows of {@link MAX_FRAME_DIFFERENCES}. */
  readonly templateDifferences: Uint8Array;
  readonly templateDifferenceCounts: Uint8Array;
  /** Rows of {@link chainCount}. */
  readonly templateChainDifferences: Uint8Array;

  /** Undefined when it is cut short or goes beyond the bounds of this implementation; the reader is then anywhere. */
  static parse(reader: BitReader): DependencyStructure | undefined {
    const templateIdOffset = reader.read(6);
    const decodeTargetCount = reader.read(5) + 1;
    const layers = readTemplateLayers(reader);
    // Before anything is made: two bits of every indication must be there.
    if (layers === undefined || reader.remainingBits < layers.length * decodeTargetCount * 2) return undefined;
    const structure = new DependencyStructure(reader, templateIdOffset, decodeTargetCount, layers);
    return reader.isOverrun || structure.templateDifferenceCounts.includes(MAX_FRAME_DIFFERENCES + 1) ? undefined : structure;
  }

  private constructor(
    reader: BitReader,
    templateIdOffset: number,
    decodeTargetCount: number,
    layers: readonly { spatialLayer: number; temporalLayer: number }[],
  ) {
    this.templateIdOffset = templateIdOffset;
    this.templateCount = layers.length;
    this.decodeTargetCount = decodeTargetCount;
    this.templateSpatialLayers = Uint8Array.from(layers, ({ spatialLayer }) => spatialLayer);
    this.templateTemporalLayers = Uint8Array.from(layers, ({ temporalLayer }) => temporalLayer);

    this.templateIndications = new Uint8Array(layers.length * decodeTargetCount);
    for (let index = 0; index < this.templateIndications.length; index++) this.templateIndications[index] = reader.read(2);

    this.templateDifferences = new Uint8Array(layers.length * MAX_FRAME_DIFFERENCES);
    this.templateDifferenceCounts = new Uint8Array(layers.length);
    for (let template = 0; template < layers.length; template++) this.#readDifferences(reader, template);

    this.chainCount = reader.readNonSymmetric(decodeTargetCount + 1);
    this.protectingChains = new Uint8Array(this.chainCount === 0 ? 0 : decodeTargetCount);
    for (let target = 0; target < this.protectingChains.length; target++) {
      this.protectingChains[target] = reader.readNonSymmetric(this.chainCount);
    }
    this.templateChainDifferences = new Uint8Array(layers.length * this.chainCount);
    for (let index = 0; index < this.templateChainDifferences.length; index++) {
      this.templateChainDifferences[index] = reader.read(4);
    }

    this.spatialLayers = this.#highestLayers(this.templateSpatialLayers);
    this.temporalLayers = this.#highestLayers(this.templateTemporalLayers);
    const resolutionCount = reader.read(1) === 0 ? 0 : (layers.at(-1)?.spatialLayer ?? 0) + 1;
    this.resolutions = Array.from({ length: resolutionCount }, () => {
      const width = reader.read(16) + 1;
      return { width, height: reader.read(16) + 1 };
    });
  }

  /** Stops at one too many, which is what the count then says. */
  #readDifferences(reader: BitReader, template: number): void {
    let count = 0;
    while (count <= MAX_FRAME_DIFFERENCES && reader.read(1) === 1) {
      const difference = reader.read(4) + 1;
      if (count < MAX_FRAME_DIFFERENCES) this.templateDifferences[template * MAX_FRAME_DIFFERENCES + count] = difference;
      count++;
    }
    this.templateDifferenceCounts[template] = count;
  }

  /** By decode target, the highest layer of the templates that are present in it: decode_target_layers(). */
  #highestLayers(layersByTemplate: Uint8Array): Uint8Array {
    const highest = new Uint8Array(this.decodeTargetCount);
    for (const [index, indication] of this.templateIndications.entries()) {
      if (indication === 0) continue;
      const target = index % this.decodeTargetCount;
      const layer = layersByTemplate[Math.floor(index / this.decodeTargetCount)] as number;
      if (layer > (highest[target] as number)) highest[target] = layer;
    }
    return highest;
  }
}

/** template_layers(): by template, in ascending order of spatial layer. */
function readTemplateLayers(reader: BitReader): { spatialLayer: number; temporalLayer: number }[] | undefined {
  const layers: { spatialLayer: number; temporalLayer: number }[] = [];
  let spatialLayer = 0;
  let temporalLayer = 0;
  for (;;) {
    if (layers.length === MAX_TEMPLATES || spatialLayer === MAX_LAYERS || temporalLayer === MAX_LAYERS) return undefined;
    layers.push({ spatialLayer, temporalLayer });
    const next = reader.read(2);
    if (next === NEXT_LAYER.none) return layers;
    if (next === NEXT_LAYER.temporal) temporalLayer++;
    if (next === NEXT_LAYER.spatial) {
      spatialLayer++;
      temporalLayer = 0;
    }
  }
}
