import { candidatePriority, type IceCandidate, passiveTcpPriority, type TransportAddress } from "@sluice/media";

/** The highest preferences of one address among those of its kind (RFC 8445 §5.1.2.1, RFC 6544 §4.2). */
const MAX_LOCAL_PREFERENCE = 65_535;
const MAX_OTHER_PREFERENCE = 8_191;

/** What the worker announces, best first: each announced address with the real port of the socket of its family, all UDP before TCP. */
export function hostCandidates(
  announcedIps: readonly string[],
  udp: readonly TransportAddress[],
  tcp: readonly TransportAddress[],
): IceCandidate[] {
  const candidates: IceCandidate[] = [];
  for (const [sockets, isTcp] of [
    [udp, false],
    [tcp, true],
  ] as const) {
    for (const [index, ip] of announcedIps.entries()) {
      const family = ip.includes(":") ? "IPv6" : "IPv4";
      const local = sockets.find((address) => address.family === family);
      if (local === undefined) continue;
      // Candidates of one foundation have one protocol (RFC 8445 §5.1.1.3).
      const foundation = `${(isTcp ? announcedIps.length : 0) + index + 1}`;
      const candidate = { foundation, family, ip, port: local.port, type: "host" } as const;
      if (isTcp) {
        candidates.push({ ...candidate, priority: passiveTcpPriority(MAX_OTHER_PREFERENCE - index), tcpType: "passive" });
      } else {
        candidates.push({ ...candidate, priority: candidatePriority("host", MAX_LOCAL_PREFERENCE - index) });
      }
    }
  }
  return candidates;
}

/** The worker's own UDP sockets, as the node's other workers see them: those that are bound to every address by loopback. */
export function localCandidates(udp: readonly TransportAddress[]): IceCandidate[] {
  return udp.map(({ family, ip, port }, index) => {
    const isEvery = ip === "0.0.0.0" || ip === "::";
    const loopback = family === "IPv4" ? "127.0.0.1" : "::1";
    const priority = candidatePriority("host", MAX_LOCAL_PREFERENCE - index);
    return { foundation: `${index + 1}`, priority, family, ip: isEvery ? loopback : ip, port, type: "host" };
  });
}
