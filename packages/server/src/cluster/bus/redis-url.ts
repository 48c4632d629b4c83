import { SluiceError } from "@sluice/protocol";

/** Where Redis is and how to enter, from `redis://[user][:password@]host[:port][/database]` (`rediss:` for TLS). */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** As it may be logged: without the password. */
  readonly label: string;
}

const DEFAULT_PORT = 6379;
const MAX_URL_LENGTH = 2_048;

/** `SluiceError` `invalidArgument`, without what the URL has in it: there may be a password. */
export function parseRedisUrl(text: string): RedisAddress {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url?.protocol === "redis:" || url?.protocol === "rediss:";
  const isPlain = url?.search === "" && url.hash === "" && /^\/?\d{0,5}$/.test(url.pathname);
  const username = decode(url?.username ?? "");
  const password = decode(url?.password ?? "");
  if (url === undefined || !isRedis || !isPlain || url.hostname === "" || username === undefined || password === undefined) {
    throw new SluiceError("invalidArgument", "the URL of Redis is redis://[user:password@]host[:port] or rediss://… for TLS");
  }
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  return {
    // IPv6 addresses stand in brackets in a URL, and nowhere else.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    isTls: url.protocol === "rediss:",
    username: username === "" ? undefined : username,
    password: password === "" ? undefined : password,
    label: `${url.protocol}//${url.hostname}:${port}`,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
