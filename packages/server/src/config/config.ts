import type { PacketPath } from "../worker/worker-options.js";
import type { ApiKeys } from "./api-keys.js";
import type { BindAddress } from "./bind-address.js";

/** What a node runs with. Parsed once, frozen; every option's meaning, unit, default and range is in options.ts. */
export interface Config {
  readonly isDev: boolean;
  /** At least one; several only for the two loopback addresses of `dev`. */
  readonly bindAddresses: readonly BindAddress[];
  readonly keys: ApiKeys;
  readonly nodeIp: string | undefined;
  readonly udpPort: number;
  /** At least 1. */
  readonly workers: number;
  readonly packetPath: PacketPath;
  /** File names. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly allowedOrigins: readonly string[];
  readonly log: LogConfig;
  readonly departureTimeoutMs: number;
  readonly emptyRoomTimeoutMs: number;
  readonly limits: Limits;
  /** Found while parsing; to be logged once the log is there. */
  readonly warnings: readonly string[];
}

export interface LogConfig {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly format: "auto" | "pretty" | "json";
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
