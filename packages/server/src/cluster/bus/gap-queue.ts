import { BUS_LIMITS } from "./bus-limits.js";
import type { BusGap, BusGapCause } from "./bus-message.js";
import type { BusChannel } from "./channel.js";

/** Gaps that are still to be told, each once however often it came. */
export class GapQueue {
  readonly #gaps = new Map<string, BusGap>();
  /** Every channel has one: since a reconnect, or because there were too many to keep. */
  #everywhere: BusGapCause | undefined;

  add(channel: BusChannel, sender: string | undefined, cause: BusGapCause): void {
    if (this.#everywhere !== undefined) return;
    // A channel's name has a colon before anything a client chose, and no sender's id is empty: one key is one gap.
    if (this.#gaps.size < BUS_LIMITS.maxGaps) this.#gaps.set(`${channel}\0${sender ?? ""}`, { channel, sender, cause });
    else this.addEverywhere(cause);
  }

  addEverywhere(cause: BusGapCause): void {
    this.#everywhere = cause;
    this.#gaps.clear();
  }

  /** What is to be told now; `channels`: all that somebody listens to. */
  pollGaps(channels: Iterable<BusChannel>): BusGap[] {
    const cause = this.#everywhere;
    if (cause === undefined && this.#gaps.size === 0) return [];
    const gaps =
      cause === undefined
        ? [...this.#gaps.values()]
        : Array.from(channels, (channel) => ({ channel, sender: undefined, cause }));
    this.#everywhere = undefined;
    this.#gaps.clear();
    return gaps;
  }
}
