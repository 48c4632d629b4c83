import type { MediaPacket } from "../media-packet.js";
import type { Producer } from "../producer.js";
import { DependencyFilter } from "./dependency-filter.js";
import type { LayerFilter } from "./layer-filter.js";
import { PlainFilter } from "./plain-filter.js";
import type { SentIds } from "./sent-ids.js";
import { Vp8Filter } from "./vp8-filter.js";
import { Vp9Filter } from "./vp9-filter.js";

/** Whether its payload tells the spatial layers of a stream apart: VP9 does (RFC 9628); frames of AV1 begin and end alike in all. */
export function tellsSpatialLayers({ header }: MediaPacket, producer: Producer): boolean {
  return codecName(header.payloadType, producer) === "VP9";
}

/** The filter for the stream whose key frame begins in `packet`. */
export function createLayerFilter({ header, frame }: MediaPacket, producer: Producer, ids: SentIds): LayerFilter {
  const { isSimulcast } = producer.layers;
  const name = codecName(header.payloadType, producer);
  // VP8's receivers go by its picture ids, which only its own filter keeps without gaps. libwebrtc leaves them out, with all else
  // that the payload could say, where the dependency descriptor was agreed on (RTPSenderVideo, MinimizeDescriptor).
  if (name === "VP8" && (frame.pictureId >= 0 || frame.dependency === undefined)) return new Vp8Filter(ids);
  if (frame.dependency?.structure !== undefined) return new DependencyFilter(ids, isSimulcast);
  return name === "VP9" ? new Vp9Filter(ids, isSimulcast) : new PlainFilter();
}

function codecName(payloadType: number, producer: Producer): string | undefined {
  return producer.bindingFor(payloadType)?.codec.name.toUpperCase();
}
