import type { WebhookFilter } from "../webhooks/webhook-filter.js";
import type { PacketPath } from "../worker/worker-options.js";
import type { ApiKeys } from "./api-keys.js";
import type { BindAddress } from "./bind-address.js";
import type { IceServersConfig } from "./ice-servers-config.js";
import type { RoomPresets } from "./room-presets.js";
import type { SamplerName } from "./sampler-names.js";

/** What a node runs with. Parsed once, frozen; every option's meaning, unit, default and range is in options.ts. */
export interface Config {
  readonly isDev: boolean;
  /** At least one; several only for the two loopback addresses of `dev`. */
  readonly bindAddresses: readonly BindAddress[];
  readonly keys: ApiKeys;
  /** Undefined: it is called anew each time it starts. */
  readonly nodeId: string | undefined;
  /** Empty: nobody said. */
  readonly region: string;
  /** Undefined: the node is alone. */
  readonly cluster: ClusterConfig | undefined;
  readonly nodeIp: string | undefined;
  readonly udpPort: number;
  /** 0: media comes by UDP alone. */
  readonly tcpPort: number;
  /** At least 1. */
  readonly workers: number;
  readonly packetPath: PacketPath;
  /** File names. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly allowedOrigins: readonly string[];
  readonly log: LogConfig;
  /** How long a participant whose signaling was lost is kept. */
  readonly resumeTimeoutMs: number;
  readonly room: RoomConfig;
  readonly audio: AudioConfig;
  readonly retransmissionTtlMs: number;
  readonly iceServers: IceServersConfig;
  readonly webhook: WebhookConfig;
  /** The listener for operators; undefined: there is none. */
  readonly admin: AdminConfig | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  readonly limits: Limits;
  /** Found while parsing; to be logged once the log is there. */
  readonly warnings: readonly string[];
}

/** What nodes share, and how others reach this one. */
export interface ClusterConfig {
  /** Origins, each once; at least one. */
  readonly etcdEndpoints: readonly string[];
  /** It may hold a password. */
  readonly redisUrl: string;
  /** An origin; undefined: it follows from where the node listens. */
  readonly address: string | undefined;
  /** Whether a node that starts waits for the stores for as long as it takes. */
  readonly isPatient: boolean;
}

export interface LogConfig {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly format: "auto" | "pretty" | "json";
}

/** What rooms have when nobody says otherwise. */
export interface RoomConfig {
  readonly autoCreate: boolean;
  readonly emptyTimeoutMs: number;
  readonly departureTimeoutMs: number;
  /** 0: no limit but the node's. */
  readonly maxParticipants: number;
  readonly enableRemoteUnmute: boolean;
  readonly syncStreams: boolean;
  /** What receivers are to buffer; 0: as they like. */
  readonly minPlayoutDelayMs: number;
  readonly maxPlayoutDelayMs: number;
  /** MIME types. */
  readonly enabledCodecs: readonly string[];
  readonly presets: RoomPresets;
}

/** Who is heard, and who counts as a speaker. */
export interface AudioConfig {
  /** Heard besides the dominant one; 0: everybody is heard. */
  readonly loudestSpeakers: number;
  /** -dBov; 0 is loudest. */
  readonly activeLevel: number;
  /** Share of an interval, 0–1. */
  readonly minActiveRatio: number;
  readonly updateIntervalMs: number;
  readonly smoothIntervals: number;
}

/** Who is told of what happens in the rooms. */
export interface WebhookConfig {
  /** Its secret signs them. Empty without URLs. */
  readonly apiKey: string;
  readonly urls: readonly string[];
  readonly filter: WebhookFilter;
}

/** What operators are told, and where. */
export interface AdminConfig {
  readonly bindAddress: BindAddress;
  readonly metrics: MetricsConfig;
  readonly profiling: ProfilingConfig | undefined;
}

export interface MetricsConfig {
  readonly isEnabled: boolean;
  /** Undefined: whoever reaches the listener may scrape. */
  readonly token: string | undefined;
}

/** Its being there is what lets profiles be taken. */
export interface ProfilingConfig {
  readonly token: string;
}

/** Where spans of requests go, and of how many. */
export interface TracingConfig {
  readonly serviceName: string;
  /** Of this process, besides what it knows of itself. */
  readonly resourceAttributes: ReadonlyMap<string, string>;
  /** The whole URL. */
  readonly endpoint: string;
  /** They may hold a secret. */
  readonly headers: ReadonlyMap<string, string>;
  readonly sampler: SamplerName;
  /** Share of traces, 0–1. */
  readonly ratio: number;
}

export interface Limits {
  readonly rooms: number;
  readonly participantsPerRoom: number;
  readonly tracksPerParticipant: number;
  readonly connectionsPerIp: number;
  readonly requestsPerSecond: number;
  readonly messageBytes: number;
  readonly sendQueueBytes: number;
}
