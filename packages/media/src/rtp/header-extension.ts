import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "./rtp-header.js";

/** "defined by profile" value of a block of one-byte elements (RFC 8285 §4.2). */
export const ONE_BYTE_EXTENSION_PROFILE = 0xbede;

/** The same for two-byte elements; the low four bits are "appbits" and mean nothing here (RFC 8285 §4.3). */
export const TWO_BYTE_EXTENSION_PROFILE = 0x1000;

/**
 * Absolute offset of the data of the first element with this `id`, or -1. Its length is left in `header.elementBytes`
 * (1–16 in the one-byte form, 0–255 in the two-byte form). Elements behind a malformed one are not seen.
 */
export function findExtension(memory: PacketMemory, header: RtpHeader, id: number): number {
  header.elementBytes = 0;
  if (id < 1) return -1;
  if (header.extensionProfile === ONE_BYTE_EXTENSION_PROFILE) return findOneByteElement(memory.view, header, id);
  if ((header.extensionProfile & 0xfff0) === TWO_BYTE_EXTENSION_PROFILE) return findTwoByteElement(memory.view, header, id);
  return -1;
}

function findOneByteElement(view: DataView, header: RtpHeader, id: number): number {
  const end = header.extensionOffset + header.extensionBytes;
  let position = header.extensionOffset;
  while (position < end) {
    const first = view.getUint8(position++);
    if (first === 0) continue; // padding
    const elementId = first >>> 4;
    // 15 is reserved, and 0 must not have a length: both end the block (RFC 8285 §4.2).
    if (elementId === 15 || elementId === 0) return -1;
    const elementBytes = (first & 0x0f) + 1;
    if (position + elementBytes > end) return -1;
    if (elementId === id) {
      header.elementBytes = elementBytes;
      return position;
    }
    position += elementBytes;
  }
  return -1;
}

function findTwoByteElement(view: DataView, header: RtpHeader, id: number): number {
  const end = header.extensionOffset + header.extensionBytes;
  let position = header.extensionOffset;
  while (position < end) {
    const elementId = view.getUint8(position++);
    if (elementId === 0) continue; // padding: one byte, without a length
    if (position === end) return -1;
    const elementBytes = view.getUint8(position++);
    if (position + elementBytes > end) return -1;
    if (elementId === id) {
      header.elementBytes = elementBytes;
      return position;
    }
    position += elementBytes;
  }
  return -1;
}

/**
 * Client-to-mixer audio level (RFC 6464): 0 (loudest) to 127 (silence), in -dBov; -1 when the packet does not say.
 * The voice activity flag is left in `header.isVoice`.
 */
export function readAudioLevel(memory: PacketMemory, header: RtpHeader, id: number): number {
  header.isVoice = false;
  const offset = findExtension(memory, header, id);
  if (offset < 0 || header.elementBytes < 1) return -1;
  const byte = memory.view.getUint8(offset);
  header.isVoice = (byte & 0x80) !== 0;
  return byte & 0x7f;
}

/** Transport-wide sequence number, 16 bits (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2), or -1. */
export function readTransportWideSequenceNumber(memory: PacketMemory, header: RtpHeader, id: number): number {
  const offset = findExtension(memory, header, id);
  return offset < 0 || header.elementBytes < 2 ? -1 : memory.view.getUint16(offset);
}

/** Absolute send time: 24 bits, units of 2^-18 s, wraps every 64 s; or -1. */
export function readAbsoluteSendTime(memory: PacketMemory, header: RtpHeader, id: number): number {
  const offset = findExtension(memory, header, id);
  if (offset < 0 || header.elementBytes < 3) return -1;
  return (memory.view.getUint16(offset) << 8) | memory.view.getUint8(offset + 2);
}

/**
 * MID or RID of a packet (RFC 8843 §15, RFC 8852 §3), both ASCII; undefined when absent or empty. Makes a string, so it is
 * for a stream's first packets only.
 */
export function readTextExtension(memory: PacketMemory, header: RtpHeader, id: number): string | undefined {
  const offset = findExtension(memory, header, id);
  if (offset < 0) return undefined;
  let text = "";
  for (let index = 0; index < header.elementBytes; index++) {
    const code = memory.view.getUint8(offset + index);
    if (code === 0) break; // some senders pad with zeros
    if (code > 0x7f) return undefined;
    text += String.fromCharCode(code);
  }
  return text === "" ? undefined : text;
}
