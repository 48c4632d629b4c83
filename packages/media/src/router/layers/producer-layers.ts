import type { TemplateStructure } from "../../codec/dependency-descriptor/dependency-info.js";
import { MAX_DECODE_TARGETS } from "../../codec/dependency-descriptor/dependency-info.js";
import type { FrameInfo } from "../../codec/frame-info.js";
import { after, elapsedMs, type Instant } from "../../time/instant.js";

/** Spatial and temporal layers each, as many as {@link FrameInfo} can tell. */
export const MAX_LAYERS = 8;

/** Bitrates are measured over this long, ms (LiveKit: 1 s), in steps of a quarter. */
export const BITRATE_WINDOW_MS = 1000;
const STEPS = 4;
const STEP_MS = BITRATE_WINDOW_MS / STEPS;

/**
 * A layer without packets for this long, ms, may have ended (LiveKit's tracker: 500 ms cycles), if the others got
 * {@link MIN_FRAMES_MISSED} frames meanwhile: of a screen that shows one frame in 5 s every layer is silent most of the time,
 * and alive (Janus #3422).
 */
export const MIN_SILENCE_MS = 1000;
export const MIN_FRAMES_MISSED = 5;

/** Without packets for this long, ms, a layer has ended in any case. */
export const MAX_SILENCE_MS = 10_000;

const COUNTERS = MAX_LAYERS * MAX_LAYERS + MAX_DECODE_TARGETS;

/**
 * What a Producer's video consists of and what it costs: layers, whether they are being sent, bitrates.
 *
 * On the packet path it only counts; everything else happens at {@link handleTick}.
 */
export class ProducerLayers {
  /** Spatial layers are simulcast encodings, of which one is forwarded; else layers of one stream, each on top of the lower. */
  readonly isSimulcast: boolean;
  readonly #encodings: number;
  /** Bytes since the last step: by spatial × 8 + temporal layer, then by decode target. */
  readonly #bytes = new Float64Array(COUNTERS);
  readonly #steps = new Float64Array(COUNTERS * STEPS);
  readonly #bitratesBps = new Float64Array(COUNTERS);
  readonly #stepAt: Instant[] = [];
  #step = 0;
  #nextStep: Instant | undefined;
  readonly #lastPacketAt = new Float64Array(MAX_LAYERS).fill(Number.NEGATIVE_INFINITY);
  readonly #isActive = new Uint8Array(MAX_LAYERS);
  #frames = 0;
  /** By spatial layer: {@link #frames} when it was last heard of, and what #lastPacketAt was then. */
  readonly #framesHeard = new Float64Array(MAX_LAYERS);
  readonly #heardAt = new Float64Array(MAX_LAYERS);
  #structure: TemplateStructure | undefined;
  /** Of frames between key frames: those of upper spatial layers are predicted from the lower ones (full SVC, not k-SVC). */
  #isInterLayerPredicted = true;

  /** `encodings`: as the publisher declared them, at least 1. */
  constructor(encodings: number) {
    this.isSimulcast = encodings > 1;
    this.#encodings = Math.min(MAX_LAYERS, encodings);
  }

  /** One packet of spatial layer `spatialLayer` (of an encoding, with simulcast). Called on the packet path. */
  handlePacket(spatialLayer: number, frame: FrameInfo, sizeBytes: number, now: Instant): void {
    const at = spatialLayer * MAX_LAYERS + frame.temporalLayer;
    this.#bytes[at] = (this.#bytes[at] as number) + sizeBytes;
    this.#lastPacketAt[spatialLayer] = now;
    this.#isActive[spatialLayer] = 1;
    if (frame.isFrameStart) this.#frames++;
    if (this.isSimulcast) return;
    const { dependency } = frame;
    if (dependency?.structure !== undefined) {
      this.#structure = dependency.structure;
      const { indications } = dependency;
      const bytes = this.#bytes;
      for (let target = 0, count = dependency.structure.decodeTargetCount; target < count; target++) {
        const index = MAX_LAYERS * MAX_LAYERS + target;
        if (indications[target] !== 0) bytes[index] = (bytes[index] as number) + sizeBytes;
      }
    } else if (spatialLayer > 0 && frame.isFrameStart && frame.isInterPicturePredicted) {
      this.#isInterLayerPredicted = frame.isInterLayerPredicted;
    }
  }

