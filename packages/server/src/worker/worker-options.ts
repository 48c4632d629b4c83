/**
 * What a media worker is told at its start: one JSON text, the first argument of the program worker-process/main.js.
 * After that only messages.ts crosses the IPC channel (`fork` with `serialization: "advanced"`).
 */
export interface WorkerOptions {
  /** 0-based; also the worker's place in the port range. */
  readonly index: number;
  /** One UDP socket each. Port 0 takes any free port (tests); the candidates in `ready` carry the real one. */
  readonly udpBinds: readonly SocketBind[];
  /** One listener each, for clients whose networks let no UDP out; none: no TCP. */
  readonly tcpBinds: readonly SocketBind[];
  /** Addresses to announce as host candidates, best first; each is reachable through a bind of its family. */
  readonly announcedIps: readonly string[];
  readonly packetPath: PacketPath;
  /** How long beyond a round trip a packet may be sent again, ms; 200 by default. */
  readonly retransmissionTtlMs?: number;
  /** How often it tells who is heard, ms; 400 by default. */
  readonly audioLevelIntervalMs?: number;
  /** Whether it measures what only metrics and profiles need: pauses, delays, distributions. Default false. */
  readonly isMetered?: boolean;
}

export interface SocketBind {
  readonly family: "IPv4" | "IPv6";
  /** A numeric address; "0.0.0.0" and "::" are every address of the family ("::" with IPV6_V6ONLY). */
  readonly ip: string;
  readonly port: number;
}

/** "auto" takes the native path where it works and says in `ready` why it did not. */
export type PacketPath = "auto" | "native" | "portable";

/** Both ends are the same build, so this checks no more than that there is an argument at all. */
export function parseWorkerOptions(argument: string | undefined): WorkerOptions {
  if (argument === undefined) throw new Error("worker-process/main.js is started by the node, not by hand");
  return JSON.parse(argument) as WorkerOptions;
}
