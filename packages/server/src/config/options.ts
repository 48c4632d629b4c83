import { isIP } from "node:net";
import { MAX_MESSAGE_BYTES, SluiceError } from "@sluice/protocol";
import { type ApiKeys, parseApiKeys } from "./api-keys.js";
import { parseBindAddress } from "./bind-address.js";
import { choiceOption, integerOption, listOption, type Option, switchOption, textOption } from "./option.js";

/**
 * Every option there is. The name is the flag (`--limits.rooms`), the path in the YAML file (`limits: {rooms: …}`) and, in
 * capitals with underscores, the environment variable (`SLUICE_LIMITS_ROOMS`). docs/reference/config.md is this table.
 */
export const OPTIONS = {
  dev: switchOption(`Development mode: key "devkey" with secret "secret", loopback only unless bound otherwise`),
  "bind-address": textOption(
    "Address of the HTTP and WebSocket listener; a loopback or single address binds media there too, unless node-ip is elsewhere",
    '":7880", "127.0.0.1:7880", "[::1]:7880"',
    ":7880; with dev 127.0.0.1:7880 and [::1]:7880",
    parseBindAddress,
  ),
  keys: {
    meaning: "API keys with their secrets; LIVEKIT_KEYS is read too. A secret should have 32 bytes or more",
    range: '"key: secret", several separated by commas',
    defaultText: "none, which is refused without dev",
    defaultValue: new Map(),
    parse: parseApiKeys,
  } satisfies Option<ApiKeys>,
  "node-ip": textOption(
    "Address at which clients reach this node's media ports; set it behind NAT",
    "an IPv4 or IPv6 address",
    "every address of the machine's interfaces",
    (text) => {
      if (isIP(text) === 0) throw new SluiceError("invalidArgument", "expected an IPv4 or IPv6 address");
      return text;
    },
  ),
  "udp-port": integerOption(
    "UDP port of the first media worker; worker i takes this + i. 0 takes free ports",
    "",
    7_882,
    0,
    65_000,
  ),
  workers: integerOption("Media workers, one process each; 0 is one per CPU core", "", 0, 0, 256),
  "packet-path": choiceOption(
    "How packets enter and leave: native is recvmmsg/sendmmsg and OpenSSL by FFI, portable is dgram and node:crypto",
    "auto",
    "auto",
    "native",
    "portable",
  ),
  "tls.cert": textOption("TLS certificate chain; with tls.key the listener speaks HTTPS and WSS", "a PEM file", "none", String),
  "tls.key": textOption("Private key of tls.cert", "a PEM file", "none", String),
  "allowed-origins": listOption(
    "Browser origins that may connect besides the node's own; with dev every loopback origin may",
    '"https://app.example", or "*" for all',
    (text) => {
      if (text === "*") return text;
      const origin = URL.canParse(text) ? new URL(text).origin : "null";
      if (origin === "null") throw new SluiceError("invalidArgument", 'expected origins such as "https://app.example", or "*"');
      return origin;
    },
  ),
  "log-level": choiceOption("Least serious log line written", "info", "trace", "debug", "info", "warn", "error", "fatal"),
  "log-format": choiceOption("auto is pretty on a terminal and json elsewhere", "auto", "auto", "pretty", "json"),
  "departure-timeout-ms": integerOption(
    "How long a participant whose WebSocket was lost is kept, to be resumed",
    "ms",
    15_000,
    0,
    600_000,
  ),
  "empty-room-timeout-ms": integerOption("How long a room without participants is kept", "ms", 20_000, 0, 86_400_000),
  "limits.rooms": integerOption("Rooms on this node", "", 10_000, 1, 1_000_000),
  "limits.participants-per-room": integerOption("Participants in one room", "", 3_000, 1, 100_000),
  "limits.tracks-per-participant": integerOption("Tracks one participant may publish", "", 20, 1, 1_000),
  "limits.connections-per-ip": integerOption("WebSockets open at once from one IP address", "", 1_000, 1, 1_000_000),
  "limits.requests-per-second": integerOption(
    "Requests one connection may make in the long run; twice as many in one burst. Each 16 KiB of a message count as one more",
    "per second",
    100,
    1,
    1_000_000,
  ),
  "limits.message-bytes": integerOption(
    "Longest message a client may send",
    "bytes",
    MAX_MESSAGE_BYTES,
    1_024,
    MAX_MESSAGE_BYTES,
  ),
  "limits.send-queue-bytes": integerOption(
    "What may wait to be sent to one slow client before its connection is closed",
    "bytes",
    1_048_576,
    16_384,
    67_108_864,
  ),
} as const;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Parsed values by option name, defaults filled in. */
export type OptionValues = { readonly [N in OptionName]: ReturnType<(typeof OPTIONS)[N]["parse"]> };

export function environmentName(name: OptionName): string {
  return `SLUICE_${name.replaceAll(/[.-]/g, "_").toUpperCase()}`;
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}
