/** Where datagrams go. */
export interface UdpEndpoint {
  /** An IP address, not a name. */
  readonly address: string;
  readonly port: number;
}

/** Seen from the client: up to the target, down from it. */
export type Direction = "uplink" | "downlink";
