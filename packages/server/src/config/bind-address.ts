import { SluiceError } from "@sluice/protocol";

/** Where the HTTP and WebSocket listener binds. */
export interface BindAddress {
  /** A numeric address or a host name; undefined is every address of the machine, IPv4 and IPv6. */
  readonly host: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Takes ":7880", "7880", "127.0.0.1:7880", "localhost:7880" and "[::1]:7880". Throws SluiceError `invalidArgument`. */
export function parseBindAddress(address: string): BindAddress {
  const match = /^(?:(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[^\s:[\]]*)):)?(?<port>\d{1,5})$/.exec(address.trim());
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) {
    throw new SluiceError(
      "invalidArgument",
      `${JSON.stringify(address)} is not an address to bind: write ":7880", "127.0.0.1:7880" or "[::1]:7880"`,
    );
  }
  const host = match.groups?.v6 ?? match.groups?.host;
  return { host: host === undefined || host === "" ? undefined : host, port };
}

/** Of those of one node. */
const MAX_BIND_ADDRESSES = 16;

/** One or several, separated by commas or as a YAML list. Throws SluiceError `invalidArgument`. */
export function parseBindAddresses(value: unknown): readonly BindAddress[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [value];
  if (items.length === 0 || items.length > MAX_BIND_ADDRESSES) {
    throw new SluiceError("invalidArgument", `expected 1–${MAX_BIND_ADDRESSES} addresses`);
  }
  // A port alone is a number by the time YAML or a flag parser has seen it.
  return items.map((item) => parseBindAddress(typeof item === "number" || typeof item === "string" ? String(item) : ""));
}

export function isLoopback(host: string | undefined): boolean {
  return host !== undefined && (host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host));
}

/** "0.0.0.0", "::" in any spelling, or nothing: every address of the machine. */
export function isUnspecified(host: string | undefined): boolean {
  return host === undefined || host === "0.0.0.0" || (host.includes(":") && /^[0:]+$/.test(host));
}
