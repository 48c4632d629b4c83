/** An IP address and port, as ICE and STUN see it. Slow path only: the packet path knows addresses by {@link AddressId}. */
export interface TransportAddress {
  readonly family: "IPv4" | "IPv6";
  /** Dotted quad, or RFC 5952 text. An IPv4 address never appears in its v6-mapped form. */
  readonly ip: string;
  readonly port: number;
  /** The other end of a TCP connection to one of our ports; absent for UDP. The same numbers are another address then. */
  readonly protocol?: "tcp";
}

/**
 * A remote address that has been registered with the I/O layer: a small integer, dense from 0 or from where the
 * I/O layer lets another protocol's begin, reused after release.
 * -1 ({@link UNKNOWN_ADDRESS}) is "not registered".
 */
export type AddressId = number;

export const UNKNOWN_ADDRESS = -1;

export function isSameAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.ip === b.ip && a.family === b.family && a.protocol === b.protocol;
}
