import type { Redis } from "ioredis";
import type { Clock } from "../../session/clock.js";
import type { RedisAddress } from "./redis-url.js";

/** How long Redis may take until a connection stands, ms, and until everything is subscribed to: longer than a busy machine pauses. */
const CONNECT_TIMEOUT_MS = 5_000;
const OPEN_TIMEOUT_MS = 10_000;
/** Channels in one SUBSCRIBE: one command for 65,536 of them would hold everybody up. */
const CHANNELS_PER_COMMAND = 256;

export interface RedisConnectionEvents {
  readonly onMessage: (channel: string, bytes: Uint8Array) => void;
  readonly onEnd: (cause: string) => void;
}

/**
 * Two connections to Redis, which live and die together: one that listens, since Redis lets it do nothing else and cuts it off when it
 * reads too slowly, and one that publishes. Never reconnects: when anything is wrong it ends, and a new one is made. ioredis is the sockets
 * and the protocol here; its queues, retries and resubscribing are off, because their bounds are not ours.
 */
export class RedisConnection {
  readonly #publisher: Redis;
  readonly #listener: Redis;
  readonly #events: RedisConnectionEvents;
  #isEnded = false;
  #lastError = "the connection was closed";
  /** Pings that were not answered yet. */
  #pings = 0;

  private constructor(Client: typeof Redis, address: RedisAddress, events: RedisConnectionEvents) {
    this.#events = events;
    this.#publisher = this.#create(Client, address, "sluice-publish");
    this.#listener = this.#create(Client, address, "sluice-listen");
    this.#listener.on("messageBuffer", (channel: Buffer, bytes: Buffer) => {
      if (!this.#isEnded) events.onMessage(channel.toString("utf8"), bytes);
    });
  }

  /** Rejects with what Redis or the system said. */
  static async open(
    address: RedisAddress,
    channels: Iterable<string>,
    clock: Clock,
    events: RedisConnectionEvents,
  ): Promise<RedisConnection> {
    // A node that runs alone does not load it.
    const { Redis: Client } = await import("ioredis");
    const connection = new RedisConnection(Client, address, events);
    const cancelTimer = clock.schedule(OPEN_TIMEOUT_MS, () => {
      connection.#lastError = "it does not answer";
      connection.close();
    });
    try {
      await Promise.all([connection.#publisher.connect(), connection.#listener.connect()]);
      // ioredis calls a connection ready although AUTH was refused, when a server without ACL lets others in.
      await Promise.all([connection.#publisher.ping(), connection.#listener.ping()]);
      await connection.subscribe(channels);
      return connection;
    } catch (error) {
      connection.close();
      throw new Error(isSpecific(error) ? describe(error) : connection.#lastError, { cause: error });
    } finally {
      cancelTimer();
    }
  }

  publish(channel: string, bytes: Uint8Array, onAccepted: () => void): void {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#publisher.publish(channel, body).then(
      () => {
        if (!this.#isEnded) onAccepted();
      },
      // An error reply too: what comes after it must not overtake it, so everything is sent again.
      (error: unknown) => this.end(describe(error)),
    );
  }

  /** Resolves when all of them stand, or the connection has ended. */
  async subscribe(channels: Iterable<string>): Promise<void> {
    const list = [...channels];
    for (let index = 0; index < list.length; index += CHANNELS_PER_COMMAND) {
      await this.#listener.subscribe(...list.slice(index, index + CHANNELS_PER_COMMAND));
    }
  }

  unsubscribe(channel: string): void {
    this.#listener.unsubscribe(channel).catch((error: unknown) => this.end(describe(error)));
  }

  /** To be called at intervals; ends the connection when Redis has not answered since the last: a host that vanished closes nothing. */
  checkAlive(): void {
    if (this.#pings > 0) {
      this.end("it does not answer");
      return;
    }
    for (const redis of [this.#publisher, this.#listener]) {
      this.#pings += 1;
      redis.ping().then(
        () => {
          this.#pings -= 1;
        },
        (error: unknown) => this.end(describe(error)),
      );
    }
  }

  /** Says nothing more. */
  close(): void {
    this.#isEnded = true;
    this.#publisher.disconnect();
    this.#listener.disconnect();
  }

  /** As if Redis had ended it. */
  end(cause: string): void {
    if (this.#isEnded) return;
    this.close();
    this.#events.onEnd(cause);
  }

  #create(Client: typeof Redis, { host, port, isTls, username, password }: RedisAddress, connectionName: string): Redis {
    const redis = new Client({
      host,
      port,
      ...(isTls && { tls: {} }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      connectionName,
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Pub/Sub says the same in both versions, and every Redis speaks this one.
      protocol: 2,
      disableClientInfo: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
    redis.on("error", (error: unknown) => {
      this.#lastError = describe(error);
    });
    redis.on("end", () => this.end(this.#lastError));
    return redis;
  }
}

/** Of a command that was waiting, ioredis says only that the connection is closed; why is in the event before. */
function isSpecific(error: unknown): boolean {
  return error instanceof Error && !/Connection is closed/.test(error.message);
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(", ");
  return error instanceof Error ? error.message : String(error);
}
