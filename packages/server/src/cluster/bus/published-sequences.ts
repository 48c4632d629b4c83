import { BUS_LIMITS } from "./bus-limits.js";
import type { BusChannel } from "./channel.js";

/** Numbers the messages of one session. */
export class PublishedSequences {
  #last = 0;
  /** The last number on each channel, in the order in which they were used. */
  readonly #byChannel = new Map<BusChannel, number>();

  next(channel: BusChannel): { readonly sequence: number; readonly previousSequence: number } {
    const previousSequence = this.#byChannel.get(channel) ?? 0;
    this.#last += 1;
    this.#byChannel.delete(channel);
    this.#byChannel.set(channel, this.#last);
    if (this.#byChannel.size > BUS_LIMITS.maxPublishedChannels) {
      const [oldest] = this.#byChannel.keys();
      if (oldest !== undefined) this.#byChannel.delete(oldest);
    }
    return { sequence: this.#last, previousSequence };
  }
}
