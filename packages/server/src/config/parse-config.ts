import { SluiceError } from "@sluice/protocol";
import { type ApiKeys, checkApiKeys, DEV_KEY, DEV_SECRET } from "./api-keys.js";
import { isLoopback } from "./bind-address.js";
import type { Config } from "./config.js";
import { nearestName } from "./nearest-name.js";
import { environmentName, isOptionName, OPTION_NAMES, OPTIONS, type OptionName, type OptionValues } from "./options.js";

const OPEN_DEV_WARNING = "development mode on an address that others reach: anybody there can enter every room";

export interface ConfigSources {
  /** Flags by option name; kebab-case or camelCase, dotted or nested (`tls: {cert}`). Undefined values do not count. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The parsed YAML file, undefined without one. */
  readonly file: unknown;
  readonly cpuCores: number;
}

/**
 * A flag wins over its environment variable, that over the file, that over the default.
 *
 * @throws SluiceError `invalidArgument` for an unknown or ill-formed option, `failedPrecondition` for keys that must not serve.
 */
export function parseConfig(sources: ConfigSources): Config {
  const fromFlags = flatten(sources.flags, "", "flag --");
  const fromFile = flatten(sources.file ?? {}, "", "option ");
  const values: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    const [value, origin] = lookUp(name, fromFlags, sources.environment, fromFile);
    values[name] = value === undefined ? OPTIONS[name].defaultValue : parseOption(name, value, origin);
  }
  return toConfig(values as OptionValues, sources.cpuCores);
}

function lookUp(
  name: OptionName,
  flags: ReadonlyMap<OptionName, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<OptionName, unknown>,
): [value: unknown, origin: string] {
  if (flags.has(name)) return [flags.get(name), `--${name}`];
  // An empty variable is an unset one: `SLUICE_DEV=` in a compose file must not switch development mode on.
  const variable = environmentName(name);
  if (environment[variable]) return [environment[variable], variable];
  if (name === "keys" && environment.LIVEKIT_KEYS) return [environment.LIVEKIT_KEYS, "LIVEKIT_KEYS"];
  return [file.get(name), `${name} in the configuration file`];
}

function parseOption(name: OptionName, value: unknown, origin: string): unknown {
  try {
    return OPTIONS[name].parse(value);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.code, `${origin}: ${error.message}`);
  }
}

/** Nested objects to dotted names; the value of `keys` is a map of its own and stays whole. */
function flatten(source: unknown, prefix: string, what: string): Map<OptionName, unknown> {
  if (typeof source !== "object" || source === null || Array.isArray(source)) {
    throw new SluiceError("invalidArgument", `${prefix === "" ? "the configuration file" : prefix}: expected a map of options`);
  }
  const found = new Map<OptionName, unknown>();
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const name = prefix + key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (isOptionName(name)) {
      found.set(name, value);
    } else if (OPTION_NAMES.some((known) => known.startsWith(`${name}.`))) {
      for (const [inner, innerValue] of flatten(value, `${name}.`, what)) found.set(inner, innerValue);
    } else {
      throw new SluiceError("invalidArgument", `unknown ${what}${name}: did you mean ${nearestName(name, OPTION_NAMES)}?`);
    }
  }
  return found;
}

function toConfig(values: OptionValues, cpuCores: number): Config {
  const isDev = values.dev;
  const keys: ApiKeys = isDev && values.keys.size === 0 ? new Map([[DEV_KEY, DEV_SECRET]]) : values.keys;
  const bindAddress = values["bind-address"];
  const isOpenDev = isDev && bindAddress !== undefined && !isLoopback(bindAddress.host);
  const warnings = [...checkApiKeys(keys, isDev), ...(isOpenDev ? [OPEN_DEV_WARNING] : [])];
  const loopback = ["127.0.0.1", "::1"].map((host) => ({ host, port: 7_880 }));
  const { "tls.cert": cert, "tls.key": key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new SluiceError("invalidArgument", "tls.cert and tls.key go together: one of them is missing");
  }
  return deepFreeze({
    isDev,
    bindAddresses: bindAddress !== undefined ? [bindAddress] : isDev ? loopback : [{ host: undefined, port: 7_880 }],
    keys,
    nodeIp: values["node-ip"],
    udpPort: values["udp-port"],
    workers: values.workers === 0 ? Math.max(1, cpuCores) : values.workers,
    packetPath: values["packet-path"],
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    allowedOrigins: values["allowed-origins"],
    log: { level: values["log-level"], format: values["log-format"] },
    departureTimeoutMs: values["departure-timeout-ms"],
    emptyRoomTimeoutMs: values["empty-room-timeout-ms"],
    limits: {
      rooms: values["limits.rooms"],
      participantsPerRoom: values["limits.participants-per-room"],
      tracksPerParticipant: values["limits.tracks-per-participant"],
      connectionsPerIp: values["limits.connections-per-ip"],
      requestsPerSecond: values["limits.requests-per-second"],
      messageBytes: values["limits.message-bytes"],
      sendQueueBytes: values["limits.send-queue-bytes"],
    },
    warnings,
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null && !(inner instanceof Map)) deepFreeze(inner);
  }
  return Object.freeze(value);
}
