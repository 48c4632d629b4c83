import type { TransportAddress } from "../transport/transport-address.js";
import { formatIpAddress, ipFamily, parseIpAddress } from "./ip-address.js";
import { STUN_MAGIC_COOKIE } from "./stun-message.js";

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const COOKIE_BYTES = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);

/** The value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2), or `undefined` when it is malformed. */
export function parseXorAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress | undefined {
  const family = value[1];
  const isWhole = (family === FAMILY_IPV4 && value.length === 8) || (family === FAMILY_IPV6 && value.length === 20);
  if (!isWhole) return undefined;
  const port = (((value[2] as number) << 8) | (value[3] as number)) ^ (STUN_MAGIC_COOKIE >>> 16);
  const ip = xor(value.subarray(4), transactionId);
  return { family: ipFamily(ip), ip: formatIpAddress(ip), port };
}

/** Throws RangeError when `address.ip` is not an IP address: addresses come from our own I/O layer. */
export function serializeXorAddress(address: TransportAddress, transactionId: Uint8Array): Uint8Array {
  const ip = parseIpAddress(address.ip);
  if (ip === undefined) throw new RangeError(`not an IP address: ${address.ip}`);
  const port = address.port ^ (STUN_MAGIC_COOKIE >>> 16);
  const value = new Uint8Array(4 + ip.length);
  value[1] = ip.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6;
  value[2] = port >> 8;
  value[3] = port & 0xff;
  value.set(xor(ip, transactionId), 4);
  return value;
}

/** The pad is the magic cookie, and for IPv6 the transaction id behind it. */
function xor(ip: Uint8Array, transactionId: Uint8Array): Uint8Array {
  return ip.map((byte, index) => byte ^ ((index < 4 ? COOKIE_BYTES[index] : transactionId[index - 4]) as number));
}
