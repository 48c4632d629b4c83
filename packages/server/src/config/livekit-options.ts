import { SluiceError } from "@sluice/protocol";
import type { OptionName } from "./options.js";

/** Options of a LiveKit configuration that are ours under another name. Names that are the same are not listed. */
const RENAMED: ReadonlyMap<string, OptionName> = new Map([
  ["development", "dev"],
  ["rtc.node-ip", "node-ip"],
]);

/** Those that are ours in another form too. */
const CONVERTED: ReadonlyMap<string, { readonly option: OptionName; readonly convert: (value: unknown) => unknown }> = new Map([
  ["logging.level", { option: "log-level", convert: (value: unknown) => (value === "warning" ? "warn" : value) }],
  ["logging.json", { option: "log-format", convert: (value: unknown) => (value === true ? "json" : "auto") }],
  // A range is one port per CPU, as ours is one per worker from the first on.
  ["rtc.udp-port", { option: "udp-port", convert: firstPort }],
]);

/** LiveKit's two options for what is one here. */
const PORT = "port";
const BIND_ADDRESSES = "bind-addresses";
/** Either is two options here. */
const PROMETHEUS_PORTS = ["prometheus-port", "prometheus.port"] as const;

/** What is always so here, whatever they say. */
const FULFILLED: ReadonlySet<string> = new Set(["room.enable-full-room-in-webhooks", "rtc.use-ice-lite"]);

/** What a node does not do, with what to do about it. A name stands for all that begins with it and a dot. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["redis", "a node runs alone; there are no clusters yet"],
  ["node-selector", "a node runs alone; there are no clusters yet"],
  ["signal-relay", "a node runs alone; there are no clusters yet"],
  ["psrpc", "a node runs alone; there are no clusters yet"],
  ["turn", "there is no TURN server in a node; name one in rtc.turn_servers"],
  ["ingress", "there is no ingress"],
  ["agents", "agents are always taken, and load is theirs to tell"],
  ["prometheus.username", "Prometheus shows metrics.token"],
  ["prometheus.password", "Prometheus shows metrics.token"],
  ["environment", "it has no meaning here"],
  ["enable-data-tracks", "there are no data tracks"],
  ["enable-participant-data-blob", "there are no data blobs"],
  ["video", "these are fixed here"],
  ["audio.active-red-encoding", "publishers that send RED are forwarded as they are"],
  ["logging.pion-level", "everything goes by logging.level"],
  ["logging.component-levels", "everything goes by logging.level"],
  ["logging.sample", "every line is written"],
  ["logging.sample-initial", "every line is written"],
  ["logging.sample-interval", "every line is written"],
  ["limit", "the limits of a node are in limits"],
  ["room.max-metadata-size", "metadata may have 65,536 characters"],
  ["room.max-room-name-length", "names may have 256 characters"],
  ["room.max-participant-identity-length", "identities may have 256 characters"],
  ["room.participant-disconnect-timeout", "see resume-timeout-ms"],
  ["room.create-room-enabled", "see room.auto-create"],
  ["room.create-room-timeout", "a room is made at once"],
  ["room.create-room-attempts", "a room is made at once"],
  ["room.update-batch-target-size", "updates are not batched by size"],
  ["rtc.port-range-start", "all media of a worker goes through one UDP port, see udp-port"],
  ["rtc.port-range-end", "all media of a worker goes through one UDP port, see udp-port"],
  ["rtc.allow-tcp-fallback", "clients choose between UDP and TCP by their own checks"],
  ["rtc.tcp-fallback-rtt-threshold", "clients choose between UDP and TCP by their own checks"],
  ["rtc.force-tcp", "clients choose between UDP and TCP by their own checks"],
  ["rtc.use-external-ip", "a node does not look for its public address; set rtc.node_ip behind NAT"],
  ["rtc.external-ip-only", "only addresses that are bound or set by rtc.node_ip are announced"],
  ["rtc.skip-external-ip-validation", "a node does not look for its public address; set rtc.node_ip behind NAT"],
  ["rtc.advertise-internal-ip", "with rtc.node_ip only that address is announced"],
  ["rtc.interfaces", "media binds where signaling binds, see bind-address"],
  ["rtc.ips", "media binds where signaling binds, see bind-address"],
  ["rtc.enable-loopback-candidate", "media binds where signaling binds, see bind-address"],
  ["rtc.use-mdns", "a node announces numeric addresses"],
  ["rtc.congestion-control", "it is always on; clients say whether their video may be paused"],
  ["rtc.packet-buffer-size", "see rtc.retransmission-ttl-ms"],
  ["rtc.packet-buffer-size-video", "see rtc.retransmission-ttl-ms"],
  ["rtc.packet-buffer-size-audio", "see rtc.retransmission-ttl-ms"],
  ["rtc.pli-throttle", "it is fixed here"],
  ["rtc.batch-io", "packets always leave in batches"],
  ["rtc.strict-acks", "it has no meaning here"],
  ["rtc.reconnect-on-publication-error", "it is fixed here"],
  ["rtc.reconnect-on-subscription-error", "it is fixed here"],
  ["rtc.reconnect-on-data-channel-error", "it is fixed here"],
  ["rtc.datachannel-slow-threshold", "what a slow reader has no room for is dropped"],
  ["rtc.datachannel-max-buffered-amount", "what a slow reader has no room for is dropped"],
  ["rtc.datachannel-lossy-target-latency", "what a slow reader has no room for is dropped"],
  ["rtc.forward-stats", "it has no meaning here"],
  ["rtc.enable-rtp-stream-restart-detection", "it has no meaning here"],
]);

const LEAVES = [
  ...RENAMED.keys(),
  ...CONVERTED.keys(),
  ...FULFILLED,
  PORT,
  BIND_ADDRESSES,
  ...PROMETHEUS_PORTS,
  ...UNSUPPORTED.keys(),
];
const LEAF_NAMES: ReadonlySet<string> = new Set(LEAVES);

/** Whether LiveKit has such an option and we have none of that name. */
export function isLiveKitOption(name: string): boolean {
  return LEAF_NAMES.has(name);
}

