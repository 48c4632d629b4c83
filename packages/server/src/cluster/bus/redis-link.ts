import { SluiceError } from "@sluice/protocol";
import type { Clock } from "../../session/clock.js";
import type { BusLink, LinkOwner, LinkState } from "./bus-link.js";
import { ReconnectDelay } from "./reconnect-delay.js";
import { RedisConnection } from "./redis-connection.js";
import { parseRedisUrl, type RedisAddress } from "./redis-url.js";

/** Redis has until the next one to answer, so a host that vanished is noticed after 5 to 10 s. */
const PING_INTERVAL_MS = 5_000;
/** Before every channel's name in Redis, where there may be others' channels. */
const DEFAULT_PREFIX = "sluice:";

export interface RedisLinkOptions {
  /** `redis://[user:password@]host[:port]`, `rediss:` for TLS. */
  readonly url: string;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Of channels' names; another one is another cluster on the same Redis. */
  readonly prefix?: string;
}

/**
 * A node's way to others by Redis Pub/Sub. Comes back by itself, with delays that grow; what is published meanwhile is its owner's to
 * keep. Any Redis from 6 does, and what speaks its protocol; a database number has no meaning for Pub/Sub.
 */
export class RedisLink implements BusLink {
  readonly #address: RedisAddress;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #prefix: string;
  readonly #channels = new Set<string>();
  readonly #delay = new ReconnectDelay();
  #owner: LinkOwner | undefined;
  #connection: RedisConnection | undefined;
  #connectedAtMs = 0;
  #state: LinkState = { type: "connecting" };
  /** Of the next ping or the next attempt. */
  #cancelTimer: () => void = () => {};
  #resolveOpen: () => void = () => {};

  /** `SluiceError` `invalidArgument`: the URL is none of Redis. */
  constructor({ url, clock, random, prefix = DEFAULT_PREFIX }: RedisLinkOptions) {
    this.#address = parseRedisUrl(url);
    this.#clock = clock;
    this.#random = random;
    this.#prefix = prefix;
  }

  get state(): LinkState {
    return this.#state;
  }

  async open(owner: LinkOwner, wait: boolean): Promise<void> {
    this.#owner = owner;
    const opened = new Promise<void>((resolve) => {
      this.#resolveOpen = resolve;
    });
    const error = await this.#connect();
    if (error === undefined) return;
    if (!wait) {
      await this.close();
      throw new SluiceError("unavailable", `Redis at ${this.#address.label} cannot be used: ${error.message}`, {
        cause: error,
      });
    }
    this.#connectLater(0);
    await opened;
  }

  publish(channel: string, bytes: Uint8Array): void {
    this.#connection?.publish(this.#prefix + channel, bytes, () => this.#owner?.handleAccepted());
  }

  subscribe(channel: string): void {
    this.#channels.add(channel);
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.subscribe([this.#prefix + channel]).then(
      () => {
        if (connection === this.#connection && this.#channels.has(channel)) this.#owner?.handleSubscribed(channel);
      },
      (error: unknown) => connection.end(error instanceof Error ? error.message : String(error)),
    );
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
    this.#connection?.unsubscribe(this.#prefix + channel);
  }

  async close(): Promise<void> {
    this.#state = { type: "closed" };
    this.#owner = undefined;
    this.#cancelTimer();
    this.#connection?.close();
    this.#connection = undefined;
    this.#resolveOpen();
  }

  /** Returns why it failed. */
  async #connect(): Promise<Error | undefined> {
    const wanted = new Set(this.#channels);
    let endedEarly: string | undefined;
    let connection: RedisConnection | undefined;
    const onEnd = (cause: string) => {
      endedEarly = cause;
      if (connection !== undefined && connection === this.#connection) this.#handleEnd(cause);
    };
    const onMessage = (channel: string, bytes: Uint8Array) => {
      if (channel.startsWith(this.#prefix)) this.#owner?.handleBytes(channel.slice(this.#prefix.length), bytes);
    };
    try {
      connection = await RedisConnection.open(this.#address, this.#prefixed(wanted), this.#clock, { onMessage, onEnd });
      // Whatever was subscribed to in the meantime.
      for (let late = this.#unknownTo(wanted); late.length > 0; late = this.#unknownTo(wanted)) {
        await connection.subscribe(this.#prefixed(late));
        for (const channel of late) wanted.add(channel);
      }
    } catch (error) {
      connection?.close();
      return error instanceof Error ? error : new Error(String(error));
    }
    if (endedEarly !== undefined) return new Error(endedEarly);
    if (this.#state.type === "closed") connection.close();
    else this.#handleConnection(connection, wanted);
    return undefined;
  }

  #handleConnection(connection: RedisConnection, subscribed: ReadonlySet<string>): void {
    this.#connection = connection;
    this.#connectedAtMs = this.#clock.now() / 1000;
    this.#state = { type: "connected" };
    for (const channel of subscribed) if (!this.#channels.has(channel)) connection.unsubscribe(this.#prefix + channel);
    this.#pingLater();
    this.#owner?.handleConnected();
    this.#resolveOpen();
  }

  #handleEnd(cause: string): void {
    this.#connection = undefined;
    this.#state = { type: "interrupted", cause };
    this.#owner?.handleInterrupted(cause);
    this.#connectLater(this.#clock.now() / 1000 - this.#connectedAtMs);
  }

  #connectLater(livedMs: number): void {
    if (this.#state.type === "closed") return;
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.schedule(this.#delay.afterFailure(livedMs, this.#random()), () => {
      void this.#connect().then((error) => {
        if (error !== undefined) this.#connectLater(0);
      });
    });
  }

  #pingLater(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.schedule(PING_INTERVAL_MS, () => {
      this.#connection?.checkAlive();
      if (this.#connection !== undefined) this.#pingLater();
    });
  }

  #unknownTo(subscribed: ReadonlySet<string>): string[] {
    return [...this.#channels].filter((channel) => !subscribed.has(channel));
  }

  #prefixed(channels: Iterable<string>): string[] {
    return Array.from(channels, (channel) => this.#prefix + channel);
  }
}