  handleTick(now: Instant): void {
    this.#nextStep ??= after(now, STEP_MS);
    if (now >= this.#nextStep) this.#takeStep(now);
    for (let layer = 0; layer < MAX_LAYERS; layer++) {
      const lastPacketAt = this.#lastPacketAt[layer] as number;
      if (lastPacketAt !== this.#heardAt[layer]) {
        this.#heardAt[layer] = lastPacketAt;
        this.#framesHeard[layer] = this.#frames;
      }
      const silentMs = elapsedMs(lastPacketAt as Instant, now);
      const hasMissed = silentMs > MIN_SILENCE_MS && this.#frames - (this.#framesHeard[layer] as number) >= MIN_FRAMES_MISSED;
      if (hasMissed || silentMs > MAX_SILENCE_MS) this.#isActive[layer] = 0;
    }
  }

  #takeStep(now: Instant): void {
    this.#nextStep = after(now, STEP_MS);
    this.#stepAt.push(now);
    if (this.#stepAt.length > STEPS + 1) this.#stepAt.shift();
    const seconds = Math.max(STEP_MS, elapsedMs(this.#stepAt[0] ?? now, now)) / 1000;
    const first = this.#step * COUNTERS;
    this.#step = (this.#step + 1) % STEPS;
    for (let index = 0; index < COUNTERS; index++) {
      this.#steps[first + index] = this.#bytes[index] as number;
      this.#bytes[index] = 0;
      let bytes = 0;
      for (let step = index; step < COUNTERS * STEPS; step += COUNTERS) bytes += this.#steps[step] as number;
      this.#bitratesBps[index] = (bytes * 8) / seconds;
    }
  }

  /** Spatial layers: encodings with simulcast, else the highest layer being sent and those below it; at least 1. */
  get count(): number {
    if (this.isSimulcast) return this.#encodings;
    for (let layer = MAX_LAYERS - 1; layer > 0; layer--) if (this.isActive(layer)) return layer + 1;
    return 1;
  }

  /** The publisher sends this spatial layer now. */
  isActive(spatialLayer: number): boolean {
    return this.#isActive[spatialLayer] === 1;
  }

  /** The highest spatial layer being sent that is not above `limit`; -1 for none. */
  highestActive(limit: number): number {
    for (let layer = Math.min(limit, MAX_LAYERS - 1); layer >= 0; layer--) if (this.isActive(layer)) return layer;
    return -1;
  }

  /** Temporal layers of a spatial layer in the last second; at least 1. */
  temporalLayers(spatialLayer: number): number {
    const first = spatialLayer * MAX_LAYERS;
    for (let layer = MAX_LAYERS - 1; layer > 0; layer--) {
      if ((this.#bitratesBps[first + layer] as number) > 0 || (this.#bytes[first + layer] as number) > 0) return layer + 1;
    }
    return 1;
  }

  /**
   * What it takes to forward these layers, RTP packets without SRTP, UDP and IP, in bits per second over the last second: with
   * all that they need, which are all lower temporal layers and, unless it is simulcast or k-SVC, all lower spatial layers.
   */
  bitrateBps(spatialLayer: number, temporalLayer: number): number {
    const target = this.#decodeTarget(spatialLayer, temporalLayer);
    if (target >= 0) return this.#bitratesBps[MAX_LAYERS * MAX_LAYERS + target] as number;
    const isStacked = !this.isSimulcast && this.#isInterLayerPredicted;
    let bitrateBps = 0;
    for (let spatial = isStacked ? 0 : spatialLayer; spatial <= spatialLayer; spatial++) {
      for (let temporal = 0; temporal <= temporalLayer && temporal < MAX_LAYERS; temporal++) {
        bitrateBps += this.#bitratesBps[spatial * MAX_LAYERS + temporal] as number;
      }
    }
    return bitrateBps;
  }

  /** The dependency descriptor's own answer to what belongs to these layers; -1 when there is none. */
  #decodeTarget(spatialLayer: number, temporalLayer: number): number {
    const structure = this.#structure;
    if (structure === undefined) return -1;
    const highest = this.temporalLayers(spatialLayer) - 1;
    for (let target = 0; target < structure.decodeTargetCount; target++) {
      if (structure.spatialLayers[target] !== spatialLayer) continue;
      if (structure.temporalLayers[target] === Math.min(temporalLayer, highest)) return target;
    }
    return -1;
  }
}
