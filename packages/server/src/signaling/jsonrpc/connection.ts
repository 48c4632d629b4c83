import type { Instant } from "@sluice/media";
import {
  ERROR_CODES,
  type ErrorCode,
  type IncomingCall,
  type MethodCall,
  type MethodName,
  type Notification,
  parseMessage,
  type RequestId,
  type Result,
  SluiceError,
  serializeBatch,
  serializeError,
  serializeResult,
  type TokenClaims,
} from "@sluice/protocol";
import type { RawData, WebSocket } from "ws";
import type { Limits } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import type { Client } from "../../session/client.js";
import type { Clock } from "../../session/clock.js";
import type { Membership, Rooms } from "../../session/rooms.js";
import { OK, UNKNOWN_METHOD } from "../../telemetry/request-meter.js";
import type { ConnectionTrace } from "../../telemetry/tracing/connection-trace.js";
import { DoorSocket } from "../upgrade/door-socket.js";
import type { DoorCounters } from "./counters.js";
import { serializeOnce } from "./serialize-once.js";

export interface ConnectionOptions {
  readonly socket: WebSocket;
  readonly claims: TokenClaims;
  /** When its upgrade was asked for. */
  readonly arrivedAt: Instant;
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly counters: DoorCounters;
  /** Undefined: nothing is traced. */
  readonly trace: ConnectionTrace | undefined;
}

/** What became of a request, for whoever counts, and what its sender is told. */
interface CallAnswer {
  readonly outcome: ErrorCode | typeof OK;
  readonly text: string | undefined;
}

/**
 * A message counts as one request more for every so many bytes it has: parsing and answering an offer of 500 media sections
 * (200 kB) takes the control process 50 ms, and data goes to a whole room.
 */
const BYTES_PER_REQUEST = 16_384;
/** What so many seconds allow may come at once. */
const BURST_SECONDS = 2;
/** The browser's page is going away (RFC 6455 §7.4.1): it will not be back for this participant. */
const GOING_AWAY = 1001;

/**
 * One WebSocket of the JSON-RPC door. Messages are handled one by one as they come, each to its end, so answers leave in the
 * order of the requests; what a request causes to be said to its own sender leaves after its answer.
 */
