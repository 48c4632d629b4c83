import type { LayerPreference } from "@sluice/media";
import type { Subscription } from "../room/participant.js";
import type { ToWorker } from "../worker/messages.js";
import { isSamePreference, layerPreference } from "./layer-preference.js";
import type { SentConsumer } from "./sent-consumer.js";

/** A subscription's wish in the worker's words; only video has layers. `mayPause`: see MediaForm. */
export function consumerWish(
  { track, wish }: Subscription,
  mayPause: boolean,
): { readonly isPaused: boolean; readonly preference?: LayerPreference } {
  const { isPaused } = wish;
  if (track.kind === "audio") return { isPaused };
  const preference = layerPreference(wish, track.layers);
  return { isPaused, preference: mayPause ? preference : { ...preference, mayPause } };
}

/**
 * What the worker has to hear so that `consumer` sends what is wanted; `undefined`: nothing is. `consumer` remembers it as said.
 * The layers come before the packets: who resumes a small picture is not first sent a large one.
 */
export function wishCommands(consumer: SentConsumer, subscription: Subscription | undefined): ToWorker[] {
  const { consumerId } = consumer;
  const mayPause = consumer.preference?.mayPause ?? true;
  const wish = subscription === undefined ? { isPaused: true } : consumerWish(subscription, mayPause);
  const commands: ToWorker[] = [];
  if (wish.preference !== undefined && !isSamePreference(consumer.preference, wish.preference)) {
    consumer.preference = wish.preference;
    commands.push({ type: "setConsumerPreference", consumerId, preference: wish.preference });
  }
  if (consumer.isPaused !== wish.isPaused) {
    consumer.isPaused = wish.isPaused;
    commands.push({ type: "setConsumerPaused", consumerId, isPaused: wish.isPaused });
  }
  return commands;
}
