import type { CryptoPort } from "../crypto/crypto-port.js";
import { asciiBytes } from "./ascii.js";
import { FINGERPRINT_BYTES, fingerprint } from "./fingerprint.js";
import { MESSAGE_INTEGRITY_BYTES, messageIntegrity } from "./message-integrity.js";
import {
  encodeMessageType,
  STUN_ATTRIBUTE,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  type StunAttributes,
  type StunContent,
  type StunError,
} from "./stun-message.js";
import { serializeXorAddress } from "./xor-address.js";

/** What MESSAGE-INTEGRITY is made with. */
export interface StunSigner {
  /** Bytes of the password (short-term credentials, RFC 8489 §9.1). */
  readonly key: Uint8Array;
  readonly crypto: Pick<CryptoPort, "hmacSha1">;
}

/**
 * One message as a datagram of its own, always with FINGERPRINT, and with MESSAGE-INTEGRITY when there is a `signer`.
 * The content is ours: text that is not ASCII or an address that is none throws RangeError.
 */
export function serializeStun(content: StunContent, signer?: StunSigner): Uint8Array {
  const attributes = serializeAttributes(content.attributes, content.transactionId);
  const integrityOffset = attributes.reduce((offset, { value }) => offset + paddedSize(value), STUN_HEADER_BYTES);
  const fingerprintOffset = integrityOffset + (signer === undefined ? 0 : MESSAGE_INTEGRITY_BYTES);
  const bytes = new Uint8Array(fingerprintOffset + FINGERPRINT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, encodeMessageType(content.class, content.method));
  view.setUint16(2, bytes.length - STUN_HEADER_BYTES);
  view.setUint32(4, STUN_MAGIC_COOKIE);
  bytes.set(content.transactionId, 8);

  let offset = STUN_HEADER_BYTES;
  for (const attribute of attributes) {
    write(bytes, view, offset, attribute);
    offset += paddedSize(attribute.value);
  }
  if (signer !== undefined) {
    const value = messageIntegrity(bytes, integrityOffset, signer.key, signer.crypto);
    write(bytes, view, integrityOffset, { type: STUN_ATTRIBUTE.messageIntegrity, value });
  }
  const value = uint32(fingerprint(bytes, fingerprintOffset));
  write(bytes, view, fingerprintOffset, { type: STUN_ATTRIBUTE.fingerprint, value });
  return bytes;
}

interface RawAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** With its header, and padded to a multiple of four (RFC 8489 §14). */
function paddedSize(value: Uint8Array): number {
  return 4 + ((value.length + 3) & ~3);
}

function write(bytes: Uint8Array, view: DataView, offset: number, attribute: RawAttribute): void {
  view.setUint16(offset, attribute.type);
  view.setUint16(offset + 2, attribute.value.length);
  bytes.set(attribute.value, offset + 4);
}

function serializeAttributes(attributes: StunAttributes, transactionId: Uint8Array): RawAttribute[] {
  const raw: RawAttribute[] = [];
  const add = (type: number, value: Uint8Array) => raw.push({ type, value });
  const { username, xorMappedAddress, priority, iceControlling, iceControlled, errorCode, unknownAttributes, software } =
    attributes;
  if (software !== undefined) add(STUN_ATTRIBUTE.software, asciiBytes(software));
  if (username !== undefined) add(STUN_ATTRIBUTE.username, asciiBytes(username));
  if (priority !== undefined) add(STUN_ATTRIBUTE.priority, uint32(priority));
  if (iceControlling !== undefined) add(STUN_ATTRIBUTE.iceControlling, uint64(iceControlling));
  if (iceControlled !== undefined) add(STUN_ATTRIBUTE.iceControlled, uint64(iceControlled));
  if (attributes.useCandidate) add(STUN_ATTRIBUTE.useCandidate, new Uint8Array(0));
  if (xorMappedAddress !== undefined)
    add(STUN_ATTRIBUTE.xorMappedAddress, serializeXorAddress(xorMappedAddress, transactionId));
  if (errorCode !== undefined) add(STUN_ATTRIBUTE.errorCode, serializeError(errorCode));
  if (unknownAttributes !== undefined) {
    add(STUN_ATTRIBUTE.unknownAttributes, Uint8Array.from(unknownAttributes.flatMap((type) => [type >> 8, type & 0xff])));
  }
  return raw;
}

function serializeError(error: StunError): Uint8Array {
  const reason = asciiBytes(error.reason);
  const value = new Uint8Array(4 + reason.length);
  value[2] = Math.floor(error.code / 100);
  value[3] = error.code % 100;
  value.set(reason, 4);
  return value;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}
