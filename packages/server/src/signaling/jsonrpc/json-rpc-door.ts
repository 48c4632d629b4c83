import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_CODES, SluiceError, type TokenClaims } from "@sluice/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { TokenVerifier } from "../../auth/token-verifier.js";
import type { Config } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Clock } from "../../session/clock.js";
import { PING_INTERVAL_MS, type Rooms } from "../../session/rooms.js";
import { Connection } from "./connection.js";
import { DoorCounters } from "./counters.js";
import { isOriginAllowed } from "./origin-policy.js";
import { refuseUpgrade } from "./refuse-upgrade.js";

export interface JsonRpcDoorOptions {
  readonly config: Pick<Config, "allowedOrigins" | "bindAddresses" | "isDev" | "limits">;
  readonly rooms: Rooms;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly log: Log;
  /** Default {@link PING_INTERVAL_MS}. */
  readonly heartbeatIntervalMs?: number;
}

/** Heartbeat intervals after which a silent connection is dropped. */
const MAX_SILENT_INTERVALS = 3;
/** A message up to this many times too long is still answered; a longer one closes the connection with 1009. */
const OVERSIZE_FACTOR = 2;

/** The way in for JSON-RPC 2.0 over WebSocket at `/rpc`. Who has no good token never gets as far as a WebSocket. */
export class JsonRpcDoor {
  static readonly PATH = "/rpc";
  readonly counters = new DoorCounters();
  readonly #options: JsonRpcDoorOptions;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<Connection>();
  readonly #connectionsByIp = new Map<string, number>();
  #cancelHeartbeat: () => void;
  #isClosing = false;

  constructor(options: JsonRpcDoorOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      // Compression costs memory per connection, and CPU that an attacker chooses.
      perMessageDeflate: false,
      maxPayload: options.config.limits.messageBytes * OVERSIZE_FACTOR,
      clientTracking: false,
    });
    this.#cancelHeartbeat = this.#scheduleHeartbeat();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** An upgrade request for {@link PATH}. Never rejects: what is not granted is answered with its HTTP status. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over, a reset by the peer must not become an uncaught error.
    const ignoreReset = () => socket.destroy();
    socket.on("error", ignoreReset);
    try {
      this.#checkUpgrade(request);
      const claims = await this.#options.verifier.verify(accessToken(request), this.#options.clock.unixMs());
      roomToJoin(claims);
      if (socket.destroyed) return;
      const release = this.#countIp(request.socket.remoteAddress ?? "");
      socket.once("close", release);
      socket.off("error", ignoreReset);
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, claims));
    } catch (error) {
      this.counters.upgradesRefused += 1;
      if (!(error instanceof SluiceError)) this.#options.log.error({ error }, "an upgrade failed for a reason of ours");
      refuseUpgrade(socket, error instanceof SluiceError ? error : new SluiceError("internal", "internal error"));
    }
  }

  /** No new connections; the ones there are have been told by their rooms, the rest is told here. */
  close(): void {
    this.#isClosing = true;
    this.#cancelHeartbeat();
    for (const connection of this.#connections) connection.close("unavailable", "node shutdown");
  }

  /** After {@link close}: who has not answered its farewell by now is not waited for. */
  terminate(): void {
    for (const connection of this.#connections) connection.terminate();
  }

  #checkUpgrade(request: IncomingMessage): void {
    const { config } = this.#options;
    if (this.#isClosing) throw new SluiceError("unavailable", "this node is shutting down");
    if (!isOriginAllowed(request.headers.origin, request.headers.host, config)) {
      throw new SluiceError("permissionDenied", "pages of this origin may not connect: see the option allowed-origins");
    }
  }

  /** Returns what takes the connection off the count again. */
  #countIp(ip: string): () => void {
    const { connectionsPerIp } = this.#options.config.limits;
    const count = this.#connectionsByIp.get(ip) ?? 0;
    if (count >= connectionsPerIp) {
      throw new SluiceError("resourceExhausted", `more than ${connectionsPerIp} connections from one address`);
    }
    this.#connectionsByIp.set(ip, count + 1);
    return () => {
      const left = (this.#connectionsByIp.get(ip) ?? 1) - 1;
      if (left === 0) this.#connectionsByIp.delete(ip);
      else this.#connectionsByIp.set(ip, left);
    };
  }

  #open(socket: WebSocket, claims: TokenClaims): void {
    const { rooms, clock, config, log } = this.#options;
    const connection = new Connection({ socket, claims, rooms, clock, limits: config.limits, log, counters: this.counters });
    this.counters.connections += 1;
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    if (this.#isClosing) socket.close(ERROR_CODES.unavailable.webSocketClose, "node shutdown");
  }

  #scheduleHeartbeat(): () => void {
    const { clock, heartbeatIntervalMs = PING_INTERVAL_MS } = this.#options;
    return clock.schedule(heartbeatIntervalMs, () => {
      for (const connection of this.#connections) connection.handleHeartbeat(MAX_SILENT_INTERVALS);
      this.#cancelHeartbeat = this.#scheduleHeartbeat();
    });
  }
}

/** From `Authorization: Bearer …` or `?access_token=…`. Throws SluiceError `unauthenticated` when there is none. */
function accessToken(request: IncomingMessage): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const query = request.url?.split("?", 2)[1] ?? "";
  const token = new URLSearchParams(query).get("access_token");
  if (token === null || token === "") {
    throw new SluiceError("unauthenticated", "no access token: pass ?access_token=… or the header Authorization: Bearer …");
  }
  return token;
}
