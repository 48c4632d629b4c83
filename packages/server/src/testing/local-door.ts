import { randomBytes } from "node:crypto";
import type { VideoGrant } from "@sluice/protocol";
import type { ClientOptions } from "ws";
import { createToken } from "../auth/create-token.js";
import { TokenVerifier } from "../auth/token-verifier.js";
import { parseConfig } from "../config/parse-config.js";
import { HttpServer } from "../http/http-server.js";
import { createLog } from "../log/log.js";
import { type Clock, SYSTEM_CLOCK } from "../session/clock.js";
import { createEntropy } from "../session/entropy.js";
import { Rooms } from "../session/rooms.js";
import { JsonRpcDoor } from "../signaling/jsonrpc/json-rpc-door.js";
import { MemoryWorkers } from "./memory-workers.js";
import { WebSocketClient } from "./web-socket-client.js";

/** A real listener on loopback with the door behind it, and no media workers. */
export class LocalDoor {
  readonly door: JsonRpcDoor;
  readonly workers: MemoryWorkers;
  readonly rooms: Rooms;
  readonly #http: HttpServer;
  readonly #clients: WebSocketClient[] = [];

  private constructor(parts: Pick<LocalDoor, "door" | "workers" | "rooms">, http: HttpServer) {
    this.door = parts.door;
    this.workers = parts.workers;
    this.rooms = parts.rooms;
    this.#http = http;
  }

  static async open(
    flags: Readonly<Record<string, unknown>> = {},
    { clock = SYSTEM_CLOCK, isReady = () => true }: { readonly clock?: Clock; readonly isReady?: () => boolean } = {},
  ): Promise<LocalDoor> {
    const config = parseConfig({
      flags: { dev: true, "bind-address": "127.0.0.1:0", ...flags },
      environment: {},
      file: undefined,
      cpuCores: 1,
    });
    const log = createLog({ level: "fatal", format: "json" });
    const workers = new MemoryWorkers(1);
    const rooms = new Rooms({ config, clock, entropy: createEntropy(randomBytes), workers });
    workers.listener = rooms;
    const door = new JsonRpcDoor({ config, rooms, verifier: new TokenVerifier(config.keys), clock, log });
    const upgrades = new Map([
      [JsonRpcDoor.PATH, (...upgrade: Parameters<JsonRpcDoor["handleUpgrade"]>) => void door.handleUpgrade(...upgrade)],
    ]);
    try {
      const http = await HttpServer.open({ config, log, isReady, upgrades });
      return new LocalDoor({ door, workers, rooms }, http);
    } catch (error) {
      door.close();
      throw error;
    }
  }

  get url(): string {
    return this.#http.url;
  }

  token(identity: string, grant: VideoGrant = {}): Promise<string> {
    return createToken({ key: "devkey", secret: "secret", identity, grant: { room: "demo", roomJoin: true, ...grant } });
  }

  async connect(identity: string, grant?: VideoGrant, options?: ClientOptions): Promise<WebSocketClient> {
    const client = await WebSocketClient.open(this.url, await this.token(identity, grant), options);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    this.rooms.close();
    this.door.close();
    await this.#http.close();
  }
}
