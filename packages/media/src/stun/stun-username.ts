import { asciiText } from "./ascii.js";
import {
  encodeMessageType,
  MAX_STUN_ATTRIBUTES,
  MAX_STUN_BYTES,
  STUN_ATTRIBUTE,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
} from "./stun-message.js";

/** Longest ufrag there is (RFC 8445 §5.3). */
const MAX_UFRAG_CHARS = 256;

const BINDING_REQUEST = encodeMessageType("request", 0x001);
const COLON = 0x3a;

/**
 * Whom a Binding request from an unknown address is for: the part of USERNAME before the colon, which is the receiver's ufrag
 * (RFC 8445 §7.2.2). A cheap look-up for the demultiplexer; whether the message is well-formed and authentic is for the agent
 * to find out. It looks at the same USERNAME as `parseStun`: the first one before MESSAGE-INTEGRITY.
 */
export function readStunUsername(message: Uint8Array): string | undefined {
  const end = message.length;
  if (end < STUN_HEADER_BYTES || end > MAX_STUN_BYTES || end % 4 !== 0) return undefined;
  if (uint16(message, 0) !== BINDING_REQUEST || uint16(message, 2) !== end - STUN_HEADER_BYTES) return undefined;
  if (uint16(message, 4) !== STUN_MAGIC_COOKIE >>> 16 || uint16(message, 6) !== (STUN_MAGIC_COOKIE & 0xffff)) return undefined;
  let offset = STUN_HEADER_BYTES;
  for (let count = 0; count < MAX_STUN_ATTRIBUTES && offset < end; count++) {
    const type = uint16(message, offset);
    const valueEnd = offset + 4 + uint16(message, offset + 2);
    if (valueEnd > end || type === STUN_ATTRIBUTE.messageIntegrity) return undefined;
    if (type === STUN_ATTRIBUTE.username) {
      const colon = message.subarray(0, valueEnd).indexOf(COLON, offset + 4);
      const size = colon - offset - 4;
      return size < 1 || size > MAX_UFRAG_CHARS ? undefined : asciiText(message, offset + 4, colon);
    }
    offset = (valueEnd + 3) & ~3;
  }
  return undefined;
}

function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}
