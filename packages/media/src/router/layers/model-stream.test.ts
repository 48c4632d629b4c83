// A publisher of layered video whose frames know what they refer to, for tests of what is forwarded.
import { DTI } from "../../codec/dependency-descriptor/dependency-info.js";
import { SCALABILITY_STRUCTURES } from "../../codec/dependency-descriptor/scalability-structures.test.js";
import { serializeDependencyDescriptor } from "../../codec/dependency-descriptor/serialize-dependency-descriptor.js";
import type { PublishedPacket } from "../../testing/virtual-room.js";

/** Header extension id of the dependency descriptor in these tests, for publisher and receiver alike. */
export const DESCRIPTOR_ID = 5;

/** "VP8 described": with the dependency descriptor, as libwebrtc sends it. */
export type ModelKind = "VP8" | "VP8 described" | "VP9" | "VP9 k-SVC" | "AV1" | "AV1 k-SVC" | "H264";

/** One frame of one layer. */
export interface ModelFrame {
  readonly id: number;
  readonly encoding: number;
  /** Number of the picture that it is part of. */
  readonly picture: number;
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  readonly isKey: boolean;
  /** Ids of the frames that a decoder must have to decode this one. */
  readonly references: readonly number[];
  readonly parts: number;
}

/** Numbers that are the same on every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEMPORAL_PATTERN = [0, 2, 1, 2];
const TICKS_PER_PICTURE = 3000;

/** The last frame of each temporal layer of one spatial layer. */
type LastFrames = (ModelFrame | undefined)[];

/** One RTP stream. */
export class ModelStream {
  readonly #kind: ModelKind;
  readonly #encoding: number;
  readonly #spatialLayers: number;
  readonly #random: () => number;
  readonly #frames: Map<number, ModelFrame>;
  readonly #last: LastFrames[];
  readonly #frameNumbers = new Map<number, number>();
  readonly #chains: number[] = [];
  #sequenceNumber: number;
  readonly #timestampBase: number;
  #sinceKey = 0;
  #keys = 0;
  #pictureId: number;
  #tl0PictureIndex: number;
  #frameNumber: number;

  /** `frames`: of all streams, by id; this one adds its own. */
  constructor(kind: ModelKind, encoding: number, spatialLayers: number, frames: Map<number, ModelFrame>, random: () => number) {
    this.#kind = kind;
    this.#encoding = encoding;
    this.#spatialLayers = spatialLayers;
    this.#random = random;
    this.#frames = frames;
    this.#last = Array.from({ length: spatialLayers }, () => []);
    const below = (limit: number) => Math.floor(random() * limit);
    this.#sequenceNumber = 1000 + below(100_000);
    this.#timestampBase = below(2 ** 32);
    this.#pictureId = below(0x8000);
    this.#tl0PictureIndex = below(0x100);
    this.#frameNumber = below(0x10000);
  }

