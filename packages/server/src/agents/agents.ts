import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { SluiceError, type TokenClaims } from "@sluice/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { TokenVerifier } from "../auth/token-verifier.js";
import type { Config } from "../config/config.js";
import type { NodeName } from "../livekit/server-info.js";
import type { Log } from "../log/log.js";
import type { Clock } from "../session/clock.js";
import type { Entropy } from "../session/entropy.js";
import { accessToken } from "../signaling/upgrade/access-token.js";
import { admitUpgrade } from "../signaling/upgrade/admit-upgrade.js";
import type { ConnectionsByIp } from "../signaling/upgrade/connections-by-ip.js";
import { DoorConnections } from "../signaling/upgrade/door-connections.js";
import { checkOrigin } from "../signaling/upgrade/origin-policy.js";
import { AgentConnection } from "./agent-connection.js";
import { AgentDispatcher } from "./agent-dispatcher.js";
import { MAX_WORKER_MESSAGE_BYTES } from "./worker-message.js";
import { MAX_WORKERS } from "./worker-registry.js";

export interface AgentsOptions {
  readonly config: Pick<Config, "allowedOrigins" | "bindAddresses" | "isDev" | "limits" | "keys">;
  readonly verifier: TokenVerifier;
  readonly node: NodeName;
  readonly clock: Clock;
  readonly entropy: Pick<Entropy, "randomId" | "randomUint32">;
  readonly log: Log;
  readonly connectionsByIp: ConnectionsByIp;
  /** Default: as often as participants ping. */
  readonly heartbeatIntervalMs?: number;
}

/** The way in for LiveKit's agent workers: a WebSocket at `/agent`, for tokens with the grant `agent`. */
export class Agents {
  static readonly PATH = "/agent";
  /** What is wanted, who is there, who does what. */
  readonly dispatcher: AgentDispatcher;
  readonly #options: AgentsOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_WORKER_MESSAGE_BYTES,
    clientTracking: false,
  });
  readonly #connections: DoorConnections<AgentConnection>;

  constructor(options: AgentsOptions) {
    this.#options = options;
    const { node, clock, entropy, log, config } = options;
    this.dispatcher = new AgentDispatcher({ node, clock, entropy, log, keys: config.keys });
    this.#connections = new DoorConnections(clock, options.heartbeatIntervalMs);
  }

  /** An upgrade request for {@link PATH}. Never rejects: what is not granted is answered with its HTTP status. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { connectionsByIp, log } = this.#options;
    return admitUpgrade({
      request,
      socket,
      connectionsByIp,
      counters: this.dispatcher.counters,
      log,
      admit: () => this.#admit(request),
      open: (claims) => this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, claims)),
    });
  }

  /** No new workers; the ones there are told. */
  close(): void {
    this.dispatcher.close();
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
    if (this.#connections.count >= MAX_WORKERS) {
      throw new SluiceError("resourceExhausted", `this node may have ${MAX_WORKERS} agent workers`);
    }
    const claims = await verifier.verify(accessToken(request), clock.unixMs());
    checkWorker(claims);
    return claims;
  }

  #open(socket: WebSocket, claims: TokenClaims): void {
    const { clock, config, log } = this.#options;
    const { dispatcher } = this;
    dispatcher.counters.connections += 1;
    const connection: AgentConnection = new AgentConnection({
      socket,
      claims,
      clock,
      limits: config.limits,
      log,
      counters: dispatcher.counters,
      onCall: (call) => dispatcher.handleCall(connection, call),
      onClose: () => dispatcher.handleGone(connection),
    });
    this.#connections.add(connection, socket);
  }
}

/** An agent's own token has the grant, too: whom a worker sends into one room gets no tokens for others. Throws `permissionDenied`. */
function checkWorker({ video }: TokenClaims): void {
  if (video.agent !== true) throw new SluiceError("permissionDenied", "the access token does not grant agent");
  if (video.roomJoin === true) throw new SluiceError("permissionDenied", "the access token is a participant's, not a worker's");
}
