import type { TransportAddress } from "@sluice/media";
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "./ip-address.js";
import { LINUX } from "./linux-constants.js";

/**
 * `struct sockaddr_in` and `struct sockaddr_in6` as Linux lays them out on little-endian machines (ip(7), ipv6(7)):
 *
 * | bytes | sockaddr_in (16)        | sockaddr_in6 (28)       |
 * |-------|-------------------------|-------------------------|
 * | 0–1   | family, host order      | family, host order      |
 * | 2–3   | port, network order     | port, network order     |
 * | 4–7   | address                 | flow information        |
 * | 8–23  | zero                    | address                 |
 * | 24–27 |                         | scope, always 0 here    |
 *
 * Link-local IPv6 addresses would need a scope and are not supported: no candidate of ours has one.
 */
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

/** Distance between socket addresses in our tables: the larger of the two, rounded up to whole 8-byte words. */
export const SOCKADDR_STRIDE_BYTES = 32;
export const SOCKADDR_STRIDE_WORDS = SOCKADDR_STRIDE_BYTES / 4;

export function socketAddressBytes(family: TransportAddress["family"]): number {
  return family === "IPv4" ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
}

/** Fills the stride at `offset`. False when the text is no address of its family or the port does not exist. */
export function writeSocketAddress(bytes: Uint8Array, offset: number, address: TransportAddress): boolean {
  const { family, ip, port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return false;
  bytes.fill(0, offset, offset + SOCKADDR_STRIDE_BYTES);
  bytes[offset] = family === "IPv4" ? LINUX.AF_INET : LINUX.AF_INET6;
  bytes[offset + 2] = port >>> 8;
  bytes[offset + 3] = port & 0xff;
  return family === "IPv4" ? writeIpv4(ip, bytes, offset + 4) : writeIpv6(ip, bytes, offset + 8);
}

/** The address in the stride at `offset`; `undefined` for a family that is neither IPv4 nor IPv6. */
export function readSocketAddress(bytes: Uint8Array, offset: number): TransportAddress | undefined {
  const family = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  const port = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
  switch (family) {
    case LINUX.AF_INET:
      return { family: "IPv4", ip: readIpv4(bytes, offset + 4), port };
    case LINUX.AF_INET6:
      return { family: "IPv6", ip: readIpv6(bytes, offset + 8), port };
    default:
      return undefined;
  }
}
