import { BUS_LIMITS } from "./bus-limits.js";
import type { BusChannel } from "./channel.js";

/** What was heard last of one sender on one channel. */
export interface Stream {
  epoch: number;
  sequence: number;
}

/** A stream that was forgotten for want of room. */
export interface ForgottenStream extends Stream {
  readonly sender: string;
}

/** The last message of each sender on each channel. Bounded: the channel that was longest unheard is forgotten first. */
export class StreamTable {
  /** In the order in which something was heard on them, the longest ago first. */
  readonly #channels = new Map<BusChannel, Map<string, Stream>>();
  readonly #maxStreams: number;
  #count = 0;

  constructor(maxStreams: number = BUS_LIMITS.maxStreams) {
    this.#maxStreams = maxStreams;
  }

  get count(): number {
    return this.#count;
  }

  get(channel: BusChannel, sender: string): Stream | undefined {
    return this.#channels.get(channel)?.get(sender);
  }

  /** Returns what had to be forgotten for it. */
  set(channel: BusChannel, sender: string, stream: Stream): readonly ForgottenStream[] {
    const streams = this.#channels.get(channel) ?? new Map<string, Stream>();
    if (!streams.has(sender)) this.#count += 1;
    streams.set(sender, stream);
    this.#channels.delete(channel);
    this.#channels.set(channel, streams);
    if (this.#count <= this.#maxStreams) return NOTHING;
    const [oldest] = this.#channels.keys();
    return oldest === undefined ? NOTHING : this.forget(oldest);
  }

  forget(channel: BusChannel): readonly ForgottenStream[] {
    const streams = this.#channels.get(channel);
    if (streams === undefined) return NOTHING;
    this.#channels.delete(channel);
    this.#count -= streams.size;
    return Array.from(streams, ([sender, stream]) => ({ sender, ...stream }));
  }
}

const NOTHING: readonly ForgottenStream[] = [];
