import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Instant } from "@sluice/media";
import type { TokenClaims } from "@sluice/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { TokenVerifier } from "../../auth/token-verifier.js";
import type { Config } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Clock } from "../../session/clock.js";
import type { Rooms } from "../../session/rooms.js";
import type { RequestSpans } from "../../telemetry/tracing/request-spans.js";
import { accessToken } from "../upgrade/access-token.js";
import { admitUpgrade } from "../upgrade/admit-upgrade.js";
import type { ConnectionsByIp } from "../upgrade/connections-by-ip.js";
import { DoorConnections } from "../upgrade/door-connections.js";
import { checkOrigin } from "../upgrade/origin-policy.js";
import { Connection } from "./connection.js";
import { DoorCounters } from "./counters.js";

export interface JsonRpcDoorOptions {
  readonly config: Pick<Config, "allowedOrigins" | "bindAddresses" | "isDev" | "limits">;
  readonly rooms: Rooms;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsByIp: ConnectionsByIp;
  /** Undefined: nothing is traced. */
  readonly spans?: RequestSpans | undefined;
  /** Default: as often as participants ping. */
  readonly heartbeatIntervalMs?: number;
}

/** A message up to this many times too long is still answered; a longer one closes the connection with 1009. */
const OVERSIZE_FACTOR = 2;

/** The way in for JSON-RPC 2.0 over WebSocket at `/rpc`. Who has no good token never gets as far as a WebSocket. */
export class JsonRpcDoor {
  static readonly PATH = "/rpc";
  readonly counters = new DoorCounters();
  readonly #options: JsonRpcDoorOptions;
  readonly #server: WebSocketServer;
  readonly #connections: DoorConnections<Connection>;

  constructor(options: JsonRpcDoorOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      // Compression costs memory per connection, and CPU that an attacker chooses.
      perMessageDeflate: false,
      maxPayload: options.config.limits.messageBytes * OVERSIZE_FACTOR,
      clientTracking: false,
    });
    this.#connections = new DoorConnections(options.clock, options.heartbeatIntervalMs);
  }

  get connectionCount(): number {
    return this.#connections.count;
  }

  /** An upgrade request for {@link PATH}. Never rejects: what is not granted is answered with its HTTP status. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { connectionsByIp, log, clock, spans } = this.#options;
    const arrivedAt = clock.now();
    return admitUpgrade({
      request,
      socket,
      connectionsByIp,
      counters: this.counters,
      log,
      spans,
      admit: () => this.#admit(request),
      open: (claims) =>
        this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, claims, arrivedAt)),
    });
  }

  /** No new connections; the ones there are have been told by their rooms, the rest is told here. */
  close(): void {
    this.#connections.close();
  }

  /** After {@link close}: who has not answered its farewell by now is not waited for. */
  terminate(): void {
    this.#connections.terminate();
  }

  async #admit(request: IncomingMessage): Promise<TokenClaims> {
    const { config, verifier, clock } = this.#options;
    this.#connections.checkServing();
    checkOrigin(request, config);
    const claims = await verifier.verify(accessToken(request), clock.unixMs());
    roomToJoin(claims);
    return claims;
  }

  #open(socket: WebSocket, claims: TokenClaims, arrivedAt: Instant): void {
    const { rooms, clock, config, log, spans } = this.#options;
    const { counters } = this;
    const { limits } = config;
    const trace = spans?.traceConnection(arrivedAt);
    const connection = new Connection({ socket, claims, arrivedAt, rooms, clock, limits, log, counters, trace });
    this.counters.connections += 1;
    this.#connections.add(connection, socket);
  }
}
