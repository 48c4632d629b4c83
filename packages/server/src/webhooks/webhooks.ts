import type { ApiKeys } from "../config/api-keys.js";
import type { WebhookConfig } from "../config/config.js";
import type { Log } from "../log/log.js";
import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { Clock } from "../session/clock.js";
import type { Entropy } from "../session/entropy.js";
import type { RoomCloseReason, RoomObserver } from "../session/room-observer.js";
import type { SendWebhook } from "./send-webhook.js";
import { EVENT_NAMES, type Happening, webhookBody } from "./webhook-body.js";
import { isWanted } from "./webhook-filter.js";
import type { WebhookCounters } from "./webhook-queue.js";
import { WebhookReceiver } from "./webhook-receiver.js";
import { signWebhook } from "./webhook-signature.js";

export interface WebhooksOptions {
  readonly config: WebhookConfig;
  readonly keys: ApiKeys;
  readonly send: SendWebhook;
  readonly clock: Clock;
  readonly entropy: Pick<Entropy, "randomId" | "randomUint32">;
  readonly log: Log;
}

/** At shutdown, what is left has this long to leave, ms. */
export const FLUSH_TIMEOUT_MS = 2_000;

/** Tells URLs what happens in the rooms of this node, as LiveKit does. */
export class Webhooks implements RoomObserver {
  readonly #options: WebhooksOptions;
  readonly #receivers: readonly WebhookReceiver[];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { config, keys, send, clock, entropy, log } = options;
    const sign = (body: string) => signWebhook(config.apiKey, keys.get(config.apiKey) ?? "", body, clock.unixMs());
    const random = () => entropy.randomUint32() / 2 ** 32;
    this.#receivers = config.urls.map((url) => new WebhookReceiver({ url, send, sign, clock, random, log }));
  }

  /** Of each URL, in the order in which they are configured. */
  get counters(): Readonly<WebhookCounters>[] {
    return this.#receivers.map(({ counters }) => counters);
  }

  /** What waits or is on its way, in the same order. */
  get queuedCounts(): readonly number[] {
    return this.#receivers.map(({ queuedCount }) => queuedCount);
  }

  handleRoomStarted(room: Room): void {
    this.#tell(room, { type: "roomStarted" });
  }

  handleRoomEvent(room: Room, event: RoomEvent): void {
    this.#tell(room, event);
  }

  handleRoomFinished(room: Room, reason: RoomCloseReason): void {
    this.#tell(room, { type: "roomFinished", reason });
  }

  /** After the last room has finished. */
  async close(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.close(FLUSH_TIMEOUT_MS)));
  }

  #tell(room: Room, happening: Happening): void {
    const { config, clock, entropy } = this.#options;
    const event = EVENT_NAMES[happening.type];
    if (this.#receivers.length === 0 || !isWanted(config.filter, event)) return;
    const id = entropy.randomId("EV_");
    const delivery = { room: room.name, event, id, body: webhookBody(room, happening, id, clock.unixMs()) };
    for (const receiver of this.#receivers) receiver.push(delivery);
  }
}
