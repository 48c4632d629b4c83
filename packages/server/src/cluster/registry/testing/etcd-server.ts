import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EtcdConnection } from "../etcd/etcd-connection.js";

/** Where the test command found etcd; tests that need it skip themselves by name without it. */
export const ETCD_PROGRAM = process.env.SLUICE_ETCD;

const START_TIMEOUT_MS = 30_000;

/** A real etcd of one member on loopback, with its data in a folder of its own. */
export class EtcdServer {
  readonly endpoint: string;
  readonly #program: string;
  readonly #peerUrl: string;
  #folder: string;
  #process: ChildProcess | undefined;

  private constructor(program: string, endpoint: string, peerUrl: string, folder: string) {
    this.#program = program;
    this.endpoint = endpoint;
    this.#peerUrl = peerUrl;
    this.#folder = folder;
  }

  static async start(program: string): Promise<EtcdServer> {
    const [clientPort, peerPort] = await findFreePorts();
    const server = new EtcdServer(
      program,
      `http://127.0.0.1:${clientPort}`,
      `http://127.0.0.1:${peerPort}`,
      await createFolder(),
    );
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const flags: Record<string, string> = {
      name: "test",
      "data-dir": this.#folder,
      "listen-client-urls": this.endpoint,
      "advertise-client-urls": this.endpoint,
      "listen-peer-urls": this.#peerUrl,
      "initial-advertise-peer-urls": this.#peerUrl,
      "initial-cluster": `test=${this.#peerUrl}`,
      logger: "zap",
      "log-level": "error",
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(this.#program, args, { stdio: ["ignore", "ignore", "inherit"] });
    this.#process = child;
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
      const connection = new EtcdConnection(this.endpoint);
      try {
        await connection.kv.range({ key: new Uint8Array([1]) }, { timeoutMs: 1_000 });
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
      } finally {
        connection.close();
      }
      await delay(50);
    }
  }

  /** Kills it; what it has acknowledged is on the disk. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Its next start finds nothing. */
  async wipe(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#folder = await createFolder();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function createFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "sluice-etcd-"));
}

async function findFreePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  return [ports[0] as number, ports[1] as number];
}
