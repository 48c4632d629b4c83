import { SluiceProcess } from "@sluice/interop";
import type { Peer } from "./peer.js";

/** One node with one worker, which is all that one room uses. */
export function sluicePeer(path: "native" | "portable"): Peer {
  return {
    name: `Sluice, ${path}`,
    description: `sluice serve --workers 1 --packet-path ${path}; JSON-RPC door`,
    async start() {
      const args = ["serve", "--dev", "--json", "--bind-address", "127.0.0.1:0", "--udp-port", "0", "--workers", "1"];
      const node = new SluiceProcess([...args, "--log-level", "warn", "--packet-path", path]);
      try {
        const [banner] = await node.says(/^\{"url".*\}$/m);
        const { url, key, secret } = JSON.parse(banner);
        const address = { kind: "jsonrpc", url: url.replace(/^http/, "ws"), key, secret, room: "bench" } as const;
        return { pid: node.pid, address, close: async () => void (await node.end()) };
      } catch (error) {
        await node.end();
        throw error;
      }
    },
  };
}
