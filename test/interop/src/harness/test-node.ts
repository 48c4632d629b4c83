import type { VideoGrant } from "@sluice/protocol";
import { parseConfig, type RunningServer, startServer } from "@sluice/server";
import { devToken } from "./dev-token.js";
import { WorkerWatch } from "./worker-watch.js";

export interface TestNodeOptions {
  /** Default 1. */
  readonly workers?: number;
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Options of the node besides, by name. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** A node with its control process in this one and its media workers as they ship, on free ports of the loopback. */
export class TestNode {
  /** Log lines of level warn and worse: a healthy run has none. */
  readonly complaints: string[] = [];
  readonly watch = new WorkerWatch();
  #server: RunningServer | undefined;

  static async start({ workers = 1, host = "127.0.0.1", flags = {} }: TestNodeOptions = {}): Promise<TestNode> {
    const node = new TestNode();
    const bindAddress = `${host.includes(":") ? `[${host}]` : host}:0`;
    const config = parseConfig({
      flags: { dev: true, "bind-address": bindAddress, "udp-port": 0, workers, ...flags },
      environment: {},
      file: undefined,
      cpuCores: workers,
    });
    const complain = (...line: unknown[]) => node.complaints.push(line.map((part) => JSON.stringify(part)).join(" "));
    const ignore = () => {};
    const log = { trace: ignore, debug: ignore, info: ignore, warn: complain, error: complain, fatal: complain };
    node.#server = await startServer(config, log);
    return node;
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error("the node has not started");
    return this.#server;
  }

  /** Of the demo page. */
  get url(): string {
    return this.server.url;
  }

  /** Of the JSON-RPC door. */
  get webSocketUrl(): string {
    return this.url.replace(/^http/, "ws");
  }

  token(room: string, identity: string, grant: VideoGrant = {}): Promise<string> {
    return devToken(room, identity, grant);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.watch.close();
  }
}
