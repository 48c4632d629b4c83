import { startSluiceNode } from "../../sluice-node.js";
import type { Peer } from "./peer.js";

/** One node with one worker, which is all that one room uses. */
export function sluicePeer(path: "native" | "portable"): Peer {
  return {
    name: `Sluice, ${path}`,
    description: `sluice serve --workers 1 --packet-path ${path}; JSON-RPC door`,
    async start() {
      const { process, webSocketUrl, key, secret } = await startSluiceNode(["--packet-path", path]);
      const address = { kind: "jsonrpc", url: webSocketUrl, key, secret, room: "bench" } as const;
      return { pid: process.pid, address, close: async () => void (await process.end()) };
    },
  };
}
