import type { TransportAddress } from "../transport/transport-address.js";

/** Bytes before the first attribute (RFC 8489 §5). */
export const STUN_HEADER_BYTES = 20;

export const STUN_MAGIC_COOKIE = 0x2112a442;

export const STUN_TRANSACTION_ID_BYTES = 12;

/** Longest message looked at, in bytes: one unfragmented datagram on Ethernet. */
export const MAX_STUN_BYTES = 1500;

/** Most attributes looked at in one message. Chromium's checks carry about ten. */
export const MAX_STUN_ATTRIBUTES = 32;

/** Longest USERNAME value, in bytes (RFC 8489 §14.3 says "less than 509"). */
export const MAX_USERNAME_BYTES = 508;

/** Longest SOFTWARE or reason phrase, in bytes (RFC 8489 §14.8, §14.14 say "up to 763"). */
export const MAX_STUN_TEXT_BYTES = 763;

/** The only method ICE uses (RFC 8489 §18.2). */
export const BINDING_METHOD = 0x001;

/** Names as in RFC 8489 §14 and RFC 8445 §16.1, in camelCase. From 0x8000 on comprehension is optional. */
export const STUN_ATTRIBUTE = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** In the order of the two class bits (RFC 8489 §5). */
export type StunClass = "request" | "indication" | "success" | "error";

/** RFC 8489 §14.8: code 300–699. */
export interface StunError {
  readonly code: number;
  /** For logs; never compared. */
  readonly reason: string;
}

/** What a message says, apart from MESSAGE-INTEGRITY and FINGERPRINT. An attribute that is absent has no key. */
export interface StunAttributes {
  /** ASCII; a byte outside ASCII is read as U+FFFD, so that it equals no ufrag. */
  readonly username?: string;
  readonly xorMappedAddress?: TransportAddress;
  /** 0–2^32-1 (RFC 8445 §7.1.1). */
  readonly priority?: number;
  readonly useCandidate?: true;
  /** The sender's 64-bit tie-breaker (RFC 8445 §7.1.3). */
  readonly iceControlling?: bigint;
  readonly iceControlled?: bigint;
  readonly errorCode?: StunError;
  readonly unknownAttributes?: readonly number[];
  readonly software?: string;
}

export interface StunContent {
  readonly class: StunClass;
  /** 12 bits; {@link BINDING_METHOD} for ICE. */
  readonly method: number;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  readonly attributes: StunAttributes;
}

/** A well-formed message. Nothing in it has been authenticated: see `isIntegrityValid`. */
export interface StunMessage extends StunContent {
  /** Types of attributes that must be understood and are not (RFC 8489 §6.3.1), in order of appearance. */
  readonly unknownRequired: readonly number[];
  /** Offset of the MESSAGE-INTEGRITY attribute in the parsed bytes; everything before it is what it covers. */
  readonly integrityOffset: number | undefined;
  /** A correct FINGERPRINT was there; with a wrong one the message is malformed. */
  readonly hasFingerprint: boolean;
}

const CLASSES: readonly StunClass[] = ["request", "indication", "success", "error"];

/** The 14-bit message type; the two class bits lie between the method bits (RFC 8489 §5, figure 3). */
export function encodeMessageType(messageClass: StunClass, method: number): number {
  const bits = CLASSES.indexOf(messageClass);
  return (method & 0x00f) | ((bits & 1) << 4) | ((method & 0x070) << 1) | ((bits & 2) << 7) | ((method & 0xf80) << 2);
}

export function decodeMessageType(type: number): { readonly class: StunClass; readonly method: number } {
  const method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
  return { class: CLASSES[((type >> 4) & 1) | ((type >> 7) & 2)] as StunClass, method };
}
