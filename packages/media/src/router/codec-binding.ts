import { type KeyFrameDetector, keyFrameDetector } from "../codec/key-frame-detector.js";
import type { RtpCodec, RtpParameters } from "../rtp/rtp-parameters.js";
import { CodecIndex, isRtx } from "../sdp/codec-matching.js";

/** What a payload type of a publisher means. */
export interface CodecBinding {
  readonly codec: RtpCodec;
  readonly clockRate: number;
  /** True for packets in which a key frame begins. Undefined where every packet can be decoded by itself (audio). */
  readonly isKeyFrame: KeyFrameDetector | undefined;
  /** For rtx: the payload type whose packets it carries (RFC 4588 §8.6). */
  readonly associatedPayloadType: number | undefined;
}

/** Bindings by payload type, 128 entries, `undefined` where none was negotiated. */
export function bindCodecs(parameters: RtpParameters): readonly (CodecBinding | undefined)[] {
  const bindings: (CodecBinding | undefined)[] = new Array(128).fill(undefined);
  for (const codec of parameters.codecs) {
    if (!(codec.payloadType >= 0 && codec.payloadType < 128)) continue;
    bindings[codec.payloadType] = {
      codec,
      clockRate: codec.clockRate,
      isKeyFrame: parameters.kind === "video" ? keyFrameDetector(codec.name) : undefined,
      associatedPayloadType: isRtx(codec) ? Number(codec.parameters.apt) : undefined,
    };
  }
  return bindings;
}

/** The receiver's payload type for each of the publisher's; -1 where the receiver cannot take it. */
export function mapPayloadTypes(publisher: readonly RtpCodec[], receiver: readonly RtpCodec[]): Int16Array {
  const map = new Int16Array(128).fill(-1);
  const index = new CodecIndex(receiver);
  for (const codec of publisher) {
    if (isRtx(codec) || !(codec.payloadType >= 0 && codec.payloadType < 128)) continue;
    const match = index.find(codec);
    if (match !== undefined) map[codec.payloadType] = match.payloadType;
  }
  return map;
}

/** The receiver's RTX payload type for each of its media payload types; -1 where it has none. */
export function mapRtxPayloadTypes(receiver: readonly RtpCodec[]): Int16Array {
  const map = new Int16Array(128).fill(-1);
  for (const codec of receiver) {
    const apt = Number(codec.parameters.apt);
    if (isRtx(codec) && apt >= 0 && apt < 128) map[apt] = codec.payloadType;
  }
  return map;
}