export class Connection implements Client {
  readonly #options: ConnectionOptions;
  readonly #socket: DoorSocket;
  #membership: Membership | undefined;
  /** While a message is handled: what has to wait for its answer. */
  #deferred: (() => void)[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { socket, claims, clock, limits, log, counters } = options;
    this.#socket = new DoorSocket({
      socket,
      identity: claims.sub,
      clock,
      limits,
      burstSeconds: BURST_SECONDS,
      log,
      counters,
      onMessage: (data, isBinary) => this.#handleMessage(data, isBinary),
      onClose: (code) => this.#handleClose(code),
    });
  }

  notify(notification: Notification): void {
    const text = serializeOnce(notification);
    if (this.#deferred === undefined) this.#socket.send(text);
    else this.#deferred.push(() => this.#socket.send(text));
  }

  close(code: ErrorCode, message: string): void {
    if (this.#deferred === undefined) this.#socket.close(code, message);
    else this.#deferred.push(() => this.#socket.close(code, message));
  }

  /** Without waiting for the other side. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void {
    this.#socket.handleHeartbeat(maxSilentIntervals);
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    this.#deferred = [];
    let answer: string | undefined;
    try {
      answer = this.#answer(data, isBinary);
    } finally {
      const deferred = this.#deferred;
      this.#deferred = undefined;
      if (answer !== undefined) this.#socket.send(answer);
      for (const run of deferred) run();
    }
  }

  #answer(data: RawData, isBinary: boolean): string | undefined {
    const { limits } = this.#options;
    if (isBinary) return this.#refuse(null, new SluiceError("invalidRequest", "messages are text, this one is binary"));
    // ws hands over one Buffer as long as its binaryType is not changed.
    const bytes = data as Buffer;
    if (bytes.length > limits.messageBytes) {
      return this.#refuse(
        null,
        new SluiceError("resourceExhausted", `a message may have at most ${limits.messageBytes} bytes`),
      );
    }
    const message = parseMessage(bytes.toString("utf8"));
    const cost = 1 + Math.floor(bytes.length / BYTES_PER_REQUEST);
    if (message.type === "single") return this.#handleCall(message.call, cost);
    const answers = message.calls
      .map((call, index) => this.#handleCall(call, index === 0 ? cost : 1))
      .filter((answer) => answer !== undefined);
    return answers.length === 0 ? undefined : serializeBatch(answers);
  }

  #handleCall(call: IncomingCall, cost: number): string | undefined {
    const { counters, clock, trace } = this.#options;
    const startedAt = clock.now();
    const answer = trace === undefined ? this.#answerCall(call, cost) : this.#answerTraced(trace, call, cost);
    const method = "call" in call ? call.call.method : UNKNOWN_METHOD;
    counters.requests += 1;
    counters.methods.record(method, answer.outcome, startedAt, clock.now());
    return answer.text;
  }

  #answerTraced(trace: ConnectionTrace, call: IncomingCall, cost: number): CallAnswer {
    const known = "call" in call ? call : undefined;
    const attributes = {
      "jsonrpc.protocol.version": "2.0",
      ...("id" in call ? { "jsonrpc.request.id": String(call.id ?? "") } : {}),
    };
    const request = { system: "jsonrpc", method: known?.call.method, attributes, traceparent: known?.traceparent };
    return trace.run(
      request,
      this.#options.clock.now(),
      () => this.#answerCall(call, cost),
      ({ outcome }) => ({ outcome, statusCode: outcome === OK ? OK : String(ERROR_CODES[outcome].jsonRpc) }),
    );
  }

  #answerCall(call: IncomingCall, cost: number): CallAnswer {
    if (!this.#socket.takeRequest(cost)) return this.#limitRate(call);
    switch (call.type) {
      case "refused":
        return this.#refuseCall(call.id, call.error);
      case "ignored":
        this.#options.counters.requestsRefused += 1;
        return { outcome: "invalidRequest", text: undefined };
      case "request":
      case "notification":
        break;
    }
    const { method } = call.call;
    try {
      const result = this.#carryOut(call.call);
      return { outcome: OK, text: call.type === "request" ? serializeResult(call.id, result) : undefined };
    } catch (error) {
      const refusal = this.#toSluiceError(error, method);
      return call.type === "request" ? this.#refuseCall(call.id, refusal) : { outcome: refusal.code, text: undefined };
    }
  }

  #carryOut(call: MethodCall): Result<MethodName> {
    const { rooms, clock } = this.#options;
    switch (call.method) {
      case "join":
        return this.#join(call.params);
      case "leave":
        this.#leave();
        return {};
      case "ping":
        return { timestamp: call.params.timestamp ?? null, serverTime: clock.unixMs() };
      case "offer":
      case "answerApplied":
      case "trickle":
      case "publish":
      case "unpublish":
      case "subscribe":
      case "unsubscribe":
      case "setLayers":
      case "getStats":
      case "updateParticipant":
      case "setSubscriptionPermissions":
      case "mute":
      case "signal":
      case "sendData":
        return rooms.handleCall(this.#membership, call);
    }
  }

  /** Joining twice is joining once; who was removed meanwhile joins anew. */
  #join(params: Extract<MethodCall, { readonly method: "join" }>["params"]): Result<"join"> {
    const { rooms, claims, log, clock, counters, arrivedAt } = this.#options;
    const { membership } = this;
    if (membership !== undefined) return rooms.describe(membership);
    const joined = rooms.join(this, claims, { ...params, door: "jsonrpc" });
    this.#membership = joined.membership;
    const { room, participant, resumed } = joined.result;
    if (!resumed) counters.joinDurations.record((clock.now() - arrivedAt) / 1e6);
    log.info({ room: room.name, identity: participant.identity, participantId: participant.participantId, resumed }, "joined");
    return joined.result;
  }

  #leave(): void {
    const { membership } = this;
    this.#membership = undefined;
    if (membership === undefined) return;
    const { session, participantId } = membership;
    this.#options.log.info({ room: session.room.name, identity: this.#options.claims.sub, participantId }, "left");
    session.leave(participantId);
  }

  /** Undefined also when the participant has been removed from the room. */
  get membership(): Membership | undefined {
    const membership = this.#membership;
    return membership?.session.room.presenceOf(membership.participantId) === undefined ? undefined : membership;
  }

  #limitRate(call: IncomingCall): CallAnswer {
    const error = new SluiceError(
      "resourceExhausted",
      `more than ${this.#options.limits.requestsPerSecond} requests per second`,
    );
    return "id" in call ? this.#refuseCall(call.id, error) : { outcome: error.code, text: undefined };
  }

  #refuseCall(id: RequestId, error: SluiceError): CallAnswer {
    return { outcome: error.code, text: this.#refuse(id, error) };
  }

  #refuse(id: RequestId, error: SluiceError): string {
    this.#options.counters.requestsRefused += 1;
    return serializeError(id, error);
  }

  #toSluiceError(error: unknown, method: MethodName): SluiceError {
    if (error instanceof SluiceError) return error;
    this.#options.log.error({ method, error }, "a request failed for a reason of ours");
    return new SluiceError("internal", `internal error in ${method}; the server's log has more`);
  }

  #handleClose(code: number): void {
    const { membership } = this;
    this.#membership = undefined;
    if (membership === undefined) return;
    const { session, participantId } = membership;
    this.#options.log.info(
      { room: session.room.name, identity: this.#options.claims.sub, participantId, code },
      "disconnected",
    );
    if (code === GOING_AWAY) session.leaveAs(participantId, this);
    else session.handleClientGone(participantId, this);
  }
}
