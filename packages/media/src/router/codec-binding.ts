import type { RtpCodec, RtpParameters } from "../rtp/rtp-parameters.js";
import { CodecIndex, isRtx } from "../sdp/codec-matching.js";

/** What a payload type of a publisher means. */
export interface CodecBinding {
  readonly codec: RtpCodec;
  readonly clockRate: number;
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
      associatedPayloadType: isRtx(codec) ? Number(codec.parameters.apt) : undefined,
    };
  }
  return bindings;
}

/**
 * The receiver's payload type for each of the publisher's; -1 where the receiver cannot take it. Redundant audio (RFC 2198) for
 * a receiver without it gets the payload type of what it carries: see {@link findUnwrapped}.
 */
export function mapPayloadTypes(publisher: readonly RtpCodec[], receiver: readonly RtpCodec[]): Int16Array {
  const map = new Int16Array(128).fill(-1);
  const index = new CodecIndex(receiver);
  for (const codec of publisher) {
    if (isRtx(codec) || !(codec.payloadType >= 0 && codec.payloadType < 128)) continue;
    const match = index.find(codec) ?? carriedBy(codec, publisher, index);
    if (match !== undefined) map[codec.payloadType] = match.payloadType;
  }
  return map;
}

/** 1 for each of the publisher's payload types that is RED which the receiver must get unwrapped. */
export function findUnwrapped(publisher: readonly RtpCodec[], receiver: readonly RtpCodec[]): Uint8Array {
  const found = new Uint8Array(128);
  const index = new CodecIndex(receiver);
  for (const codec of publisher) {
    if (index.find(codec) === undefined && carriedBy(codec, publisher, index) !== undefined) found[codec.payloadType] = 1;
  }
  return found;
}

/** The receiver's codec for the primary block of RED, which its fmtp line names first: "111/111" (RFC 2198 §5). */
function carriedBy(red: RtpCodec, publisher: readonly RtpCodec[], receiver: CodecIndex): RtpCodec | undefined {
  if (red.name.toLowerCase() !== "red") return undefined;
  const primary = Number.parseInt(red.parameters[""] ?? "", 10);
  const carried = publisher.find(({ payloadType, name }) => payloadType === primary && name.toLowerCase() !== "red");
  return carried && receiver.find(carried);
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
