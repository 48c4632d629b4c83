import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";

/** Bytes of the fixed part of an RTP header (RFC 3550 §5.1). */
export const RTP_FIXED_HEADER_BYTES = 12;

/**
 * One RTP header (RFC 3550 §5.1) as numbers, filled in place by {@link parseRtpHeader} so that one object serves every packet.
 * Offsets are absolute in the packet memory.
 */
export class RtpHeader {
  /** 0–127. */
  payloadType = 0;
  marker = false;
  /** 16 bits, as on the wire. */
  sequenceNumber = 0;
  /** 32 bits unsigned, in units of the codec's clock rate. */
  timestamp = 0;
  /** 32 bits unsigned. */
  ssrc = 0;
  /** Fixed header, CSRC list and extension block together. */
  headerBytes = 0;
  /** The first extension element; 0 when there is no extension block. */
  extensionOffset = 0;
  /** Of the extension elements, their 4-byte block header not counted. */
  extensionBytes = 0;
  /** 0xBEDE: one-byte elements; 0x1000–0x100F: two-byte elements (RFC 8285); 0: no block; others cannot be read. */
  extensionProfile = 0;
  /** The P bit. The padding still counts in {@link payloadBytes} until {@link trimRtpPadding} has taken it off. */
  hasPadding = false;
  payloadOffset = 0;
  /** What follows the header: with the authentication tag until SRTP took it off, with padding until that was trimmed. */
  payloadBytes = 0;
  /** Rollover counter × 65536 + sequence number. Set by SRTP when the packet proved authentic, 0 before. */
  extendedSequenceNumber = 0;
  /** Length of the element that findExtension found last. */
  elementBytes = 0;
  /** The voice activity flag (RFC 6464) that readAudioLevel found last. */
  isVoice = false;
}

/**
 * Reads the header of the packet `[offset, offset + sizeBytes)`. False when it is malformed: not version 2, longer than
 * {@link MAX_RTP_BYTES}, or a CSRC list or extension block that leaves the packet; `into` is then undefined. Nothing outside
 * the packet is read. A packet without payload is well-formed.
 */
export function parseRtpHeader(memory: PacketMemory, offset: number, sizeBytes: number, into: RtpHeader): boolean {
  if (sizeBytes < RTP_FIXED_HEADER_BYTES || sizeBytes > MAX_RTP_BYTES) return false;
  if (offset < 0 || offset + sizeBytes > memory.bytes.length) return false;
  const view = memory.view;
  const first = view.getUint8(offset);
  if (first >>> 6 !== 2) return false;

  let headerBytes = RTP_FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  let extensionOffset = 0;
  let extensionBytes = 0;
  let extensionProfile = 0;
  if ((first & 0x10) !== 0) {
    if (headerBytes + 4 > sizeBytes) return false;
    extensionProfile = view.getUint16(offset + headerBytes);
    extensionBytes = view.getUint16(offset + headerBytes + 2) * 4;
    headerBytes += 4;
    extensionOffset = offset + headerBytes;
    headerBytes += extensionBytes;
  }
  if (headerBytes > sizeBytes) return false;

  const second = view.getUint8(offset + 1);
  into.payloadType = second & 0x7f;
  into.marker = (second & 0x80) !== 0;
  into.sequenceNumber = view.getUint16(offset + 2);
  into.timestamp = view.getUint32(offset + 4);
  into.ssrc = view.getUint32(offset + 8);
  into.headerBytes = headerBytes;
  into.extensionOffset = extensionOffset;
  into.extensionBytes = extensionBytes;
  into.extensionProfile = extensionProfile;
  into.hasPadding = (first & 0x20) !== 0;
  into.payloadOffset = offset + headerBytes;
  into.payloadBytes = sizeBytes - headerBytes;
  into.extendedSequenceNumber = 0;
  into.elementBytes = 0;
  into.isVoice = false;
  return true;
}

/**
 * Takes the padding of a decrypted packet off `header.payloadBytes`; `sizeBytes` is the packet's plain length. False when the
 * count is 0 or larger than the payload (RFC 3550 §5.1). The P bit in memory stays: whoever sends the packet on writes a new
 * header. A packet of nothing but padding is well-formed and ends with 0 payload bytes.
 */
export function trimRtpPadding(memory: PacketMemory, offset: number, sizeBytes: number, header: RtpHeader): boolean {
  const payloadBytes = offset + sizeBytes - header.payloadOffset;
  if (payloadBytes < 0) return false;
  header.payloadBytes = payloadBytes;
  if (!header.hasPadding) return true;
  if (payloadBytes === 0) return false;
  const paddingBytes = memory.view.getUint8(offset + sizeBytes - 1);
  if (paddingBytes === 0 || paddingBytes > payloadBytes) return false;
  header.payloadBytes = payloadBytes - paddingBytes;
  return true;
}

/**
 * Whether a datagram in the RTP range of RFC 7983 is RTCP: packet types 192–223 (RFC 5761 §4, RFC 7983 §7). Such a second
 * byte in RTP would be a marked packet of payload type 64–95, which multiplexed sessions must not use.
 */
export function isRtcp(memory: PacketMemory, offset: number, sizeBytes: number): boolean {
  if (sizeBytes < 2) return false;
  const packetType = memory.view.getUint8(offset + 1);
  return packetType >= 192 && packetType <= 223;
}
