import { SluiceError } from "@sluice/protocol";
import { adminConfig, adminWarnings } from "./admin-config.js";
import { type ApiKeys, checkApiKeys, DEV_KEY, DEV_SECRET, parseApiKeys } from "./api-keys.js";
import { isLoopback } from "./bind-address.js";
import { clusterConfig, clusterWarnings } from "./cluster-config.js";
import type { Config } from "./config.js";
import { flattenOptions, type KnownNames } from "./flatten-options.js";
import { isLiveKitGroup, isLiveKitOption, type OptionSource, translateLiveKitOptions } from "./livekit-options.js";
import {
  environmentName,
  isOptionGroup,
  isOptionName,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
  type OptionValues,
} from "./options.js";
import { tracingConfig, tracingWarnings } from "./tracing-config.js";
import { webhookConfig } from "./webhook-config.js";

const OPEN_DEV_WARNING = "development mode on an address that others reach: anybody there can enter every room";

export interface ConfigSources {
  /** Flags by option name; kebab-case, snake_case or camelCase, dotted or nested (`tls: {cert}`). Undefined values do not count. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The parsed YAML file, undefined without one. */
  readonly file: unknown;
  readonly cpuCores: number;
  /** What is in a file of keys: text, a list or a map. Throws SluiceError `invalidArgument`. Absent: there are no files. */
  readonly readKeyFile?: (fileName: string) => unknown;
}

const OUR_NAMES: KnownNames = { isOption: isOptionName, isGroup: isOptionGroup, suggestions: OPTION_NAMES };
/** A configuration file of LiveKit does, too. */
const FILE_NAMES: KnownNames = {
  isOption: (name) => isOptionName(name) || isLiveKitOption(name),
  isGroup: (name) => isOptionGroup(name) || isLiveKitGroup(name),
  suggestions: OPTION_NAMES,
};

/**
 * A flag wins over its environment variable, that over the file, that over the default.
 *
 * @throws SluiceError `invalidArgument` for an unknown or ill-formed option, `failedPrecondition` for keys that must not serve.
 */
export function parseConfig(sources: ConfigSources): Config {
  const flags = flattenOptions(sources.flags, OUR_NAMES, "flag --");
  const file = translateLiveKitOptions(flattenOptions(sources.file ?? {}, FILE_NAMES, "option "));
  const values: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    const { value, name: origin } = lookUp(name, flags, sources.environment, file.values);
    values[name] = value === undefined ? OPTIONS[name].defaultValue : parseOption(name, value, origin);
  }
  return toConfig(values as OptionValues, sources, file.warnings);
}

/** `name` of what is returned says where it comes from. */
function lookUp(
  name: OptionName,
  flags: ReadonlyMap<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<OptionName, OptionSource>,
): OptionSource {
  if (flags.has(name)) return { value: flags.get(name), name: `--${name}` };
  // An empty variable is an unset one: `SLUICE_DEV=` in a compose file must not switch development mode on.
  const variable = environmentName(name);
  if (environment[variable]) return { value: environment[variable], name: variable };
  if (name === "keys" && environment.LIVEKIT_KEYS) return { value: environment.LIVEKIT_KEYS, name: "LIVEKIT_KEYS" };
  const inFile = file.get(name);
  return { value: inFile?.value, name: `${inFile?.name ?? name} in the configuration file` };
}

function parseOption(name: OptionName, value: unknown, origin: string): unknown {
  try {
    return OPTIONS[name].parse(value);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.code, `${origin}: ${error.message}`);
  }
}

