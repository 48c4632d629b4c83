import { randomBytes } from "node:crypto";
import type { VideoGrant } from "@sluice/protocol";
import type { ClientOptions } from "ws";
import { Agents } from "../agents/agents.js";
import { createToken } from "../auth/create-token.js";
import { TokenVerifier } from "../auth/token-verifier.js";
import { parseConfig } from "../config/parse-config.js";
import { HttpServer, type UpgradeListener } from "../http/http-server.js";
import { addRoomStatistics } from "../http/room-statistics-route.js";
import { createLog } from "../log/log.js";
import { type Clock, SYSTEM_CLOCK } from "../session/clock.js";
import { createEntropy } from "../session/entropy.js";
import { Rooms } from "../session/rooms.js";
import type { HttpSessionDoor } from "../signaling/http-session/http-session-door.js";
import { addHttpSessionRoutes } from "../signaling/http-session/http-session-routes.js";
import { JsonRpcDoor } from "../signaling/jsonrpc/json-rpc-door.js";
import { LiveKitDoor } from "../signaling/livekit/livekit-door.js";
import { addValidateRoutes } from "../signaling/livekit/validate-route.js";
import { ConnectionsByIp } from "../signaling/upgrade/connections-by-ip.js";
import { createWhepDoor } from "../signaling/whep/whep-door.js";
import { createWhipDoor } from "../signaling/whip/whip-door.js";
import { MemoryWorkers } from "./memory-workers.js";
import { WebSocketClient } from "./web-socket-client.js";

/** A real listener on loopback with the doors behind it, and no media workers. */
export class LocalDoor {
  readonly door: JsonRpcDoor;
  readonly liveKitDoor: LiveKitDoor;
  readonly whipDoor: HttpSessionDoor;
  readonly whepDoor: HttpSessionDoor;
  readonly workers: MemoryWorkers;
  readonly rooms: Rooms;
  readonly agents: Agents;
  readonly #http: HttpServer;
  readonly #clients: WebSocketClient[] = [];

  private constructor(
    parts: Pick<LocalDoor, "door" | "liveKitDoor" | "whipDoor" | "whepDoor" | "workers" | "rooms" | "agents">,
    http: HttpServer,
  ) {
    this.door = parts.door;
    this.liveKitDoor = parts.liveKitDoor;
    this.whipDoor = parts.whipDoor;
    this.whepDoor = parts.whepDoor;
    this.workers = parts.workers;
    this.rooms = parts.rooms;
    this.agents = parts.agents;
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
    const entropy = createEntropy(randomBytes);
    const verifier = new TokenVerifier(config.keys);
    const connectionsByIp = new ConnectionsByIp(config.limits.connectionsPerIp);
    const node = { nodeId: "ND_test", region: "" };
    const agents = new Agents({ config, verifier, node, clock, entropy, log, connectionsByIp });
    const rooms = new Rooms({ config, clock, entropy, workers, log, observer: agents.dispatcher });
    workers.listener = rooms;
    const door = new JsonRpcDoor({ config, rooms, verifier, clock, log, connectionsByIp });
    const liveKitDoor = new LiveKitDoor({ config, rooms, verifier, node, clock, log, connectionsByIp });
    const httpOptions = { config, rooms, verifier, clock, log, connectionsByIp };
    const whipDoor = createWhipDoor(httpOptions);
    const whepDoor = createWhepDoor(httpOptions);
    const upgrades = new Map<string, UpgradeListener>([
      [JsonRpcDoor.PATH, (...upgrade) => void door.handleUpgrade(...upgrade)],
      [Agents.PATH, (...upgrade) => void agents.handleUpgrade(...upgrade)],
      ...LiveKitDoor.PATHS.map((path): [string, UpgradeListener] => [
        path,
        (...upgrade) => void liveKitDoor.handleUpgrade(...upgrade),
      ]),
    ]);
    try {
      const http = await HttpServer.open({
        config,
        log,
        isReady,
        upgrades,
        addRoutes: (app) => {
          addRoomStatistics(app, { rooms, verifier, clock });
          addValidateRoutes(app, liveKitDoor);
          addHttpSessionRoutes(app, whipDoor);
          addHttpSessionRoutes(app, whepDoor);
        },
      });
      return new LocalDoor({ door, liveKitDoor, whipDoor, whepDoor, workers, rooms, agents }, http);
    } catch (error) {
      door.close();
      liveKitDoor.close();
      agents.close();
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
    return this.connectWith(await this.token(identity, grant), options);
  }

  async connectWith(token: string, options?: ClientOptions): Promise<WebSocketClient> {
    const client = await WebSocketClient.open(this.url, token, options);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    this.rooms.close();
    this.door.close();
    this.liveKitDoor.close();
    this.whipDoor.close();
    this.whepDoor.close();
    this.agents.close();
    this.agents.terminate();
    await this.#http.close();
  }
}
