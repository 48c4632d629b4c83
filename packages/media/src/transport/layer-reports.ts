import type { Consumer } from "../router/consumer.js";
import type { Instant } from "../time/instant.js";
import type { ConsumerLayers, MediaEvent } from "./parameters.js";

interface Reported {
  readonly layers: ConsumerLayers | undefined;
  readonly isStarved: boolean;
}

const NOTHING: Reported = { layers: undefined, isStarved: false };

/** Lets Consumers of video look at what there is, and tells the owner what they send when that changed: at most every 100 ms. */
export class LayerReports {
  readonly #emit: (event: MediaEvent) => void;
  readonly #reported = new WeakMap<Consumer, Reported>();

  constructor(emit: (event: MediaEvent) => void) {
    this.#emit = emit;
  }

  handleTimeout(consumer: Consumer, now: Instant): void {
    if (consumer.kind !== "video" || !consumer.handleTick(now)) return;
    const { layers, isStarved } = consumer;
    const before = this.#reported.get(consumer) ?? NOTHING;
    const isSame =
      layers?.spatialLayer === before.layers?.spatialLayer &&
      layers?.temporalLayer === before.layers?.temporalLayer &&
      isStarved === before.isStarved;
    if (isSame) return;
    this.#reported.set(consumer, { layers, isStarved });
    this.#emit({ type: "consumerLayers", consumerId: consumer.id, layers, isStarved });
  }
}
