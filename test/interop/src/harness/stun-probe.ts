import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;
const FINGERPRINT_BYTES = 8;

/** STUN message types (RFC 8489 §5). */
export const BINDING_REQUEST = 0x0001;
export const BINDING_INDICATION = 0x0011;
export const BINDING_SUCCESS = 0x0101;
export const BINDING_ERROR = 0x0111;
/** RFC 8656. */
export const ALLOCATE_REQUEST = 0x0003;

export interface StunProbe {
  readonly type?: number;
  /** USERNAME: theirs, colon, ours. */
  readonly username?: string;
  /** Of MESSAGE-INTEGRITY, which is left out without it. */
  readonly password?: string;
  /** Default true. */
  readonly hasFingerprint?: boolean;
  /** Attributes after USERNAME: type and value. */
  readonly attributes?: readonly (readonly [type: number, value: Buffer])[];
}

/** A STUN message by hand (RFC 8489): what is tested must not be written by what is tested. */
export function stunMessage({
  type = BINDING_REQUEST,
  username,
  password,
  hasFingerprint = true,
  attributes = [],
}: StunProbe): Buffer {
  const parts: Buffer[] = [Buffer.alloc(HEADER_BYTES)];
  if (username !== undefined) parts.push(attribute(0x0006, Buffer.from(username)));
  for (const [attributeType, value] of attributes) parts.push(attribute(attributeType, value));
  let message: Buffer = Buffer.concat(parts);
  message.writeUInt16BE(type, 0);
  message.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(message, 8);
  writeLength(message, 0);
  if (password !== undefined) {
    writeLength(message, INTEGRITY_BYTES);
    const code = createHmac("sha1", password).update(message).digest();
    message = Buffer.concat([message, attribute(0x0008, code)]);
  }
  if (hasFingerprint) {
    writeLength(message, FINGERPRINT_BYTES);
    const value = Buffer.alloc(4);
    value.writeUInt32BE((crc32(message) ^ 0x5354554e) >>> 0);
    message = Buffer.concat([message, attribute(0x8028, value)]);
  }
  return message;
}

/** PRIORITY and ICE-CONTROLLING, which a check has to carry (RFC 8445 §7.1). */
export const CHECK_ATTRIBUTES: NonNullable<StunProbe["attributes"]> = [
  [0x0024, Buffer.from([0x6e, 0x7f, 0x1e, 0xff])],
  [0x802a, Buffer.from("0123456789abcdef", "hex")],
];

export function isStun(datagram: Buffer): boolean {
  return datagram.length >= HEADER_BYTES && datagram.readUInt8(0) <= 3;
}

/** Of a request and its answer. */
export function transactionId(datagram: Buffer): string {
  return datagram.toString("hex", 8, HEADER_BYTES);
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function writeLength(message: Buffer, moreBytes: number): void {
  message.writeUInt16BE(message.length - HEADER_BYTES + moreBytes, 2);
}
