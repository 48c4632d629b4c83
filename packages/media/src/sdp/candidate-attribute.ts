/** `a=candidate` (RFC 8839 §5.1), which is also the text that trickles. */
import type { IceCandidate } from "../ice/ice-parameters.js";
import { MAX_UINT32, parseUint } from "./sdp-syntax.js";

const TYPES: ReadonlySet<string> = new Set<IceCandidate["type"]>(["host", "srflx", "prflx", "relay"]);

/**
 * Takes the value with or without its "candidate:" prefix. "unusable" is well formed but not for us: TCP, a component other
 * than 1, a host name (mDNS) or a type of the future; undefined is malformed.
 */
export function parseCandidate(text: string): IceCandidate | "unusable" | undefined {
  const parts = text.replace(/^candidate:/, "").split(" ");
  const [foundation = "", component, transport = "", priority, ip = "", port, typ, type = ""] = parts;
  const parsedComponent = parseUint(component, 256);
  const parsedPriority = parseUint(priority, MAX_UINT32);
  const parsedPort = parseUint(port, 65_535);
  if (!/^[\w+/]{1,32}$/.test(foundation) || typ !== "typ" || type === "" || transport === "" || ip === "") return undefined;
  if (parsedComponent === undefined || parsedPriority === undefined || parsedPort === undefined) return undefined;
  const family = addressFamily(ip);
  const isUsable =
    transport.toLowerCase() === "udp" && parsedComponent === 1 && parsedPort > 0 && family !== undefined && isType(type);
  if (!isUsable) return "unusable";
  return { foundation, priority: parsedPriority, family, ip, port: parsedPort, type };
}

/** With its "candidate:" prefix, as in an SDP attribute and in RTCIceCandidate. */
export function serializeCandidate({ foundation, priority, ip, port, type }: IceCandidate): string {
  // RFC 8839 wants a related address beside every reflexive or relayed candidate; the zero address says "not telling".
  const zero = ip.includes(":") ? "::" : "0.0.0.0";
  const related = type === "host" ? "" : ` raddr ${zero} rport 0`;
  return `candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ ${type}${related}`;
}

function isType(type: string): type is IceCandidate["type"] {
  return TYPES.has(type);
}

/** Of a numeric address without a zone; undefined when it is not one. */
function addressFamily(ip: string): "IPv4" | "IPv6" | undefined {
  if (isIpv4(ip)) return "IPv4";
  return isIpv6(ip) ? "IPv6" : undefined;
}

function isIpv4(ip: string): boolean {
  const parts = ip.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291 §2.2, all three forms. */
function isIpv6(ip: string): boolean {
  if (ip.length > 45 || !ip.includes(":")) return false;
  const halves = ip.split("::");
  if (halves.length > 2) return false;
  const isCompressed = halves.length === 2;
  let groups = 0;
  for (const [half, text] of halves.entries()) {
    if (text === "" && isCompressed) continue;
    const parts = text.split(":");
    for (const [index, part] of parts.entries()) {
      const isLast = half === halves.length - 1 && index === parts.length - 1;
      if (isLast && isIpv4(part)) groups += 2;
      else if (/^[\da-fA-F]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return isCompressed ? groups < 8 : groups === 8;
}
