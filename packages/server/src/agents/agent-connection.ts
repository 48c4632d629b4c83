import { ServerMessage } from "@livekit/protocol";
import type { ErrorCode, TokenClaims } from "@sluice/protocol";
import type { RawData, WebSocket } from "ws";
import type { Limits } from "../config/config.js";
import type { Log } from "../log/log.js";
import type { Clock } from "../session/clock.js";
import { DoorSocket } from "../signaling/upgrade/door-socket.js";
import type { AgentCounters } from "./agent-counters.js";
import type { AgentWorker } from "./agent-worker.js";
import { parseWorkerMessage, type WorkerCall } from "./worker-message.js";

export interface AgentConnectionOptions {
  readonly socket: WebSocket;
  readonly claims: TokenClaims;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly counters: AgentCounters;
  readonly onCall: (call: WorkerCall) => void;
  readonly onClose: () => void;
}

/** How long a worker may take to say what it is, ms. */
export const REGISTER_TIMEOUT_MS = 10_000;
/** What may wait to be sent to one worker, bytes: all it may be offered at once, each with metadata as long as it may be. */
const MAX_SEND_QUEUE_BYTES = 8_388_608;
/** What so many seconds allow may come at once, s. */
const BURST_SECONDS = 2;
/** So many messages that are none end the connection. */
const MAX_MALFORMED_MESSAGES = 100;
/** A message counts as one more for every so many bytes it has. */
const BYTES_PER_REQUEST = 16_384;

/** The WebSocket of one worker. It is spoken to as it speaks: protobuf, or protobuf's JSON as text. */
export class AgentConnection {
  readonly claims: TokenClaims;
  /** Once it has registered. */
  worker: AgentWorker | undefined;
  readonly #options: AgentConnectionOptions;
  readonly #socket: DoorSocket;
  readonly #cancelRegistration: () => void;
  #isText = false;
  #malformed = 0;

  constructor(options: AgentConnectionOptions) {
    this.#options = options;
    this.claims = options.claims;
    const { socket, claims, clock, limits, log, counters } = options;
    this.#socket = new DoorSocket({
      socket,
      identity: claims.sub,
      clock,
      limits: {
        requestsPerSecond: limits.requestsPerSecond,
        sendQueueBytes: Math.max(limits.sendQueueBytes, MAX_SEND_QUEUE_BYTES),
      },
      burstSeconds: BURST_SECONDS,
      log,
      counters,
      onMessage: (data, isBinary) => this.#handleMessage(data, isBinary),
      onClose: () => {
        this.#cancelRegistration();
        options.onClose();
      },
    });
    this.#cancelRegistration = clock.schedule(REGISTER_TIMEOUT_MS, () => {
      if (this.worker !== undefined) return;
      counters.registrationsRefused += 1;
      this.close("failedPrecondition", "a worker has to register within 10 s");
    });
  }

  get isClosed(): boolean {
    return this.#socket.isClosed;
  }

  send(message: ServerMessage["message"]): void {
    const whole = new ServerMessage({ message });
    this.#socket.send(this.#isText ? whole.toJsonString() : whole.toBinary());
  }

  close(code: ErrorCode, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void {
    this.#socket.handleHeartbeat(maxSilentIntervals);
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    // ws hands over one Buffer as long as its binaryType is not changed.
    const bytes = data as Buffer;
    if (!this.#socket.takeRequest(1 + Math.floor(bytes.length / BYTES_PER_REQUEST))) return;
    const call = parseWorkerMessage(bytes, isBinary);
    // The first message says what it is, and nothing else does later.
    if (call === undefined || (call.case === "register") !== (this.worker === undefined)) {
      this.#handleMalformed();
      return;
    }
    if (call.case === "register") this.#isText = !isBinary;
    this.#options.onCall(call);
  }

  #handleMalformed(): void {
    this.#options.counters.malformedMessages += 1;
    this.#malformed += 1;
    if (this.#malformed >= MAX_MALFORMED_MESSAGES) this.close("invalidRequest", "these are no messages of an agent worker");
  }
}
