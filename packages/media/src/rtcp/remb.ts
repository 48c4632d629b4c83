import { createSection, PAYLOAD_SPECIFIC_FORMAT, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

/** "REMB" in ASCII. */
const IDENTIFIER = 0x5245_4d42;
const FIXED_BYTES = 16;
const MAX_MANTISSA = 2 ** 18 - 1;

/** Receiver Estimated Maximum Bitrate (draft-alvestrand-rmcat-remb-03 §2.2). */
export interface Remb {
  readonly type: "remb";
  readonly senderSsrc: number;
  /**
   * 0 to 2^53 − 1. The wire can say up to 2^81, which means no limit and is cut to that; it has 18 significant bits, so
   * writing rounds down.
   */
  readonly bitrateBps: number;
  /** The streams that share it; at most 255. */
  readonly ssrcs: readonly number[];
}

/** Whether this application layer feedback is a REMB at all. */
export function isRemb({ body }: RtcpSection): boolean {
  return body.byteLength >= FIXED_BYTES && body.getUint32(8) === IDENTIFIER;
}

export function parseRemb({ body }: RtcpSection): Remb | undefined {
  const ssrcCount = body.getUint8(12);
  if (FIXED_BYTES + ssrcCount * 4 > body.byteLength) return undefined;
  const word = body.getUint32(12);
  const exponent = (word >>> 18) & 0x3f;
  const mantissa = word & MAX_MANTISSA;
  return {
    type: "remb",
    senderSsrc: body.getUint32(0),
    bitrateBps: Math.min(mantissa * 2 ** exponent, Number.MAX_SAFE_INTEGER),
    ssrcs: Array.from({ length: ssrcCount }, (_, index) => body.getUint32(FIXED_BYTES + index * 4)),
  };
}

export function serializeRemb(remb: Remb): Uint8Array {
  if (remb.ssrcs.length > 0xff) throw new RangeError(`REMB for ${remb.ssrcs.length} streams`);
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.payloadSpecificFeedback,
    PAYLOAD_SPECIFIC_FORMAT.applicationLayer,
    FIXED_BYTES + remb.ssrcs.length * 4,
  );
  let mantissa = Math.floor(remb.bitrateBps);
  let exponent = 0;
  while (mantissa > MAX_MANTISSA) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  body.setUint32(0, remb.senderSsrc);
  body.setUint32(8, IDENTIFIER);
  body.setUint32(12, ((remb.ssrcs.length << 24) | (exponent << 18) | mantissa) >>> 0);
  for (const [index, ssrc] of remb.ssrcs.entries()) body.setUint32(FIXED_BYTES + index * 4, ssrc);
  return bytes;
}