  /** The packets of picture number `picture`. */
  picture(picture: number, isKey: boolean): PublishedPacket[] {
    if (isKey) {
      this.#sinceKey = 0;
      this.#keys++;
    }
    const temporalLayer = TEMPORAL_PATTERN[this.#sinceKey++ % 4] ?? 0;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    if (temporalLayer === 0) this.#tl0PictureIndex = (this.#tl0PictureIndex + 1) & 0xff;
    const timestamp = (this.#timestampBase + picture * TICKS_PER_PICTURE) >>> 0;
    const frames = Array.from({ length: this.#spatialLayers }, (_, spatialLayer) =>
      this.#frame(picture, isKey, spatialLayer, temporalLayer),
    );
    return frames.flatMap((frame) => this.#packets(frame, timestamp));
  }

  #frame(picture: number, isKey: boolean, spatialLayer: number, temporalLayer: number): ModelFrame {
    const last = this.#last[spatialLayer] ?? [];
    if (isKey) last.length = 0;
    const below = spatialLayer > 0 ? this.#last[spatialLayer - 1]?.[temporalLayer] : undefined;
    const isStacked = below !== undefined && (isKey || !this.#kind.endsWith("k-SVC"));
    const references = [...this.#earlier(last, temporalLayer), ...(isStacked ? [below.id] : [])];
    const frame: ModelFrame = {
      id: this.#frames.size,
      encoding: this.#encoding,
      picture,
      spatialLayer,
      temporalLayer,
      isKey,
      references,
      parts: 1 + Math.floor(this.#random() * 3),
    };
    this.#frames.set(frame.id, frame);
    last[temporalLayer] = frame;
    return frame;
  }

  /** What a frame refers to in its own layer. */
  #earlier(last: LastFrames, temporalLayer: number): number[] {
    if (temporalLayer === 0) return last[0] === undefined ? [] : [last[0].id];
    if (this.#kind.startsWith("VP8")) {
      // The base layer alone (a layer sync), or the last frame of each layer up to its own.
      const isSync = last[temporalLayer] === undefined || this.#random() < 0.4;
      return last.slice(0, isSync ? 1 : temporalLayer + 1).flatMap((frame) => frame?.id ?? []);
    }
    // Nothing from before the last frame of the base layer, as the dependency descriptor's indications promise.
    const base = last[0]?.picture ?? 0;
    const recent = last.slice(0, temporalLayer).filter((frame) => frame !== undefined && frame.picture >= base);
    const [newest] = recent.sort((a, b) => (b?.picture ?? 0) - (a?.picture ?? 0));
    return newest === undefined ? [] : [newest.id];
  }

  #packets(frame: ModelFrame, timestamp: number): PublishedPacket[] {
    this.#frameNumber = (this.#frameNumber + 1) & 0xffff;
    this.#frameNumbers.set(frame.id, this.#frameNumber);
    const chainDifferences = this.#passChains(frame);
    return Array.from({ length: frame.parts }, (_, part) => {
      const isFirst = part === 0;
      const isLast = part === frame.parts - 1;
      const descriptor = this.#descriptor(frame, isFirst, isLast, chainDifferences);
      return {
        ssrc: this.#encoding + 1,
        payloadType: 96,
        sequenceNumber: this.#sequenceNumber++,
        timestamp,
        isMarked: isLast && frame.spatialLayer === this.#spatialLayers - 1,
        payload: [...this.#payload(frame, isFirst, isLast), frame.id >> 16, (frame.id >> 8) & 0xff, frame.id & 0xff, part],
        ...(descriptor === undefined ? {} : { extensions: { [DESCRIPTOR_ID]: descriptor } }),
      };
    });
  }

  #payload(frame: ModelFrame, isFirst: boolean, isLast: boolean): number[] {
    const { temporalLayer, spatialLayer, isKey, references } = frame;
    const id = [0x80 | (this.#pictureId >> 8), this.#pictureId & 0xff];
    switch (this.#kind) {
      case "VP8": {
        const isSync = temporalLayer > 0 && references.length === 1;
        const layers = (temporalLayer << 6) | (isSync ? 0x20 : 0);
        return [isFirst ? 0x90 : 0x80, 0xe0, ...id, this.#tl0PictureIndex, layers, isKey ? 0 : 1];
      }
      case "VP8 described":
        // The descriptor stands for everything else (RTPSenderVideo, MinimizeDescriptor).
        return [isFirst ? 0x10 : 0x00, isKey ? 0 : 1];
      case "VP9":
      case "VP9 k-SVC": {
        const own = references.filter((reference) => this.#frames.get(reference)?.spatialLayer === spatialLayer);
        const isStacked = own.length < references.length;
        const isUnused = spatialLayer === this.#spatialLayers - 1 || (this.#kind === "VP9 k-SVC" && !isKey);
        const predicted = own.length > 0 ? 0x40 : 0;
        const first = 0xb0 | predicted | (isFirst ? 0x08 : 0) | (isLast ? 0x04 : 0) | (isUnused ? 0x01 : 0);
        const isSwitch = own.every((reference) => (this.#frames.get(reference)?.temporalLayer ?? 0) < temporalLayer);
        const layers = (temporalLayer << 5) | (isSwitch ? 0x10 : 0) | (spatialLayer << 1) | (isStacked ? 1 : 0);
        const differences = own.map((reference, index) => {
          const back = frame.picture - (this.#frames.get(reference)?.picture ?? 0);
          return (back << 1) | (index < own.length - 1 ? 1 : 0);
        });
        return [first, ...id, layers, ...differences];
      }
      case "AV1":
      case "AV1 k-SVC":
        return isKey && isFirst && spatialLayer === 0 ? [0x18, 0x0a, 0x01, 0x00, 0x32] : [isFirst ? 0x10 : 0x90, 0x32];
      case "H264":
        return isKey && isFirst ? [0x67, 0x42, 0xe0, 0x1f] : [0x41, isFirst ? 0x9a : 0x00];
    }
  }

  /** How many frames back the last frame of each chain was; this one may be the next. */
  #passChains(frame: ModelFrame): number[] {
    const { spatialLayer, temporalLayer, isKey } = frame;
    const isSvcKey = this.#kind.endsWith("k-SVC");
    return Array.from({ length: this.#spatialLayers }, (_, chain) => {
      if (isKey && spatialLayer === 0) this.#chains[chain] = -1;
      const last = this.#chains[chain] ?? -1;
      const isLink = temporalLayer === 0 && (isSvcKey && !isKey ? spatialLayer === chain : spatialLayer <= chain);
      if (isLink) this.#chains[chain] = this.#frameNumber;
      return last < 0 ? 0 : (this.#frameNumber - last) & 0xffff;
    });
  }

  #descriptor(
    frame: ModelFrame,
    isFrameStart: boolean,
    isFrameEnd: boolean,
    chainDifferences: readonly number[],
  ): number[] | undefined {
    const isDescribed = this.#kind.startsWith("AV1") || this.#kind === "H264" || this.#kind === "VP8 described";
    if (!isDescribed) return undefined;
    const isSvcKey = this.#kind.endsWith("k-SVC");
    const name = this.#spatialLayers === 1 ? "L1T3" : isSvcKey ? "L3T3_KEY" : "L3T3";
    // Another offset with each key frame, as libwebrtc has it, so that templates of the old structure are not mistaken for new ones.
    const structure = { ...SCALABILITY_STRUCTURES[name], templateIdOffset: (this.#keys * 16) % 64 };
    const { spatialLayer, temporalLayer, isKey } = frame;
    const template = structure.templates.findIndex((each) => {
      const { length, 0: first } = each.frameDifferences;
      const isKeyTemplate = spatialLayer === 0 ? length === 0 : length === 1 && first === 1;
      const isSame = each.spatialLayer === spatialLayer && each.temporalLayer === temporalLayer;
      return isSame && (temporalLayer > 0 || isKeyTemplate === isKey);
    });
    const number = this.#frameNumbers.get(frame.id) ?? 0;
    const frameDifferences = frame.references.map((id) => (number - (this.#frameNumbers.get(id) ?? 0)) & 0xffff);
    const hasStructure = isKey && isFrameStart;
    const more = { hasStructure, frameDifferences, chainDifferences, ...this.#exaggeration(temporalLayer) };
    return [...serializeDependencyDescriptor(structure, { isFrameStart, isFrameEnd, frameNumber: number, template, ...more })];
  }

  /** libwebrtc says of every frame of VP8 that it is a switch to all it is part of (RtpPayloadParams), whatever it refers to. */
  #exaggeration(temporalLayer: number): { indications?: number[] } {
    if (this.#kind !== "VP8 described") return {};
    return { indications: [0, 1, 2].map((target) => (target < temporalLayer ? DTI.notPresent : DTI.switch)) };
  }
}
