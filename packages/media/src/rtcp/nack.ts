import { createSection, RTCP_PACKET_TYPE, type RtcpSection, TRANSPORT_LAYER_FORMAT } from "./rtcp-section.js";

const SSRCS_BYTES = 8;
const ITEM_BYTES = 4;

/** Packets that the bitmask of one item can name behind its packet id. */
const BITMASK_PACKETS = 16;

/** Items read from one NACK; libwebrtc writes no more either. Each asks for up to 17 packets. */
export const MAX_NACK_ITEMS = 253;

/** Generic NACK (RFC 4585 §6.2.1). */
export interface Nack {
  readonly type: "nack";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** What is asked for again: 16-bit numbers, each once, in the order of the packet. */
  readonly sequenceNumbers: readonly number[];
}

/** By sequence number: which NACK named it last. A Set of 4,301 numbers takes ten times as long to fill. */
const lastNamedBy = new Uint32Array(0x1_0000);
/** NACKs read so far, modulo 2^32; the present one's mark in {@link lastNamedBy}. */
let parsed = 0;

/** More than {@link MAX_NACK_ITEMS} items are malformed, so that one packet asks for a bounded number. */
export function parseNack({ body }: RtcpSection): Nack | undefined {
  const itemBytes = body.byteLength - SSRCS_BYTES;
  if (itemBytes < ITEM_BYTES || itemBytes % ITEM_BYTES !== 0 || itemBytes > MAX_NACK_ITEMS * ITEM_BYTES) return undefined;
  const sequenceNumbers: number[] = [];
  if (++parsed > 0xffff_ffff) {
    parsed = 1;
    lastNamedBy.fill(0);
  }
  for (let offset = SSRCS_BYTES; offset < body.byteLength; offset += ITEM_BYTES) {
    const packetId = body.getUint16(offset);
    // The packet id itself, then what the bitmask names behind it.
    let named = (body.getUint16(offset + 2) << 1) | 1;
    for (let number = packetId; named !== 0; number = (number + 1) & 0xffff, named >>>= 1) {
      if ((named & 1) === 0 || lastNamedBy[number] === parsed) continue;
      lastNamedBy[number] = parsed;
      sequenceNumbers.push(number);
    }
  }
  return { type: "nack", senderSsrc: body.getUint32(0), mediaSsrc: body.getUint32(4), sequenceNumbers };
}

/** Ascending numbers (across the wrap too) are packed best. Throws RangeError when they need too many items. */
export function serializeNack(nack: Nack): Uint8Array {
  const items = packItems(nack.sequenceNumbers);
  if (items.length > MAX_NACK_ITEMS) throw new RangeError(`NACK of ${items.length} items`);
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.transportLayerFeedback,
    TRANSPORT_LAYER_FORMAT.nack,
    SSRCS_BYTES + items.length * ITEM_BYTES,
  );
  body.setUint32(0, nack.senderSsrc);
  body.setUint32(4, nack.mediaSsrc);
  for (const [index, item] of items.entries()) body.setUint32(SSRCS_BYTES + index * ITEM_BYTES, item);
  return bytes;
}

/** Items as 32-bit numbers: packet id in the upper half, bitmask of the 16 that follow in the lower. */
function packItems(sequenceNumbers: readonly number[]): number[] {
  const items: number[] = [];
  let packetId = 0;
  let bitmask = 0;
  for (const [index, sequenceNumber] of sequenceNumbers.entries()) {
    const distance = (sequenceNumber - packetId) & 0xffff;
    if (index > 0 && distance <= BITMASK_PACKETS) {
      if (distance > 0) bitmask |= 1 << (distance - 1);
      continue;
    }
    if (index > 0) items.push(((packetId << 16) | bitmask) >>> 0);
    packetId = sequenceNumber;
    bitmask = 0;
  }
  if (sequenceNumbers.length > 0) items.push(((packetId << 16) | bitmask) >>> 0);
  return items;
}
