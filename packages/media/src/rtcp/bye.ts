import { createSection, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";
import { readText, textBytes, writeText } from "./rtcp-text.js";

/** BYE (RFC 3550 §6.6). */
export interface Bye {
  readonly type: "bye";
  /** At most 31. */
  readonly ssrcs: readonly number[];
  /** At most 255 characters. */
  readonly reason?: string;
}

export function parseBye({ count, body }: RtcpSection): Bye | undefined {
  const ssrcBytes = count * 4;
  if (ssrcBytes > body.byteLength) return undefined;
  const ssrcs = Array.from({ length: count }, (_, index) => body.getUint32(index * 4));
  if (ssrcBytes === body.byteLength) return { type: "bye", ssrcs };
  const length = body.getUint8(ssrcBytes);
  if (ssrcBytes + 1 + length > body.byteLength) return undefined;
  return { type: "bye", ssrcs, reason: readText(body, ssrcBytes + 1, length) };
}

export function serializeBye({ ssrcs, reason }: Bye): Uint8Array {
  const ssrcBytes = ssrcs.length * 4;
  // The reason is filled up with zeros; only its own length says where it ends.
  const reasonBytes = reason === undefined ? 0 : (1 + textBytes(reason) + 3) & ~3;
  const { bytes, body } = createSection(RTCP_PACKET_TYPE.bye, ssrcs.length, ssrcBytes + reasonBytes);
  for (const [index, ssrc] of ssrcs.entries()) body.setUint32(index * 4, ssrc);
  if (reason !== undefined) {
    body.setUint8(ssrcBytes, textBytes(reason));
    writeText(body, ssrcBytes + 1, reason);
  }
  return bytes;
}
