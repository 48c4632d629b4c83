import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Instant } from "@sluice/media";
import { type ErrorCode, SluiceError, type TokenClaims } from "@sluice/protocol";
import { WebSocketServer } from "ws";
import { createRefreshToken } from "../../auth/refresh-token.js";
import type { TokenVerifier } from "../../auth/token-verifier.js";
import type { Config } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import { roomToJoin } from "../../room/permissions.js";
import type { Clock } from "../../session/clock.js";
import type { Membership, Rooms } from "../../session/rooms.js";
import { OK } from "../../telemetry/request-meter.js";
import type { RequestSpans } from "../../telemetry/tracing/request-spans.js";
import { accessToken, queryOf } from "../upgrade/access-token.js";
import { admitUpgrade } from "../upgrade/admit-upgrade.js";
import type { ConnectionsByIp } from "../upgrade/connections-by-ip.js";
import { DoorConnections } from "../upgrade/door-connections.js";
import { checkOrigin } from "../upgrade/origin-policy.js";
import { requestPath } from "../upgrade/request-path.js";
import { type ConnectRequest, parseConnectRequest } from "./connect-request.js";
import { LiveKitCounters } from "./counters.js";
import type { NodeDescription } from "./join-response.js";
import { LiveKitConnection } from "./livekit-connection.js";
import { ResumeFaults } from "./resume-faults.js";

export interface LiveKitDoorOptions {
  readonly config: Pick<Config, "allowedOrigins" | "bindAddresses" | "isDev" | "keys" | "limits">;
  readonly rooms: Rooms;
  readonly verifier: TokenVerifier;
  readonly node: NodeDescription;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsByIp: ConnectionsByIp;
  /** Undefined: nothing is traced. */
  readonly spans?: RequestSpans | undefined;
  /** Default: as often as participants ping. */
  readonly heartbeatIntervalMs?: number;
}

/** Who may come in, and how it wants to. */
interface Admitted {
  readonly claims: TokenClaims;
  readonly parameters: ConnectRequest;
}

/** One message, bytes: LiveKit's own limit. */
export const MAX_MESSAGE_BYTES = 2_097_152;

/** The way in for LiveKit's clients: `/rtc` (two peer connections) and `/rtc/v1` (one), protobuf over WebSocket. */
export class LiveKitDoor {
  static readonly PATHS = ["/rtc", "/rtc/v1"] as const;
  readonly counters = new LiveKitCounters();
  readonly #options: LiveKitDoorOptions;
  readonly #server: WebSocketServer;
  readonly #connections: DoorConnections<LiveKitConnection>;
  readonly #resumeFaults = new ResumeFaults();

  constructor(options: LiveKitDoorOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      // Compression costs memory per connection, and CPU that an attacker chooses.
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      clientTracking: false,
    });
    this.#connections = new DoorConnections(options.clock, options.heartbeatIntervalMs);
  }

  get connectionCount(): number {
    return this.#connections.count;
  }

  /** An upgrade request for one of {@link PATHS}. Never rejects: what is not granted is answered with its HTTP status. */
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
      admit: async () => {
        this.#checkOrigin(request);
        return this.#admit(request);
      },
      open: (admitted) => this.#join(admitted, arrivedAt, (connection) => this.#open(connection, request, socket, head)),
    });
  }

  /** Whether this request could be upgraded: clients ask when it was not, for a browser does not tell them why. Throws SluiceError. */
  async validate(request: Pick<IncomingMessage, "url" | "headers">): Promise<void> {
    const { claims } = await this.#admit(request);
    this.#options.rooms.checkJoin(claims);
  }

  /** No new connections; the ones there are have been told by their rooms, the rest is told here. */
  close(): void {
    this.#connections.close();
  }

  /** After {@link close}: who has not answered its farewell by now is not waited for. */
  terminate(): void {
    this.#connections.terminate();
  }

  async #admit(request: Pick<IncomingMessage, "url" | "headers">): Promise<Admitted> {
    const { verifier, clock } = this.#options;
    this.#connections.checkServing();
    const claims = await verifier.verify(accessToken(request), clock.unixMs());
    roomToJoin(claims);
    const path = requestPath(request.url);
    return { claims, parameters: parseConnectRequest(path, queryOf(request.url), request.headers["user-agent"]) };
  }

  /**
   * A token is all it takes, as with LiveKit's server, unless a list of origins was configured; in development mode the secret is
   * public, so there it takes more.
   */
  #checkOrigin(request: IncomingMessage): void {
    const { config } = this.#options;
    if (config.allowedOrigins.length > 0 || config.isDev) checkOrigin(request, config);
  }

  /** Before its WebSocket opens, so that a refusal has a status. Who has joined and cannot be opened has not been here. */
  #join({ claims, parameters }: Admitted, arrivedAt: Instant, open: (connection: LiveKitConnection) => void): void {
    const connection = this.#createConnection(claims, arrivedAt);
    try {
      connection.join(parameters);
      this.#countJoin(parameters, OK, arrivedAt);
      open(connection);
    } catch (error) {
      connection.abandon();
      this.#countJoin(parameters, error instanceof SluiceError ? error.code : "internal", arrivedAt);
      throw error;
    }
  }

  /** Joining is no message here: it is the upgrade. */
  #countJoin({ resume }: ConnectRequest, outcome: ErrorCode | typeof OK, arrivedAt: Instant): void {
    const now = this.#options.clock.now();
    const { counters } = this;
    counters.methods.record(resume === undefined ? "join" : "resume", outcome, arrivedAt, now);
    if (resume === undefined && outcome === OK) counters.joinDurations.record((now - arrivedAt) / 1e6);
  }

  #createConnection(claims: TokenClaims, arrivedAt: Instant): LiveKitConnection {
    const { rooms, node, clock, config, log, spans } = this.#options;
    return new LiveKitConnection({
      claims,
      rooms,
      node,
      clock,
      limits: config.limits,
      log,
      counters: this.counters,
      trace: spans?.traceConnection(arrivedAt),
      resumeFaults: this.#resumeFaults,
      refreshToken: (membership) => this.#refreshToken(claims, membership),
    });
  }

  async #refreshToken(claims: TokenClaims, { session, participantId }: Membership): Promise<string | undefined> {
    const { config, clock } = this.#options;
    const participant = session.room.participant(participantId);
    if (participant === undefined) return undefined;
    const nowUnixSeconds = Math.floor(clock.unixMs() / 1000);
    return createRefreshToken({ keys: config.keys, claims, participant, room: session.room.name, nowUnixSeconds });
  }

  /** Who has joined and does not get a WebSocket, because its headers are wrong, has not been here. */
  #open(connection: LiveKitConnection, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let isOpen = false;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      isOpen = true;
      this.counters.connections += 1;
      connection.attach(webSocket);
      this.#connections.add(connection, webSocket);
    });
    if (!isOpen) connection.abandon();
  }
}
