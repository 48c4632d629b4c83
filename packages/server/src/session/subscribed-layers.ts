import { after, type ConsumerLayers, type Instant } from "@sluice/media";
import type { Notification } from "@sluice/protocol";
import type { SentConsumer, ToldLayers } from "./sent-consumer.js";

/** Layers may change several times while a path is being probed; what counts is where that leads. */
const COALESCING_MS = 100;

/**
 * Tells subscribers what they are sent (`subscribedLayers`): which layers, or that their path carries nothing at all. Nothing is
 * said of a pause that the subscriber asked for, nor when the publisher sends nothing.
 */
export class SubscribedLayers {
  readonly #notify: (participantIds: readonly string[], notification: Notification) => void;
  /** Consumers of which there may be something to tell, with whom to tell it. */
  readonly #changed = new Map<SentConsumer, { readonly participantId: string; readonly layers: ToldLayers }>();
  #tellAt: Instant | undefined;

  constructor(notify: (participantIds: readonly string[], notification: Notification) => void) {
    this.#notify = notify;
  }

  /** `layers`: undefined: the worker sends nothing. */
  handleLayers(
    participantId: string,
    consumer: SentConsumer,
    layers: ConsumerLayers | undefined,
    isStarved: boolean,
    now: Instant,
  ): void {
    this.#changed.set(consumer, { participantId, layers: { paused: layers === undefined && isStarved, ...layers } });
    this.#tellAt ??= after(now, COALESCING_MS);
  }

  /** What was said while the participant was away it has not heard. */
  handleResumed(participantId: string, consumers: Iterable<SentConsumer>, now: Instant): void {
    for (const consumer of consumers) {
      const { told } = consumer;
      if (told === undefined) continue;
      consumer.told = undefined;
      if (!this.#changed.has(consumer)) this.#changed.set(consumer, { participantId, layers: told });
      this.#tellAt ??= after(now, COALESCING_MS);
    }
  }

  pollTimeout(): Instant | undefined {
    return this.#tellAt;
  }

  /** `isLive`: whether the Consumer is still what its subscriber receives. */
  handleTimeout(now: Instant, isLive: (participantId: string, consumer: SentConsumer) => boolean): void {
    if (this.#tellAt === undefined || this.#tellAt > now) return;
    this.#tellAt = undefined;
    for (const [consumer, { participantId, layers }] of this.#changed) {
      if (isNews(consumer.told, layers) && isLive(participantId, consumer)) {
        consumer.told = layers;
        this.#notify([participantId], { method: "subscribedLayers", params: { trackId: consumer.trackId, ...layers } });
      }
    }
    this.#changed.clear();
  }
}

function isNews(told: ToldLayers | undefined, layers: ToldLayers): boolean {
  // Nothing is sent, and not for want of bandwidth: only who was told of a want has to hear that it is over.
  if (!layers.paused && layers.spatialLayer === undefined) return told?.paused === true;
  return (
    told === undefined ||
    told.paused !== layers.paused ||
    told.spatialLayer !== layers.spatialLayer ||
    told.temporalLayer !== layers.temporalLayer
  );
}
