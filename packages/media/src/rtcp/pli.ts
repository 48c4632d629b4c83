import { createSection, PAYLOAD_SPECIFIC_FORMAT, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

const SSRCS_BYTES = 8;

/** Picture Loss Indication (RFC 4585 §6.3.1): asks for a keyframe. */
export interface Pli {
  readonly type: "pli";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

export function parsePli({ body }: RtcpSection): Pli | undefined {
  if (body.byteLength < SSRCS_BYTES) return undefined;
  return { type: "pli", senderSsrc: body.getUint32(0), mediaSsrc: body.getUint32(4) };
}

export function serializePli(pli: Pli): Uint8Array {
  const { bytes, body } = createSection(RTCP_PACKET_TYPE.payloadSpecificFeedback, PAYLOAD_SPECIFIC_FORMAT.pli, SSRCS_BYTES);
  body.setUint32(0, pli.senderSsrc);
  body.setUint32(4, pli.mediaSsrc);
  return bytes;
}
