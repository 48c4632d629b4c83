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
import type { DoorCounters } from "./counters.js";
import { serializeOnce } from "./serialize-once.js";
import { TokenBucket } from "./token-bucket.js";

export interface ConnectionOptions {
  readonly socket: WebSocket;
  readonly claims: TokenClaims;
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly counters: DoorCounters;
}

/** Requests over the limit are answered with an error; who goes on for so many more is disconnected. */
const MAX_RATE_LIMITED = 1_000;
/**
 * A message counts as one request more for every so many bytes it has: parsing and answering an offer of 500 media sections
 * (200 kB) takes the control process 50 ms, and data goes to a whole room.
 */
const BYTES_PER_REQUEST = 16_384;
/** What a client has to answer our close frame. */
const CLOSE_TIMEOUT_MS = 3_000;
/** The browser's page is going away (RFC 6455 §7.4.1): it will not be back for this participant. */
const GOING_AWAY = 1001;

/**
 * One WebSocket of the JSON-RPC door. Messages are handled one by one as they come, each to its end, so answers leave in the
 * order of the requests; what a request causes to be said to its own sender leaves after its answer.
 */
export class Connection implements Client {
  readonly #options: ConnectionOptions;
  readonly #bucket: TokenBucket;
  #membership: Membership | undefined;
  /** While a message is handled: what has to wait for its answer. */
  #deferred: (() => void)[] | undefined;
  #rateLimited = 0;
  #isClosed = false;
  /** Heartbeat intervals in which nothing was heard. */
  #silentIntervals = 0;
  /** What may wait to be sent, behind what it began with. */
  #queueLimitBytes = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { limits, clock, socket } = options;
    this.#bucket = new TokenBucket(limits.requestsPerSecond, limits.requestsPerSecond * 2, clock.now());
    socket.on("message", (data, isBinary) => this.#handleMessage(data, isBinary));
    socket.on("ping", () => this.#handlePing());
    socket.on("pong", () => {
      this.#silentIntervals = 0;
    });
    socket.on("close", (code) => this.#handleClose(code));
    // A frame that breaks the protocol or the size limit; ws closes the connection with the right code by itself.
    socket.on("error", (error) => options.log.debug({ error: error.message }, "connection error"));
  }

  notify(notification: Notification): void {
    const text = serializeOnce(notification);
    if (this.#deferred === undefined) this.#send(text);
    else this.#deferred.push(() => this.#send(text));
  }

  close(code: ErrorCode, message: string): void {
    if (this.#deferred === undefined) this.#close(ERROR_CODES[code].webSocketClose, message);
    else this.#deferred.push(() => this.#close(ERROR_CODES[code].webSocketClose, message));
  }

  /** Without waiting for the other side. */
  terminate(): void {
    this.#options.socket.terminate();
  }

  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void {
    if (this.#isClosed) return;
    this.#silentIntervals += 1;
    if (this.#silentIntervals > maxSilentIntervals) {
      this.#options.counters.silent += 1;
      this.#options.log.info({ identity: this.#options.claims.sub }, "connection was silent for too long");
      this.#options.socket.terminate();
      return;
    }
    this.#options.socket.ping();
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    this.#silentIntervals = 0;
    if (this.#isClosed) return;
    this.#deferred = [];
    let answer: string | undefined;
    try {
      answer = this.#answer(data, isBinary);
    } finally {
      const deferred = this.#deferred;
      this.#deferred = undefined;
      if (answer !== undefined) this.#send(answer);
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
    const { counters, clock } = this.#options;
    counters.requests += 1;
    if (!this.#bucket.take(clock.now(), cost)) return this.#limitRate(call);
    switch (call.type) {
      case "refused":
        return this.#refuse(call.id, call.error);
      case "ignored":
        counters.requestsRefused += 1;
        return undefined;
      case "request":
      case "notification":
        break;
    }
    try {
      const result = this.#carryOut(call.call);
      return call.type === "request" ? serializeResult(call.id, result) : undefined;
    } catch (error) {
      const refusal = this.#toSluiceError(error, call.call.method);
      return call.type === "request" ? this.#refuse(call.id, refusal) : undefined;
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
      case "trickle":
      case "publish":
      case "unpublish":
      case "subscribe":
      case "unsubscribe":
      case "setLayers":
      case "mute":
      case "signal":
      case "sendData":
        return rooms.handleCall(this.#membership, call);
    }
  }

  /** Joining twice is joining once; who was removed meanwhile joins anew. */
  #join(params: Extract<MethodCall, { readonly method: "join" }>["params"]): Result<"join"> {
    const { rooms, claims, log } = this.#options;
    const { membership } = this;
    if (membership !== undefined) return rooms.describe(membership);
    const joined = rooms.join(this, claims, params);
    this.#membership = joined.membership;
    const { room, participant, resumed } = joined.result;
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

  #limitRate(call: IncomingCall): string | undefined {
    const { counters, limits } = this.#options;
    counters.rateLimited += 1;
    this.#rateLimited += 1;
    const error = new SluiceError("resourceExhausted", `more than ${limits.requestsPerSecond} requests per second`);
    if (this.#rateLimited > MAX_RATE_LIMITED) this.close(error.code, error.message);
    return "id" in call ? this.#refuse(call.id, error) : undefined;
  }

  /** WebSocket pings cost an answer each, so they count like requests. */
  #handlePing(): void {
    this.#silentIntervals = 0;
    const { clock, counters, limits } = this.#options;
    if (this.#bucket.take(clock.now())) return;
    counters.rateLimited += 1;
    this.#close(ERROR_CODES.resourceExhausted.webSocketClose, `more than ${limits.requestsPerSecond} pings per second`);
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

  /** Bounded: a client that does not read is closed before it costs more than its share of memory. */
  #send(text: string): void {
    const { socket, limits, counters, log, claims } = this.#options;
    if (this.#isClosed || socket.readyState !== socket.OPEN) return;
    const isFirst = socket.bufferedAmount === 0;
    socket.send(text);
    // One message may be longer than the limit: who joins a big room is told all of it at once, however well it reads.
    if (isFirst) this.#queueLimitBytes = socket.bufferedAmount + limits.sendQueueBytes;
    if (socket.bufferedAmount <= this.#queueLimitBytes) return;
    counters.slowReaders += 1;
    log.warn({ identity: claims.sub, queuedBytes: socket.bufferedAmount }, "client reads too slowly");
    this.#close(ERROR_CODES.resourceExhausted.webSocketClose, "messages are not read fast enough");
  }

  #close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { socket, clock } = this.#options;
    // RFC 6455 §5.5: a control frame carries at most 125 bytes, two of them the code.
    socket.close(code, Buffer.from(reason).subarray(0, 123));
    const cancel = clock.schedule(CLOSE_TIMEOUT_MS, () => socket.terminate());
    socket.once("close", cancel);
  }

  #handleClose(code: number): void {
    this.#isClosed = true;
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
