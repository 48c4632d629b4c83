import { randomUUID } from "node:crypto";
import type { Peer } from "./peer.js";

export interface LiveKitServer {
  readonly url: string;
  /** Of the server's process, on this machine. */
  readonly pid: number;
  readonly key: string;
  readonly secret: string;
}

/** A server that runs already, and goes on; each start is a room of its own there. */
export function liveKitPeer({ url, pid, key, secret }: LiveKitServer): Peer {
  return {
    name: "LiveKit",
    description: `the server at ${url}, its door /rtc/v1`,
    start: async () => ({
      pid,
      address: { kind: "livekit", url, key, secret, room: `bench-${randomUUID()}` },
      close: async () => undefined,
    }),
  };
}
