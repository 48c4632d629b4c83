/** Bytes of the header that every packet of a compound starts with (RFC 3550 §6.4). */
export const RTCP_HEADER_BYTES = 4;

/** Largest value of the 5-bit count field. */
export const MAX_RTCP_COUNT = 31;

/** Packet types (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2). */
export const RTCP_PACKET_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportLayerFeedback: 205,
  payloadSpecificFeedback: 206,
  extendedReport: 207,
} as const;

/** Feedback message types, in the count field (RFC 4585 §6.2, §6.3, RFC 5104 §4.3.1, draft-holmer-rmcat-transport-wide-cc). */
export const TRANSPORT_LAYER_FORMAT = { nack: 1, transportFeedback: 15 } as const;
export const PAYLOAD_SPECIFIC_FORMAT = { pli: 1, fir: 4, applicationLayer: 15 } as const;

/** One packet of a compound, header read and padding taken off. */
export interface RtcpSection {
  readonly packetType: number;
  /** The 5 bits behind version and padding: a count, or a feedback message type. */
  readonly count: number;
  /** What follows the header. */
  readonly body: DataView;
}

/** The section at `offset`, or undefined when it is malformed; it ends where the header says, which is inside `view`. */
export function parseSection(view: DataView, offset: number): RtcpSection | undefined {
  if (offset + RTCP_HEADER_BYTES > view.byteLength) return undefined;
  const first = view.getUint8(offset);
  if (first >>> 6 !== 2) return undefined;
  const bodyOffset = offset + RTCP_HEADER_BYTES;
  let bodyBytes = view.getUint16(offset + 2) * 4;
  if (bodyOffset + bodyBytes > view.byteLength) return undefined;
  if ((first & 0x20) !== 0) {
    if (bodyBytes === 0) return undefined;
    const paddingBytes = view.getUint8(bodyOffset + bodyBytes - 1);
    if (paddingBytes === 0 || paddingBytes > bodyBytes) return undefined;
    bodyBytes -= paddingBytes;
  }
  return {
    packetType: view.getUint8(offset + 1),
    count: first & 0x1f,
    body: new DataView(view.buffer, view.byteOffset + bodyOffset, bodyBytes),
  };
}

/** Bytes of the section at `offset`, header and padding included. Only for one that {@link parseSection} accepted. */
export function sectionBytes(view: DataView, offset: number): number {
  return (view.getUint16(offset + 2) + 1) * 4;
}

/**
 * A packet with its header written and `bodyBytes` of zeros to fill; a body that is no multiple of 4 is padded as RFC 3550
 * §6.4.1 has it. Throws RangeError when count or length have no place in the header: the caller's mistake.
 */
export function createSection(
  packetType: number,
  count: number,
  bodyBytes: number,
): { readonly bytes: Uint8Array; readonly body: DataView } {
  const paddingBytes = -bodyBytes & 3;
  const words = (bodyBytes + paddingBytes) / 4;
  if (count > MAX_RTCP_COUNT || words > 0xffff) throw new RangeError(`RTCP packet of ${count} entries, ${words} words`);
  const bytes = new Uint8Array(RTCP_HEADER_BYTES + bodyBytes + paddingBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | (paddingBytes > 0 ? 0x20 : 0) | count);
  view.setUint8(1, packetType);
  view.setUint16(2, words);
  if (paddingBytes > 0) view.setUint8(bytes.length - 1, paddingBytes);
  return { bytes, body: new DataView(bytes.buffer, RTCP_HEADER_BYTES, bodyBytes) };
}
