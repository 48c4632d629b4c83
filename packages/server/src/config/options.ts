import { isIP } from "node:net";
import { MAX_MESSAGE_BYTES, SluiceError } from "@sluice/protocol";
import { MAX_ENDPOINTS, parseEtcdEndpoint } from "../cluster/registry/etcd/etcd-endpoint.js";
import { FORWARDED_CODECS } from "../room/codec-names.js";
import { parseAdminToken } from "./admin-config.js";
import { type ApiKeys, parseApiKeys } from "./api-keys.js";
import { type BindAddress, parseBindAddress, parseBindAddresses } from "./bind-address.js";
import { parseNodeAddress, parseNodeId, parseRedisOption, parseRegion, REDIS_URL_RANGE } from "./cluster-config.js";
import { CODECS_RANGE, parseCodecList } from "./codec-list.js";
import {
  MAX_ICE_SERVERS,
  parseStunServer,
  parseTurnServers,
  STUN_SERVERS_RANGE,
  TURN_SERVERS_RANGE,
  type TurnServer,
} from "./ice-servers-config.js";
import { choiceOption, integerOption, listOption, type Option, switchOption, textOption } from "./option.js";
import { parseRoomPresets, ROOM_PRESETS_RANGE, type RoomPresets } from "./room-presets.js";
import { SAMPLERS, type SamplerName } from "./sampler-names.js";
import {
  parseRatio,
  parseSampler,
  parseTracesEndpoint,
  parseTracesHeaders,
  TRACES_ENDPOINT_RANGE,
  TRACES_HEADERS_RANGE,
} from "./tracing-config.js";
import { MAX_WEBHOOK_URLS, parseWebhookEvent, parseWebhookUrl, WEBHOOK_URLS_RANGE } from "./webhook-config.js";

/** What the header extension can say: 12 bits of 10 ms. */
const MAX_PLAYOUT_DELAY_MS = 40_950;

/**
 * Every option there is. The name is the flag (`--limits.rooms`), the path in the YAML file (`limits: {rooms: …}`) and, in
 * capitals with underscores, the environment variable (`SLUICE_LIMITS_ROOMS`). docs/reference/config.md is this table.
 */
