import type { Instant } from "@sluice/media";
import { after } from "@sluice/media";
import type { Log } from "../log/log.js";
import type { Clock } from "../session/clock.js";
import { DeadlineTimer } from "../session/deadline-timer.js";
import type { SendWebhook, WebhookReply } from "./send-webhook.js";
import { type Delivery, type WebhookCounters, WebhookQueue } from "./webhook-queue.js";

export interface WebhookReceiverOptions {
  readonly url: string;
  readonly send: SendWebhook;
  /** The header Authorization for a body. */
  readonly sign: (body: string) => Promise<string>;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Drops are logged together, at most this often. */
const LOG_INTERVAL_MS = 10_000;

/** One URL that is told of events: its queue at work. Whatever it does, slow or dead, happens to nobody else. */
export class WebhookReceiver {
  readonly #options: WebhookReceiverOptions;
  readonly #queue = new WebhookQueue();
  readonly #abort = new AbortController();
  /** For the log: a query may hold a secret. */
  readonly #name: string;
  readonly #timer: DeadlineTimer;
  #isFailing = false;
  #dropsLogged = 0;
  #nextLog: Instant | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: WebhookReceiverOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.url);
    this.#name = origin + pathname;
    this.#timer = new DeadlineTimer(options.clock, () => this.#pump());
  }

  get counters(): Readonly<WebhookCounters> {
    return this.#queue.counters;
  }

  /** What waits or is on its way. */
  get queuedCount(): number {
    return this.#queue.count;
  }

  /** Returns at once; what follows happens later. */
  push(delivery: Delivery): void {
    if (!this.#queue.push(delivery)) this.#logDrops("its queue is full");
    this.#pump();
  }

  /** What is left is tried once more, for `timeoutMs` at most. */
  async close(timeoutMs: number): Promise<void> {
    this.#queue.hurry();
    this.#pump();
    if (!this.#queue.isEmpty) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.schedule(timeoutMs, resolve);
        this.#onEmpty = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#onEmpty = undefined;
    this.#timer.set(undefined);
    this.#abort.abort();
    const dropped = this.#queue.abandon();
    if (dropped > 0) this.#options.log.warn({ url: this.#name, dropped }, "webhooks left undelivered at shutdown");
  }

  #pump(): void {
    const { clock } = this.#options;
    if (this.#abort.signal.aborted) return;
    for (const delivery of this.#queue.pollDeliveries(clock.now())) void this.#deliver(delivery);
    this.#timer.set(this.#queue.pollTimeout());
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const reply = await this.#attempt(delivery);
    if (this.#abort.signal.aborted) return;
    const { clock, random } = this.#options;
    const result = this.#queue.handleOutcome(delivery, reply.outcome, clock.now(), random());
    this.#logState(reply);
    if (result === "dropped") this.#logDrops(reply.why ?? "");
    this.#pump();
    if (this.#queue.isEmpty) this.#onEmpty?.();
  }

  async #attempt({ body }: Delivery): Promise<WebhookReply> {
    const { url, send, sign } = this.#options;
    // Anew for each attempt: a signature is good for minutes.
    return send({ url, body, authorization: await sign(body) }, this.#abort.signal);
  }

  #logState({ outcome, why }: WebhookReply): void {
    const isFailing = outcome === "failed";
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) this.#options.log.warn({ url: this.#name, why }, "a webhook's receiver fails; it is tried again");
    else this.#options.log.info({ url: this.#name }, "a webhook's receiver answers again");
  }

  #logDrops(why: string): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    if (this.#nextLog !== undefined && now < this.#nextLog) return;
    this.#nextLog = after(now, LOG_INTERVAL_MS);
    const { dropped } = this.counters;
    log.warn({ url: this.#name, why, dropped: dropped - this.#dropsLogged, droppedInAll: dropped }, "webhooks dropped");
    this.#dropsLogged = dropped;
  }
}
