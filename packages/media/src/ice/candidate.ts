import { formatIpAddress, ipFamily, parseIpAddress } from "../stun/ip-address.js";
import { MAX_CANDIDATE_CHARS } from "./ice-constants.js";
import type { IceCandidate } from "./ice-parameters.js";

/** RFC 8445 §5.1.2.2. */
const TYPE_PREFERENCE: Readonly<Record<IceCandidate["type"], number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 };

/** Of a host candidate over TCP, below all of UDP but a relay (RFC 6544 §4.2); libwebrtc has the same. */
const TCP_HOST_PREFERENCE = 90;
/** RFC 6544 §4.2, of a passive host candidate. */
const PASSIVE_DIRECTION_PREFERENCE = 4;

/** RFC 8839 §5.1: foundation, component, transport, priority, address, port, type; of what follows only tcptype is of use here. */
const CANDIDATE =
  /^(?:a=)?candidate:([A-Za-z0-9+/]{1,32}) 1 (udp|tcp) (\d{1,10}) ([0-9A-Fa-f.:]{2,45}) (\d{1,5}) typ (host|srflx|prflx|relay)(?= |$)/i;

/** RFC 6544 §4.5. */
const TCP_TYPE = / tcptype (active|passive|so)(?= |$)/i;

/** RFC 8445 §5.1.2: 1 to 2^31 - 1. */
const MAX_PRIORITY = 2 ** 31 - 1;

/**
 * A candidate for component 1 from its SDP attribute, with or without "a=" (RFC 8839 §5.1, RFC 6544 §4.5 for TCP).
 *
 * `undefined` for everything else: malformed text, TCP without its type, component 2, host names (mDNS ".local" too: resolving them can
 * stall for seconds, and a peer that hides its address finds us by its own checks), ports and priorities out of range.
 */
export function parseCandidate(text: string): IceCandidate | undefined {
  if (text.length > MAX_CANDIDATE_CHARS) return undefined;
  const match = CANDIDATE.exec(text);
  if (match === null) return undefined;
  const [matched, foundation, transport, priorityText, ipText, portText, type] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const ip = parseIpAddress(ipText);
  const priority = Number(priorityText);
  const port = Number(portText);
  if (ip === undefined || ip.every((byte) => byte === 0)) return undefined;
  if (priority < 1 || priority > MAX_PRIORITY || port < 1 || port > 65_535) return undefined;
  const tcpType = TCP_TYPE.exec(text.slice(matched.length))?.[1]?.toLowerCase() as IceCandidate["tcpType"];
  const isTcp = transport.toLowerCase() === "tcp";
  if (isTcp && tcpType === undefined) return undefined;
  return {
    foundation,
    priority,
    family: ipFamily(ip),
    ip: formatIpAddress(ip),
    port,
    type: type.toLowerCase() as IceCandidate["type"],
    ...(isTcp && tcpType !== undefined ? { tcpType } : {}),
  };
}

/** The attribute's value, "candidate:…". RFC 8839 wants a related address behind all but host candidates; ours says nothing. */
export function serializeCandidate(candidate: IceCandidate): string {
  const { foundation, priority, family, ip, port, type, tcpType } = candidate;
  const transport = tcpType === undefined ? "udp" : "tcp";
  const related = type === "host" ? "" : ` raddr ${family === "IPv4" ? "0.0.0.0" : "::"} rport 9`;
  const direction = tcpType === undefined ? "" : ` tcptype ${tcpType}`;
  return `candidate:${foundation} 1 ${transport} ${priority} ${ip} ${port} typ ${type}${related}${direction}`;
}

/**
 * RFC 8445 §5.1.2.1. `localPreference` 0–65,535 orders the addresses of one type, higher first; `component` 1–256, always 1
 * with rtcp-mux.
 */
export function candidatePriority(type: IceCandidate["type"], localPreference: number, component = 1): number {
  return 2 ** 24 * TYPE_PREFERENCE[type] + 2 ** 8 * localPreference + (256 - component);
}

/** Of our TCP ports (RFC 6544 §4.2): UDP goes before them. `otherPreference` 0–8,191 orders the addresses, higher first. */
export function passiveTcpPriority(otherPreference: number): number {
  const localPreference = 2 ** 13 * PASSIVE_DIRECTION_PREFERENCE + otherPreference;
  return 2 ** 24 * TCP_HOST_PREFERENCE + 2 ** 8 * localPreference + 255;
}