export const OPTIONS = {
  dev: switchOption(`Development mode: key "devkey" with secret "secret", loopback only unless bound otherwise`),
  "bind-address": {
    meaning:
      "Addresses of the HTTP and WebSocket listener; loopback or single addresses bind media there too, unless node-ip is elsewhere",
    range: '":7880", "127.0.0.1:7880", "[::1]:7880"',
    defaultText: ":7880; with dev 127.0.0.1:7880 and [::1]:7880",
    defaultValue: [],
    parse: parseBindAddresses,
  } satisfies Option<readonly BindAddress[]>,
  keys: {
    meaning: "API keys with their secrets; LIVEKIT_KEYS is read too. A secret should have 32 bytes or more",
    range: '"key: secret", several separated by commas',
    defaultText: "none, which is refused without dev",
    defaultValue: new Map(),
    parse: parseApiKeys,
  } satisfies Option<ApiKeys>,
  "key-file": textOption(
    "More keys, in a file that others than its owner and group cannot read",
    'a file of lines such as "key: secret"',
    "none",
    String,
  ),
  region: textOption("Where this node is; LiveKit's clients and the other nodes are told", "a name", "none", parseRegion),
  "node-id": textOption(
    "What this node is called; no other node of its cluster may be called so",
    "letters, digits, dots, hyphens, underscores",
    "a new one at each start",
    parseNodeId,
  ),
  "etcd.endpoints": listOption(
    "The etcd (3.4 or newer) in which the nodes of a cluster find each other; needs redis.url too",
    '"http://10.0.0.1:2379", several separated by commas',
    parseEtcdEndpoint,
    MAX_ENDPOINTS,
  ),
  "redis.url": textOption(
    "The Redis through which the nodes of a cluster will talk once rooms span nodes, not used before; needs etcd.endpoints too",
    REDIS_URL_RANGE,
    "none",
    parseRedisOption,
  ),
  "node-address": textOption(
    "Where the other nodes of the cluster reach this one's HTTP listener",
    '"http://10.0.0.1:7880"',
    "bind-address, else node-ip, else the first address of the machine's interfaces",
    parseNodeAddress,
  ),
  wait: switchOption(
    "Whether a node that starts waits until it can reach the stores of its cluster, instead of ending after 5 s",
  ),
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
  "resume-timeout-ms": integerOption(
    "How long a participant whose WebSocket was lost is kept, to be resumed",
    "ms",
    15_000,
    0,
    600_000,
  ),
  "room.auto-create": switchOption(
    "Whether joining makes a room that is not there; without, it takes the grant roomCreate",
    true,
  ),
  "room.empty-timeout": integerOption("How long a room waits for its first participant", "s", 300, 0, 86_400),
  "room.departure-timeout": integerOption("How long a room is kept after its last participant left", "s", 20, 0, 86_400),
  "room.max-participants": integerOption(
    "Participants in one room that says nothing else; 0 is no limit but the node's",
    "",
    0,
    0,
    100_000,
  ),
  "room.enable-remote-unmute": switchOption("Whether the server API may unmute tracks, not only mute them"),
  "room.sync-streams": switchOption("Whether all tracks of a participant are played in sync, in rooms that say nothing else"),
  "room.playout-delay.enabled": switchOption("Whether receivers are told how much to buffer, in rooms that say nothing else"),
  "room.playout-delay.min": integerOption("The least that they are to buffer", "ms", 0, 0, MAX_PLAYOUT_DELAY_MS),
  "room.playout-delay.max": integerOption("The most; 0 is as they like", "ms", 0, 0, MAX_PLAYOUT_DELAY_MS),
  "room.enabled-codecs": {
    meaning: "Codecs in which tracks may be published",
    range: CODECS_RANGE,
    defaultText: "all of them",
    defaultValue: FORWARDED_CODECS,
    parse: parseCodecList,
  } satisfies Option<readonly string[]>,
  "room.room-configurations": {
    meaning: "Settings of rooms under names that tokens (roomPreset) and requests (room_preset) ask for",
    range: ROOM_PRESETS_RANGE,
    defaultText: "none",
    defaultValue: new Map(),
    parse: parseRoomPresets,
  } satisfies Option<RoomPresets>,
  "room.loudest-speakers": integerOption(
    "How many of the loudest speakers of a room are heard at a time, besides the dominant one; 0 is everybody",
    "",
    0,
    0,
    50,
  ),
  "audio.active-level": integerOption("Levels at or below this count as speech; 0 is loudest", "-dBov", 35, 0, 127),
  "audio.min-percentile": integerOption("Who has spoken for less of an interval does not count as a speaker", "%", 40, 1, 100),
  "audio.update-interval": integerOption("How often clients are told who speaks", "ms", 400, 100, 10_000),
  "audio.smooth-intervals": integerOption("Over how many intervals levels are smoothed; 0 and 1 are none", "", 2, 0, 20),
  "rtc.tcp-port": integerOption(
    "TCP port of the first media worker, for clients whose networks let no UDP out; worker i takes this + i, a free one with udp-port 0. 0 is no TCP",
    "",
    7_881,
    0,
    65_000,
  ),
  "rtc.retransmission-ttl-ms": integerOption(
    "How long after its first sending, beyond one round trip, a lost packet is sent again; later a key frame repairs the picture",
    "ms",
    200,
    0,
    2_000,
  ),
  "rtc.stun-servers": listOption("STUN servers that clients are told of", STUN_SERVERS_RANGE, parseStunServer, MAX_ICE_SERVERS),
  "rtc.turn-servers": {
    meaning:
      "TURN servers that clients are told of. With secret the credentials are made for each participant and end after ttl seconds (4 h)",
    range: TURN_SERVERS_RANGE,
    defaultText: "none",
    defaultValue: [],
    parse: parseTurnServers,
  } satisfies Option<readonly TurnServer[]>,
  "webhook.urls": listOption(
    "Who is told of what happens in rooms, by signed POST requests",
    WEBHOOK_URLS_RANGE,
    parseWebhookUrl,
    MAX_WEBHOOK_URLS,
  ),
  "webhook.api-key": textOption("Whose secret signs webhooks", "one of keys", "the first of keys", String),
  "webhook.filter-params.include-events": listOption(
    "The only events of which webhooks tell; none is all",
    '"room_started", "participant_left"',
    parseWebhookEvent,
  ),
  "webhook.filter-params.exclude-events": listOption(
    "Events of which webhooks do not tell",
    '"track_published"',
    parseWebhookEvent,
  ),
  "admin.bind-address": textOption(
    "Address of the listener for operators, which is there when metrics.enabled or profiling.enabled is set; nobody else should reach it",
    '"127.0.0.1:7879", ":7879"',
    "127.0.0.1:7879",
    parseBindAddress,
  ),
  "metrics.enabled": switchOption("Whether Prometheus may scrape /metrics at admin.bind-address"),
  "metrics.token": textOption(
    "What Prometheus has to show there (Authorization: Bearer)",
    "16 characters or more, without spaces",
    "none: whoever reaches the address may scrape",
    parseAdminToken,
  ),
  "profiling.enabled": switchOption(
    "Whether profiles may be taken of the node's processes, at /debug/pprof of admin.bind-address",
  ),
  "profiling.token": textOption(
    "What whoever takes them has to show (Authorization: Bearer); a heap holds the secrets of the node",
    "16 characters or more, without spaces",
    "none, which is refused with profiling.enabled",
    parseAdminToken,
  ),
  "telemetry.service-name": textOption(
    "What the node is called in its telemetry",
    "a name",
    "OTEL_SERVICE_NAME, or sluice",
    String,
  ),
  "telemetry.traces.enabled": switchOption("Whether requests are traced, and spans exported by OTLP over HTTP"),
  "telemetry.traces.endpoint": textOption(
    "Where spans go; /v1/traces is added to a URL without a path",
    TRACES_ENDPOINT_RANGE,
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces, or http://127.0.0.1:4318/v1/traces",
    parseTracesEndpoint,
  ),
  "telemetry.traces.headers": textOption(
    "What the collector wants to be shown",
    TRACES_HEADERS_RANGE,
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS, OTEL_EXPORTER_OTLP_HEADERS, or none",
    parseTracesHeaders,
  ),
  "telemetry.traces.sampler": {
    meaning: "Which requests are recorded; parentbased: where the caller's traceparent says it, as it says",
    range: SAMPLERS.join(", "),
    defaultText: "OTEL_TRACES_SAMPLER, or parentbased_always_on",
    defaultValue: undefined,
    parse: parseSampler,
  } satisfies Option<SamplerName | undefined>,
  "telemetry.traces.ratio": textOption(
    "Share of traces that are recorded, with the samplers named traceidratio",
    "0–1",
    "OTEL_TRACES_SAMPLER_ARG, or 1",
    parseRatio,
  ),
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

/** There are options below this name: `limits`. */
export function isOptionGroup(name: string): boolean {
  return OPTION_NAMES.some((known) => known.startsWith(`${name}.`));
}
