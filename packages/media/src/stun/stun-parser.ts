import { asciiText } from "./ascii.js";
import { FINGERPRINT_BYTES, fingerprint } from "./fingerprint.js";
import { MESSAGE_INTEGRITY_BYTES } from "./message-integrity.js";
import {
  decodeMessageType,
  MAX_STUN_ATTRIBUTES,
  MAX_STUN_BYTES,
  MAX_STUN_TEXT_BYTES,
  MAX_USERNAME_BYTES,
  STUN_ATTRIBUTE,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  type StunAttributes,
  type StunError,
  type StunMessage,
} from "./stun-message.js";
import { parseXorAddress } from "./xor-address.js";

type MutableAttributes = { -readonly [Key in keyof StunAttributes]: StunAttributes[Key] };

/**
 * Parses one datagram as a STUN message (RFC 8489 §5, §14).
 *
 * `undefined` for anything malformed: wrong cookie or length, an attribute that overruns, a known attribute of the wrong
 * size, MESSAGE-INTEGRITY twice, anything behind FINGERPRINT, a wrong FINGERPRINT, too many attributes. What follows
 * MESSAGE-INTEGRITY is not covered by it and therefore ignored (§14.5); of an attribute that repeats, the first counts (§14).
 * The result owns all of its memory: the datagram may be overwritten afterwards.
 */
export function parseStun(bytes: Uint8Array): StunMessage | undefined {
  if (bytes.length < STUN_HEADER_BYTES || bytes.length > MAX_STUN_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint16(0);
  const length = view.getUint16(2);
  if (type > 0x3fff || view.getUint32(4) !== STUN_MAGIC_COOKIE) return undefined;
  if (length !== bytes.length - STUN_HEADER_BYTES || length % 4 !== 0) return undefined;

  const transactionId = bytes.slice(8, STUN_HEADER_BYTES);
  const attributes: MutableAttributes = {};
  const unknownRequired: number[] = [];
  let integrityOffset: number | undefined;
  let hasFingerprint = false;
  let count = 0;
  for (let offset = STUN_HEADER_BYTES; offset < bytes.length; ) {
    if (hasFingerprint || ++count > MAX_STUN_ATTRIBUTES) return undefined;
    const attributeType = view.getUint16(offset);
    const end = offset + 4 + view.getUint16(offset + 2);
    if (end > bytes.length) return undefined;
    if (attributeType === STUN_ATTRIBUTE.messageIntegrity) {
      if (integrityOffset !== undefined || end - offset !== MESSAGE_INTEGRITY_BYTES) return undefined;
      integrityOffset = offset;
    } else if (attributeType === STUN_ATTRIBUTE.fingerprint) {
      if (end - offset !== FINGERPRINT_BYTES || fingerprint(bytes, offset) !== view.getUint32(offset + 4)) return undefined;
      hasFingerprint = true;
    } else if (integrityOffset === undefined) {
      const verdict = readAttribute(attributes, attributeType, view, offset + 4, end);
      if (verdict === "malformed") return undefined;
      if (verdict === "unknown" && attributeType < 0x8000) unknownRequired.push(attributeType);
    }
    // The length is a multiple of 4 and every attribute is padded to one, so a header always fits where an attribute starts.
    offset = (end + 3) & ~3;
  }
  const { class: messageClass, method } = decodeMessageType(type);
  return { class: messageClass, method, transactionId, attributes, unknownRequired, integrityOffset, hasFingerprint };
}

/** Reads the attribute whose value is at `[start, end)` into `attributes`, unless one of its type is there already. */
function readAttribute(
  attributes: MutableAttributes,
  type: number,
  view: DataView,
  start: number,
  end: number,
): "read" | "malformed" | "unknown" {
  const length = end - start;
  switch (type) {
    case STUN_ATTRIBUTE.mappedAddress:
      // Understood and of no use: XOR-MAPPED-ADDRESS says the same and survives address-rewriting boxes.
      return "read";
    case STUN_ATTRIBUTE.username:
      if (length > MAX_USERNAME_BYTES) return "malformed";
      attributes.username ??= asciiText(bytesOf(view), start, end);
      return "read";
    case STUN_ATTRIBUTE.xorMappedAddress: {
      const bytes = bytesOf(view);
      const address = parseXorAddress(bytes.subarray(start, end), bytes.subarray(8, STUN_HEADER_BYTES));
      if (address === undefined) return "malformed";
      attributes.xorMappedAddress ??= address;
      return "read";
    }
    case STUN_ATTRIBUTE.priority:
      if (length !== 4) return "malformed";
      attributes.priority ??= view.getUint32(start);
      return "read";
    case STUN_ATTRIBUTE.useCandidate:
      if (length !== 0) return "malformed";
      attributes.useCandidate = true;
      return "read";
    case STUN_ATTRIBUTE.iceControlling:
      if (length !== 8) return "malformed";
      attributes.iceControlling ??= view.getBigUint64(start);
      return "read";
    case STUN_ATTRIBUTE.iceControlled:
      if (length !== 8) return "malformed";
      attributes.iceControlled ??= view.getBigUint64(start);
      return "read";
    case STUN_ATTRIBUTE.errorCode: {
      const error = parseError(view, start, end);
      if (error === undefined) return "malformed";
      attributes.errorCode ??= error;
      return "read";
    }
    case STUN_ATTRIBUTE.unknownAttributes:
      if (length % 2 !== 0) return "malformed";
      attributes.unknownAttributes ??= Array.from({ length: length / 2 }, (_, index) => view.getUint16(start + index * 2));
      return "read";
    case STUN_ATTRIBUTE.software:
      if (length > MAX_STUN_TEXT_BYTES) return "malformed";
      attributes.software ??= asciiText(bytesOf(view), start, end);
      return "read";
    default:
      return "unknown";
  }
}

/** RFC 8489 §14.8: 21 reserved bits, 3 bits of class (3–6), 8 bits of number (0–99), the reason phrase. */
function parseError(view: DataView, start: number, end: number): StunError | undefined {
  if (end - start < 4 || end - start > 4 + MAX_STUN_TEXT_BYTES) return undefined;
  const hundreds = view.getUint8(start + 2) & 7;
  const number = view.getUint8(start + 3);
  if (hundreds < 3 || hundreds > 6 || number > 99) return undefined;
  return { code: hundreds * 100 + number, reason: asciiText(bytesOf(view), start + 4, end) };
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