function toConfig(
  values: OptionValues,
  { cpuCores, readKeyFile, environment }: ConfigSources,
  fileWarnings: readonly string[],
): Config {
  const isDev = values.dev;
  const keys = allKeys(values, readKeyFile);
  const bindAddresses = values["bind-address"];
  const isOpenDev = isDev && bindAddresses.some(({ host }) => !isLoopback(host));
  const admin = adminConfig(
    values["admin.bind-address"],
    { isEnabled: values["metrics.enabled"], token: values["metrics.token"] },
    { isEnabled: values["profiling.enabled"], token: values["profiling.token"] },
  );
  const tracing = tracingConfig(
    {
      isEnabled: values["telemetry.traces.enabled"],
      serviceName: values["telemetry.service-name"],
      endpoint: values["telemetry.traces.endpoint"],
      headers: values["telemetry.traces.headers"],
      sampler: values["telemetry.traces.sampler"],
      ratio: values["telemetry.traces.ratio"],
    },
    environment,
  );
  const cluster = clusterConfig({
    etcdEndpoints: values["etcd.endpoints"],
    redisUrl: values["redis.url"],
    address: values["node-address"],
    isPatient: values.wait,
  });
  const warnings = [
    ...checkApiKeys(keys, isDev),
    ...(isOpenDev ? [OPEN_DEV_WARNING] : []),
    ...adminWarnings(admin),
    ...tracingWarnings(tracing, environment),
    ...clusterWarnings(cluster),
    ...fileWarnings,
  ];
  const everywhere = (isDev ? ["127.0.0.1", "::1"] : [undefined]).map((host) => ({ host, port: 7_880 }));
  const hasPlayoutDelay = values["room.playout-delay.enabled"];
  const { "tls.cert": cert, "tls.key": key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new SluiceError("invalidArgument", "tls.cert and tls.key go together: one of them is missing");
  }
  const { "room.playout-delay.min": minPlayoutDelayMs, "room.playout-delay.max": maxPlayoutDelayMs } = values;
  if (maxPlayoutDelayMs !== 0 && minPlayoutDelayMs > maxPlayoutDelayMs) {
    throw new SluiceError("invalidArgument", "room.playout-delay: min is above max");
  }
  return deepFreeze({
    isDev,
    bindAddresses: bindAddresses.length > 0 ? bindAddresses : everywhere,
    keys,
    nodeId: values["node-id"],
    region: values.region ?? "",
    cluster,
    nodeIp: values["node-ip"],
    udpPort: values["udp-port"],
    tcpPort: values["rtc.tcp-port"],
    workers: values.workers === 0 ? Math.max(1, cpuCores) : values.workers,
    packetPath: values["packet-path"],
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    allowedOrigins: values["allowed-origins"],
    log: { level: values["log-level"], format: values["log-format"] },
    resumeTimeoutMs: values["resume-timeout-ms"],
    room: {
      autoCreate: values["room.auto-create"],
      emptyTimeoutMs: values["room.empty-timeout"] * 1000,
      departureTimeoutMs: values["room.departure-timeout"] * 1000,
      maxParticipants: values["room.max-participants"],
      enableRemoteUnmute: values["room.enable-remote-unmute"],
      syncStreams: values["room.sync-streams"],
      minPlayoutDelayMs: hasPlayoutDelay ? minPlayoutDelayMs : 0,
      maxPlayoutDelayMs: hasPlayoutDelay ? maxPlayoutDelayMs : 0,
      enabledCodecs: values["room.enabled-codecs"],
      presets: values["room.room-configurations"],
    },
    audio: {
      loudestSpeakers: values["room.loudest-speakers"],
      activeLevel: values["audio.active-level"],
      minActiveRatio: values["audio.min-percentile"] / 100,
      updateIntervalMs: values["audio.update-interval"],
      smoothIntervals: values["audio.smooth-intervals"],
    },
    retransmissionTtlMs: values["rtc.retransmission-ttl-ms"],
    iceServers: { stunServers: values["rtc.stun-servers"], turnServers: values["rtc.turn-servers"] },
    webhook: webhookConfig(
      {
        urls: values["webhook.urls"],
        filter: {
          include: values["webhook.filter-params.include-events"],
          exclude: values["webhook.filter-params.exclude-events"],
        },
      },
      values["webhook.api-key"],
      keys,
    ),
    admin,
    tracing,
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

function allKeys(values: OptionValues, readKeyFile: ConfigSources["readKeyFile"]): ApiKeys {
  const fileName = values["key-file"];
  if (fileName !== undefined && readKeyFile === undefined) {
    throw new SluiceError("invalidArgument", "key-file: files cannot be read here");
  }
  const fromFile = fileName === undefined ? [] : parseApiKeys(readKeyFile?.(fileName));
  const keys = new Map([...values.keys, ...fromFile]);
  return values.dev && keys.size === 0 ? new Map([[DEV_KEY, DEV_SECRET]]) : keys;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null && !(inner instanceof Map)) deepFreeze(inner);
  }
  return Object.freeze(value);
}
