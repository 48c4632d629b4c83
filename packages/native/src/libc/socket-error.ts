import type { TransportAddress } from "@sluice/media";

/**
 * A socket could not be made or bound. `code` is the errno name: EADDRINUSE (somebody has the port), EADDRNOTAVAIL (this
 * machine has no such address), EAFNOSUPPORT (no IPv6 here), EACCES (port below 1024), EINVAL (not an IP address).
 */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: string;
  readonly ip: string;
  readonly port: number;

  constructor(
    step: string,
    code: string,
    address: Pick<TransportAddress, "ip" | "port">,
    { protocol = "UDP", ...options }: { readonly cause?: unknown; readonly protocol?: "UDP" | "TCP" } = {},
  ) {
    super(`cannot ${step} ${protocol} ${address.ip} port ${address.port}: ${code}`, options);
    this.code = code;
    this.ip = address.ip;
    this.port = address.port;
  }
}
