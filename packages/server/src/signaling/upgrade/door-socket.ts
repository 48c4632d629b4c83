import { ERROR_CODES, type ErrorCode } from "@sluice/protocol";
import type { RawData, WebSocket } from "ws";
import type { Limits } from "../../config/config.js";
import type { Log } from "../../log/log.js";
import type { Clock } from "../../session/clock.js";
import { TokenBucket } from "./token-bucket.js";

/** What a door counts of its sockets. */
export interface SocketCounters {
  rateLimited: number;
  /** Closed because they did not read what they were sent. */
  slowReaders: number;
  /** Closed because nothing was heard of them. */
  silent: number;
}

export interface DoorSocketOptions {
  readonly socket: WebSocket;
  /** For the log. */
  readonly identity: string;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "requestsPerSecond" | "sendQueueBytes">;
  /** What so many seconds allow may come at once, s. */
  readonly burstSeconds: number;
  readonly log: Log;
  readonly counters: SocketCounters;
  readonly onMessage: (data: RawData, isBinary: boolean) => void;
  readonly onClose: (code: number) => void;
}

/** Messages over the limit are dropped; who goes on for so many more is disconnected. */
export const MAX_RATE_LIMITED = 1_000;
/** What a client has to answer our close frame. */
const CLOSE_TIMEOUT_MS = 3_000;

/** One WebSocket of any door: what the other side may send and has to read is bounded, and silence ends it. */
export class DoorSocket {
  readonly #options: DoorSocketOptions;
  readonly #bucket: TokenBucket;
  #rateLimited = 0;
  #isClosed = false;
  /** Heartbeat intervals in which nothing was heard. */
  #silentIntervals = 0;
  /** What may wait to be sent, behind what it began with. */
  #queueLimitBytes = 0;

  constructor(options: DoorSocketOptions) {
    this.#options = options;
    const { limits, clock, socket, log } = options;
    this.#bucket = new TokenBucket(limits.requestsPerSecond, limits.requestsPerSecond * options.burstSeconds, clock.now());
    socket.on("message", (data, isBinary) => {
      this.#silentIntervals = 0;
      if (!this.#isClosed) options.onMessage(data, isBinary);
    });
    socket.on("ping", () => this.#handlePing());
    socket.on("pong", () => {
      this.#silentIntervals = 0;
    });
    socket.on("close", (code) => {
      this.#isClosed = true;
      options.onClose(code);
    });
    // A frame that breaks the protocol or the size limit; ws closes the connection with the right code by itself.
    socket.on("error", (error) => log.debug({ error: error.message }, "connection error"));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** False: over the limit. Who goes on for long after that is disconnected. */
  takeRequest(cost: number): boolean {
    const { clock, counters, limits } = this.#options;
    if (this.#bucket.take(clock.now(), cost)) {
      // Bursts of days ago are forgiven, one for each request that is in time.
      if (this.#rateLimited > 0) this.#rateLimited -= 1;
      return true;
    }
    counters.rateLimited += 1;
    this.#rateLimited += 1;
    if (this.#rateLimited > MAX_RATE_LIMITED) {
      this.close("resourceExhausted", `more than ${limits.requestsPerSecond} requests per second`);
    }
    return false;
  }

  /** Bounded: a client that does not read is closed before it costs more than its share of memory. */
  send(data: string | Uint8Array): void {
    const { socket, limits, counters, log, identity } = this.#options;
    if (this.#isClosed || socket.readyState !== socket.OPEN) return;
    const isFirst = socket.bufferedAmount === 0;
    socket.send(data);
    // One message may be longer than the limit: who joins a big room is told all of it at once, however well it reads.
    if (isFirst) this.#queueLimitBytes = socket.bufferedAmount + limits.sendQueueBytes;
    if (socket.bufferedAmount <= this.#queueLimitBytes) return;
    counters.slowReaders += 1;
    log.warn({ identity, queuedBytes: socket.bufferedAmount }, "client reads too slowly");
    this.close("resourceExhausted", "messages are not read fast enough");
  }

  /** What was sent before still leaves. */
  close(code: ErrorCode, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { socket, clock } = this.#options;
    // RFC 6455 §5.5: a control frame carries at most 125 bytes, two of them the code.
    socket.close(ERROR_CODES[code].webSocketClose, Buffer.from(reason).subarray(0, 123));
    const cancel = clock.schedule(CLOSE_TIMEOUT_MS, () => socket.terminate());
    socket.once("close", cancel);
  }

  /** Without waiting for the other side. */
  terminate(): void {
    this.#options.socket.terminate();
  }

  /** Once per heartbeat interval. */
  handleHeartbeat(maxSilentIntervals: number): void {
    if (this.#isClosed) return;
    const { counters, log, identity, socket } = this.#options;
    this.#silentIntervals += 1;
    if (this.#silentIntervals > maxSilentIntervals) {
      counters.silent += 1;
      log.info({ identity }, "connection was silent for too long");
      socket.terminate();
      return;
    }
    socket.ping();
  }

  /** WebSocket pings cost an answer each, so they count like requests. */
  #handlePing(): void {
    this.#silentIntervals = 0;
    const { clock, counters, limits } = this.#options;
    if (this.#bucket.take(clock.now())) return;
    counters.rateLimited += 1;
    this.close("resourceExhausted", `more than ${limits.requestsPerSecond} pings per second`);
  }
}
