import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@sluice/interop";
import { JsonSocket } from "../doors/json-socket.js";
import { endProcess } from "./end-process.js";
import { freePort } from "./free-port.js";
import { JANUS_ROOM, janusConfig } from "./janus-config.js";
import type { Peer } from "./peer.js";

const START_TIMEOUT_MS = 10_000;

/** `program`: Debian's janus. */
export function janusPeer(program: string): Peer {
  return {
    name: "Janus",
    description: "Debian's package janus, VideoRoom plugin over its WebSocket API, its defaults",
    async start() {
      const folder = mkdtempSync(join(tmpdir(), "bench-janus-"));
      const webSocketPort = await freePort();
      const mediaIp = machineIp();
      for (const [name, text] of janusConfig({ folder, webSocketPort, mediaIp })) writeFileSync(join(folder, name), text);
      const janus = spawn(program, ["-F", folder, "-C", join(folder, "janus.jcfg")], { stdio: "ignore" });
      const close = async () => {
        await endProcess(janus);
        rmSync(folder, { recursive: true });
      };
      const url = `ws://127.0.0.1:${webSocketPort}`;
      try {
        await until("Janus", START_TIMEOUT_MS, () => answers(janus, url));
      } catch (error) {
        await close();
        throw error;
      }
      return { pid: janus.pid as number, address: { kind: "janus", url, room: JANUS_ROOM, mediaIp }, close };
    },
  };
}

/**
 * An address of this machine that is not its loopback, which Janus's libnice leaves out. What is sent there from here stays here, on the same
 * loopback device.
 */
function machineIp(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw new Error("Janus cannot be measured here: it needs an IPv4 address besides the loopback's");
  return found.address;
}

async function answers(janus: ChildProcess, url: string): Promise<boolean> {
  if (janus.exitCode !== null || janus.pid === undefined) throw new Error(`Janus ended with ${janus.exitCode}`);
  const socket = await JsonSocket.open(url, "janus-protocol").catch(() => undefined);
  socket?.close();
  return socket !== undefined;
}
