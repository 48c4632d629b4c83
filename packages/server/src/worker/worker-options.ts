/**
 * What a media worker is told at its start: one JSON text, the first argument of the program worker-process/main.js.
 * After that only messages.ts crosses the IPC channel (`fork` with `serialization: "advanced"`).
 */
export interface WorkerOptions {
  /** 0-based; also the worker's place in the port range. */
  readonly index: number;
  /** One UDP socket each. Port 0 takes any free port (tests); the candidates in `ready` carry the real one. */
  readonly udpBinds: readonly UdpBind[];
  /** Addresses to announce as host candidates, best first; each is reachable through a bind of its family. */
  readonly announcedIps: readonly string[];
  readonly packetPath: PacketPath;
}

export interface UdpBind {
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
