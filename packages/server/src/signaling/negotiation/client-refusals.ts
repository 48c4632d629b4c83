import type { LocalCodecs } from "./local-codecs.js";
import type { WantedTrack } from "./negotiation-types.js";

/** What a client has said no to in its answers: nothing is offered again that it cannot take. */
export class ClientRefusals {
  /** Track id to the producer that was refused: another one may be taken. */
  readonly #producerIds = new Map<string, string>();
  readonly #codecs = new Set<string>();
  readonly #takenCodecs = new Set<string>();

  isRefused({ trackId, producerId }: WantedTrack, { key }: LocalCodecs): boolean {
    return this.#codecs.has(key) || this.#producerIds.get(trackId) === producerId;
  }

  handleTaken(key: string): void {
    this.#takenCodecs.add(key);
  }

  /** `isByCodec`: as far as one can tell. A codec that was taken before was refused for another reason. */
  handleRefused(trackId: string, producerId: string, key: string, isByCodec: boolean): void {
    this.#producerIds.set(trackId, producerId);
    if (isByCodec && !this.#takenCodecs.has(key)) this.#codecs.add(key);
  }

  /** Who subscribes again has another try. */
  keepOnly(wanted: ReadonlyMap<string, WantedTrack>): void {
    for (const trackId of this.#producerIds.keys()) if (!wanted.has(trackId)) this.#producerIds.delete(trackId);
  }
}
