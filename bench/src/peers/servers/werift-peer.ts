import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endProcess } from "./end-process.js";
import type { Peer } from "./peer.js";

const PROGRAM = fileURLToPath(new URL("werift-sfu.js", import.meta.url));

export const WERIFT_PEER: Peer = {
  name: "werift",
  description: "a small SFU on npm's werift in one Node.js process",
  async start() {
    const sfu = spawn(process.execPath, [PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
    const close = () => endProcess(sfu);
    const failed = once(sfu, "exit").then(([code]) => Promise.reject(new Error(`the werift SFU ended with ${code}`)));
    const [said] = await Promise.race([once(sfu.stdout, "data"), failed]);
    failed.catch(() => undefined);
    const address = { kind: "werift", url: `ws://127.0.0.1:${String(said).trim()}` } as const;
    return { pid: sfu.pid as number, address, close };
  },
};
