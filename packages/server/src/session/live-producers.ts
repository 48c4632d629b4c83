import type { RtpCodec, RtpParameters } from "@sluice/media";

export interface LiveProducer {
  /** Of the worker: new whenever the Producer had to be opened anew, so that its Consumers are told apart from the dead ones. */
  readonly producerId: string;
  readonly codecs: readonly RtpCodec[];
  /** With which it was opened. */
  readonly rtp: RtpParameters;
}

/** The Producers that a room has at its worker: one for each track that flows. */
export class LiveProducers {
  readonly #byTrackId = new Map<string, LiveProducer>();
  readonly #trackIds = new Map<string, string>();

  /** Of a track. */
  get(trackId: string): LiveProducer | undefined {
    return this.#byTrackId.get(trackId);
  }

  trackIdOf(producerId: string): string | undefined {
    return this.#trackIds.get(producerId);
  }

  /** In the place of what the track had before. */
  set(trackId: string, producer: LiveProducer): void {
    this.remove(trackId);
    this.#byTrackId.set(trackId, producer);
    this.#trackIds.set(producer.producerId, trackId);
  }

  /** Returns what the Producer was called. */
  remove(trackId: string): string | undefined {
    const producerId = this.#byTrackId.get(trackId)?.producerId;
    this.#byTrackId.delete(trackId);
    if (producerId !== undefined) this.#trackIds.delete(producerId);
    return producerId;
  }

  clear(): void {
    this.#byTrackId.clear();
    this.#trackIds.clear();
  }
}
