import type { ConnectionQuality } from "@sluice/protocol";
import type { ConsumerStatistics, ProducerStatistics } from "../worker/messages.js";

/** From this share of packets lost or this round-trip time on, a connection is no better than… */
const THRESHOLDS = [
  { quality: "poor", lossRatio: 0.1, roundTripMs: 800 },
  { quality: "good", lossRatio: 0.02, roundTripMs: 300 },
] as const;

/** Fewer packets than these in an interval say nothing about loss. */
const MIN_PACKETS = 10;

/**
 * How good one participant's media connection is, from its worker's counters: the worse of both directions' loss, and the
 * round-trip time. Without media there is nothing to complain of. `lost` is not the meter's to say: it comes from the
 * Transport's state.
 */
export class ConnectionQualityMeter {
  readonly #producers = new Map<string, ProducerStatistics>();
  readonly #consumers = new Map<string, ConsumerStatistics>();

  /** Counters of all of the participant's Producers and Consumers now; the interval is the time since the last call. */
  measure(producers: readonly ProducerStatistics[], consumers: readonly ConsumerStatistics[]): ConnectionQuality {
    const up = { packets: 0, lost: 0 };
    for (const now of producers) {
      const before = this.#producers.get(now.producerId);
      if (before === undefined) continue;
      const lost = Math.max(0, now.lost - before.lost);
      up.packets += Math.max(0, now.packets - before.packets) + lost;
      up.lost += lost;
    }
    const down = { packets: 0, lost: 0 };
    let roundTripMs = 0;
    for (const now of consumers) {
      const packets = Math.max(0, now.packets - (this.#consumers.get(now.consumerId)?.packets ?? now.packets));
      down.packets += packets;
      down.lost += packets * now.lossRatio;
      if (packets > 0) roundTripMs = Math.max(roundTripMs, now.roundTripMs ?? 0);
    }
    remember(this.#producers, producers, (each) => each.producerId);
    remember(this.#consumers, consumers, (each) => each.consumerId);
    const lossRatio = Math.max(ratio(up), ratio(down));
    for (const threshold of THRESHOLDS) {
      if (lossRatio >= threshold.lossRatio || roundTripMs >= threshold.roundTripMs) return threshold.quality;
    }
    return "excellent";
  }
}

function ratio({ packets, lost }: { readonly packets: number; readonly lost: number }): number {
  return packets < MIN_PACKETS ? 0 : lost / packets;
}

function remember<T>(map: Map<string, T>, items: readonly T[], key: (item: T) => string): void {
  map.clear();
  for (const item of items) map.set(key(item), item);
}
