import { isIPv6 } from "node:net";
import { SluiceError } from "@sluice/protocol";

/** What clients are told to reach the node by, besides its own addresses. */
export interface IceServersConfig {
  /** "host:port" */
  readonly stunServers: readonly string[];
  readonly turnServers: readonly TurnServer[];
}

export interface TurnServer {
  /** A name or a numeric address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly protocol: "udp" | "tcp" | "tls";
  readonly login: TurnLogin;
}

export type TurnLogin =
  /** The same for everybody. */
  | { readonly type: "fixed"; readonly username: string; readonly credential: string }
  /** Made for each participant out of a secret that the TURN server has too, good for so long (TURN REST API; coturn's use-auth-secret). */
  | { readonly type: "timeLimited"; readonly secret: string; readonly ttlSeconds: number };

/** Of each kind; browsers warn at five. */
export const MAX_ICE_SERVERS = 16;
const MAX_TEXT_LENGTH = 256;
const MAX_TTL_SECONDS = 604_800;
const DEFAULT_TTL_SECONDS = 14_400;
const DEFAULT_PORTS = { udp: 3_478, tcp: 3_478, tls: 5_349 } as const;
export const STUN_SERVERS_RANGE = '"stun.example.org:3478"';
export const TURN_SERVERS_RANGE =
  "a list of {host, port, protocol: udp, tcp or tls, and either secret, ttl or username, credential}; as text, its JSON";

/** A "host:port" or a host alone, for the port 3478. Throws SluiceError `invalidArgument`. */
export function parseStunServer(text: string): string {
  const match = /^(?:stun:)?(?<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/.exec(text);
  const host = match?.groups?.host;
  const port = Number(match?.groups?.port ?? DEFAULT_PORTS.udp);
  if (host === undefined || !isPort(port)) throw mismatch(STUN_SERVERS_RANGE);
  return `${host}:${port}`;
}

/** @throws SluiceError `invalidArgument`; its text carries no secret */
export function parseTurnServers(value: unknown): readonly TurnServer[] {
  const list = typeof value === "string" ? parseJson(value) : value;
  if (!Array.isArray(list)) throw mismatch(TURN_SERVERS_RANGE);
  if (list.length > MAX_ICE_SERVERS) throw mismatch(`${MAX_ICE_SERVERS} servers at most`);
  return list.map(parseTurnServer);
}

function parseTurnServer(value: unknown, index: number): TurnServer {
  if (typeof value !== "object" || value === null) throw mismatch(TURN_SERVERS_RANGE);
  const { host, protocol = "udp", port, secret, username, credential, ttl, ...unknown } = value as Record<string, unknown>;
  const where = `the server with index ${index}`;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) throw mismatch(`${TURN_SERVERS_RANGE}; ${where} has "${surplus.slice(0, 64)}"`);
  if (typeof host !== "string" || !/^[A-Za-z0-9._:-]{1,253}$/.test(host) || (host.includes(":") && !isIPv6(host))) {
    throw mismatch(`a host name or address as host of ${where}`);
  }
  if (protocol !== "udp" && protocol !== "tcp" && protocol !== "tls") throw mismatch(`udp, tcp or tls as protocol of ${where}`);
  const actualPort = port ?? DEFAULT_PORTS[protocol];
  if (!isPort(actualPort)) throw mismatch(`a port of 1–65535 for ${where}`);
  return { host, port: actualPort, protocol, login: parseLogin({ secret, username, credential, ttl }, where) };
}

function parseLogin({ secret, username, credential, ttl }: Readonly<Record<string, unknown>>, where: string): TurnLogin {
  // LiveKit's sample file has empty texts for what is not used.
  if (isText(secret) && (username ?? "") === "" && (credential ?? "") === "") {
    // 0 is LiveKit's default too.
    const ttlSeconds = ttl === undefined || ttl === 0 ? DEFAULT_TTL_SECONDS : ttl;
    if (!Number.isInteger(ttlSeconds) || (ttlSeconds as number) < 60 || (ttlSeconds as number) > MAX_TTL_SECONDS) {
      throw mismatch(`60–${MAX_TTL_SECONDS} s as ttl of ${where}`);
    }
    return { type: "timeLimited", secret, ttlSeconds: ttlSeconds as number };
  }
  if (isText(username) && isText(credential) && (secret ?? "") === "") return { type: "fixed", username, credential };
  throw mismatch(`either secret or username and credential for ${where}`);
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= MAX_TEXT_LENGTH;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Its own text would quote the input, which has secrets.
    throw mismatch(TURN_SERVERS_RANGE, error instanceof SyntaxError ? undefined : error);
  }
}

function mismatch(expected: string, cause?: unknown): SluiceError {
  return new SluiceError("invalidArgument", `expected ${expected}`, cause === undefined ? {} : { cause });
}
