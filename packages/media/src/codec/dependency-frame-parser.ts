import type { PacketMemory } from "../bytes/packet-memory.js";
import { findExtension } from "../rtp/header-extension.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import { DependencyDescriptorParser } from "./dependency-descriptor/dependency-descriptor-parser.js";
import type { DependencyInfo } from "./dependency-descriptor/dependency-info.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";

/**
 * Frames of any codec by the dependency descriptor in their header extension (AV1 RTP specification appendix A). What it says
 * goes before what the payload says, which may be encrypted end to end; packets without a descriptor, or with one that refers
 * to a structure not seen yet, are left to the codec's own parser.
 */
export class DependencyFrameParser implements FrameParser {
  readonly #descriptor = new DependencyDescriptorParser();
  readonly #extensionId: number;
  readonly #codec: FrameParser;
  readonly #hasPictureIds: boolean;

  /** @param hasPictureIds the payload has ids that are rewritten, so that it must be parsed in any case */
  constructor(extensionId: number, codec: FrameParser, hasPictureIds: boolean) {
    this.#extensionId = extensionId;
    this.#codec = codec;
    this.#hasPictureIds = hasPictureIds;
  }

  parse(memory: PacketMemory, header: RtpHeader, info: FrameInfo): boolean {
    const offset = findExtension(memory, header, this.#extensionId);
    if (offset < 0) return this.#codec.parse(memory, header, info);
    const result = this.#descriptor.parse(memory, offset, header.elementBytes, header.extendedSequenceNumber);
    if (result === "malformed") return false;
    if (result === "unresolved") return this.#codec.parse(memory, header, info);
    const dependency = this.#descriptor.info;
    if (this.#hasPictureIds) {
      if (!this.#codec.parse(memory, header, info)) return false;
    } else {
      info.reset();
      info.isInterPicturePredicted = !dependency.hasStructure;
    }
    describe(dependency, info);
    return true;
  }
}

function describe(dependency: DependencyInfo, info: FrameInfo): void {
  info.isFrameStart = dependency.isFrameStart;
  info.isFrameEnd = dependency.isFrameEnd;
  info.spatialLayer = dependency.spatialLayer;
  info.temporalLayer = dependency.temporalLayer;
  // libwebrtc sends the structure with each spatial layer of a key picture; only what refers to nothing can be started with.
  info.isKeyFrame = dependency.hasStructure && dependency.isFrameStart && dependency.frameDifferenceCount === 0;
  info.isTemporalSwitch = dependency.isTemporalSwitch;
  info.dependency = dependency;
}