/** Whether LiveKit has options below this name. */
export function isLiveKitGroup(name: string): boolean {
  return LEAVES.some((leaf) => leaf.startsWith(`${name}.`));
}

export interface OptionSource {
  readonly value: unknown;
  /** How the option is called where the value comes from. */
  readonly name: string;
}

export interface TranslatedOptions {
  readonly values: ReadonlyMap<OptionName, OptionSource>;
  /** One for each option that does nothing here. */
  readonly warnings: readonly string[];
}

/**
 * A flat configuration file with LiveKit's names as one with ours.
 *
 * @throws SluiceError `invalidArgument` for an option that is there under both names
 */
export function translateLiveKitOptions(file: ReadonlyMap<string, unknown>): TranslatedOptions {
  const values = new Map<OptionName, OptionSource>();
  const warnings: string[] = [];
  const set = (option: OptionName, name: string, value: unknown) => {
    const other = values.get(option)?.name ?? (file.has(option) && name !== option ? option : undefined);
    if (other !== undefined) {
      throw new SluiceError("invalidArgument", `${spelled(name)} and ${other} are one option: keep one of them`);
    }
    values.set(option, { value, name: spelled(name) });
  };
  for (const [name, value] of file) {
    const converted = CONVERTED.get(name);
    const why = UNSUPPORTED.get(name);
    if (isPrometheusPort(name)) {
      // LiveKit has none at 0, and of the two the newer name wins.
      if (value === 0 || (name === PROMETHEUS_PORTS[0] && file.has(PROMETHEUS_PORTS[1]))) continue;
      set("metrics.enabled", name, true);
      set("admin.bind-address", name, `:${value}`);
    } else if (name === PORT || name === BIND_ADDRESSES || FULFILLED.has(name)) {
    } else if (converted !== undefined) set(converted.option, name, converted.convert(value));
    else if (why !== undefined) warnings.push(`${spelled(name)} is not supported: ${why}`);
    else set(RENAMED.get(name) ?? (name as OptionName), name, value);
  }
  if (file.has(BIND_ADDRESSES) || file.has(PORT)) {
    set(
      "bind-address",
      file.has(BIND_ADDRESSES) ? BIND_ADDRESSES : PORT,
      bindAddresses(file.get(BIND_ADDRESSES), file.get(PORT)),
    );
  }
  return { values, warnings };
}

/** LiveKit writes snake_case. */
function spelled(name: string): string {
  return isLiveKitOption(name) ? name.replaceAll("-", "_") : name;
}

function isPrometheusPort(name: string): boolean {
  return PROMETHEUS_PORTS.some((port) => port === name);
}

function firstPort(value: unknown): unknown {
  const range = typeof value === "string" ? /^\s*(\d{1,5})\s*-\s*\d{1,5}\s*$/.exec(value) : null;
  return range?.[1] ?? value;
}

/** "": every address. */
function bindAddresses(addresses: unknown, port: unknown = 7_880): unknown {
  if (addresses === undefined) return `:${port}`;
  if (!Array.isArray(addresses)) return addresses;
  if (addresses.length === 0) return `:${port}`;
  return addresses.map((address) => {
    const isBracketed = typeof address === "string" && address.includes(":") && !address.startsWith("[");
    return `${isBracketed ? `[${address}]` : address}:${port}`;
  });
}
