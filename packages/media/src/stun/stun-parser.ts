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
      const verdict = readAttribute(attributes, attributeType, bytes.subarray(offset + 4, end), transactionId);
      if (verdict === "malformed") return undefined;
      if (verdict === "unknown" && attributeType < 0x8000) unknownRequired.push(attributeType);
    }
    // The length is a multiple of 4 and every attribute is padded to one, so a header always fits where an attribute starts.
    offset = (end + 3) & ~3;
  }
  return { ...decodeMessageType(type), transactionId, attributes, unknownRequired, integrityOffset, hasFingerprint };
}

/** Reads one attribute into `attributes`, unless it is there already. */
function readAttribute(
  attributes: MutableAttributes,
  type: number,
  value: Uint8Array,
  transactionId: Uint8Array,
): "read" | "malformed" | "unknown" {
  const { length } = value;
  switch (type) {
    case STUN_ATTRIBUTE.mappedAddress:
      // Understood and of no use: XOR-MAPPED-ADDRESS says the same and survives address-rewriting boxes.
      return "read";
    case STUN_ATTRIBUTE.username:
      if (length > MAX_USERNAME_BYTES) return "malformed";
      attributes.username ??= asciiText(value, 0, length);
      return "read";
    case STUN_ATTRIBUTE.xorMappedAddress: {
      const address = parseXorAddress(value, transactionId);
      if (address === undefined) return "malformed";
      attributes.xorMappedAddress ??= address;
      return "read";
    }
    case STUN_ATTRIBUTE.priority:
      if (length !== 4) return "malformed";
      attributes.priority ??= viewOf(value).getUint32(0);
      return "read";
    case STUN_ATTRIBUTE.useCandidate:
      if (length !== 0) return "malformed";
      attributes.useCandidate = true;
      return "read";
    case STUN_ATTRIBUTE.iceControlling:
      if (length !== 8) return "malformed";
      attributes.iceControlling ??= viewOf(value).getBigUint64(0);
      return "read";
    case STUN_ATTRIBUTE.iceControlled:
      if (length !== 8) return "malformed";
      attributes.iceControlled ??= viewOf(value).getBigUint64(0);
      return "read";
    case STUN_ATTRIBUTE.errorCode: {
      const error = parseError(value);
      if (error === undefined) return "malformed";
      attributes.errorCode ??= error;
      return "read";
    }
    case STUN_ATTRIBUTE.unknownAttributes:
      if (length % 2 !== 0) return "malformed";
      attributes.unknownAttributes ??= parseTypes(value);
      return "read";
    case STUN_ATTRIBUTE.software:
      if (length > MAX_STUN_TEXT_BYTES) return "malformed";
      attributes.software ??= asciiText(value, 0, length);
      return "read";
    default:
      return "unknown";
  }
}

/** RFC 8489 §14.8: 21 reserved bits, 3 bits of class (3–6), 8 bits of number (0–99), the reason phrase. */
function parseError(value: Uint8Array): StunError | undefined {
  if (value.length < 4 || value.length > 4 + MAX_STUN_TEXT_BYTES) return undefined;
  const hundreds = (value[2] as number) & 7;
  const number = value[3] as number;
  if (hundreds < 3 || hundreds > 6 || number > 99) return undefined;
  return { code: hundreds * 100 + number, reason: asciiText(value, 4, value.length) };
}

function parseTypes(value: Uint8Array): number[] {
  const view = viewOf(value);
  return Array.from({ length: value.length / 2 }, (_, index) => view.getUint16(index * 2));
}

function viewOf(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.length);
}
