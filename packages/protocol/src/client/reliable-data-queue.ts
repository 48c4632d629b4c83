import { SluiceError } from "../error-code.js";
import { MAX_DATA_BYTES } from "../limits.js";
import { DATA_BUFFER_BYTES, type DataChannelPort } from "./data-channel-port.js";
import type { Scheduler } from "./scheduler.js";

/** Messages that wait, bytes: against a sender that waits for nothing. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** How long a message that only a channel can carry waits for one, ms: a peer connection takes about a second. */
const CHANNEL_PATIENCE_MS = 10_000;

export interface QueuedMessage {
  readonly payloadBytes: number;
  /** In its envelope, for a channel. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By signaling; undefined: only a channel can carry it. */
  readonly request: (() => Promise<unknown>) | undefined;
}

interface Entry extends QueuedMessage {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly cancelTimeout: () => void;
}

/**
 * Reliable messages on their way out, in order, by a channel when one is open and by signaling when none is. It changes from
 * signaling to a channel only when every request was answered: so nothing overtakes.
 */
export class ReliableDataQueue {
  readonly #scheduler: Scheduler;
  #channel: DataChannelPort | undefined;
  #waiting: Entry[] = [];
  /** In the channel's buffer, which is full. */
  #draining: Entry[] = [];
  #queuedBytes = 0;
  /** Not answered yet. */
  #requests = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * Resolves when the next message is welcome: at once, or when the channel has sent most of what it holds.
   *
   * @throws SluiceError `resourceExhausted` when too much waits already, `unavailable` when no channel opens or the message may be
   *   lost with its connection; and what the server says
   */
  send(message: QueuedMessage): Promise<void> {
    const { payloadBytes, request } = message;
    if (this.#queuedBytes + payloadBytes > MAX_QUEUED_BYTES) {
      return Promise.reject(new SluiceError("resourceExhausted", `more than ${MAX_QUEUED_BYTES} bytes wait to be sent`));
    }
    this.#queuedBytes += payloadBytes;
    return new Promise<void>((resolve, reject) => {
      const expire = () => this.#expire(entry);
      const cancelTimeout = request === undefined ? this.#scheduler.after(CHANNEL_PATIENCE_MS, expire) : () => {};
      const entry: Entry = { ...message, resolve, reject, cancelTimeout };
      this.#waiting.push(entry);
      this.#pump();
    });
  }

  /** undefined: it is closed, and what it held may be lost. */
  setChannel(channel: DataChannelPort | undefined): void {
    this.#channel = channel;
    if (channel === undefined) {
      const error = new SluiceError("unavailable", "the connection was lost; the message may not have arrived");
      for (const { reject } of this.#draining.splice(0)) reject(error);
    }
    this.#pump();
  }

  handleDrained(): void {
    for (const { resolve } of this.#draining.splice(0)) resolve();
    this.#pump();
  }

  /** Nothing is sent any more. */
  close(error: SluiceError): void {
    for (const { reject, cancelTimeout } of [...this.#waiting.splice(0), ...this.#draining.splice(0)]) {
      cancelTimeout();
      reject(error);
    }
    this.#queuedBytes = 0;
  }

  #pump(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#channel === undefined) {
        const { request } = next;
        if (request === undefined) return;
        this.#take(next);
        this.#request(request, next);
      } else {
        if (this.#requests > 0 || this.#channel.bufferedAmount > DATA_BUFFER_BYTES) return;
        this.#take(next);
        this.#sendOn(this.#channel, next);
      }
    }
  }

  #take(entry: Entry): void {
    entry.cancelTimeout();
    this.#waiting.shift();
    this.#queuedBytes -= entry.payloadBytes;
  }

  #sendOn(channel: DataChannelPort, entry: Entry): void {
    try {
      channel.send(entry.bytes);
    } catch (cause) {
      entry.reject(new SluiceError("unavailable", "the data channel does not take the message", { cause }));
      return;
    }
    if (channel.bufferedAmount > DATA_BUFFER_BYTES) this.#draining.push(entry);
    else entry.resolve();
  }

  #request(request: () => Promise<unknown>, { resolve, reject }: Entry): void {
    this.#requests += 1;
    const settle = (tell: () => void) => {
      this.#requests -= 1;
      tell();
      this.#pump();
    };
    request().then(
      () => settle(resolve),
      (error: unknown) => settle(() => reject(error)),
    );
  }

  #expire(entry: Entry): void {
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    this.#queuedBytes -= entry.payloadBytes;
    entry.reject(
      new SluiceError("unavailable", `no data channel, and by signaling a message has at most ${MAX_DATA_BYTES} bytes`),
    );
    this.#pump();
  }
}
