/** ICE credentials of one side (RFC 8445 §5.3): ufrag 4–256, pwd 22–256 ice-chars. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** A candidate as SDP carries it (RFC 8839 §5.1); only component 1. */
export interface IceCandidate {
  readonly foundation: string;
  readonly priority: number;
  readonly family: "IPv4" | "IPv6";
  readonly ip: string;
  readonly port: number;
  readonly type: "host" | "srflx" | "prflx" | "relay";
  /** Over TCP, and who connects (RFC 6544 §4.5): active to a passive one, so both. Absent for UDP. */
  readonly tcpType?: "active" | "passive" | "so";
}
