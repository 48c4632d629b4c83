import { Av1FrameParser } from "./av1-frame-parser.js";
import { DependencyFrameParser } from "./dependency-frame-parser.js";
import type { FrameParser } from "./frame-info.js";
import { H264FrameParser } from "./h264-frame-parser.js";
import { OpaqueFrameParser } from "./opaque-frame-parser.js";
import { Vp8FrameParser } from "./vp8-frame-parser.js";
import { Vp9FrameParser } from "./vp9-frame-parser.js";

/**
 * A parser for one RTP stream of a video codec, by its encoding name, compared without case. Packets are to be parsed in the
 * order of their arrival, late and retransmitted ones too.
 *
 * @param dependencyDescriptorId header extension id of the dependency descriptor, 1–255; 0 when none was negotiated
 */
export function createFrameParser(codecName: string, dependencyDescriptorId: number): FrameParser {
  const name = codecName.toUpperCase();
  const codec = createPayloadParser(name);
  if (dependencyDescriptorId === 0) return codec;
  return new DependencyFrameParser(dependencyDescriptorId, codec, name === "VP8" || name === "VP9");
}

function createPayloadParser(name: string): FrameParser {
  switch (name) {
    case "VP8":
      return new Vp8FrameParser();
    case "VP9":
      return new Vp9FrameParser();
    case "H264":
      return new H264FrameParser();
    case "AV1":
      return new Av1FrameParser();
    default:
      return new OpaqueFrameParser();
  }
}
