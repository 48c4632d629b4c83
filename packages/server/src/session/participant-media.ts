import type { Fingerprint } from "@sluice/media";
import type { Negotiation } from "../signaling/negotiation/negotiation.js";
import type { SectionCounts, SentTrack, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import type { ConnectionQualityMeter } from "./connection-quality-meter.js";

/** One Consumer as the control process knows it. */
export interface SentConsumer {
  readonly consumerId: string;
  /** Of the worker; another one for the same track means the Consumer is dead. */
  readonly producerId: string;
  isPaused: boolean;
}

/** One Transport at the worker with what was agreed about it. */
export interface MediaTransport {
  readonly transportId: string;
  /** Of the client's offer: another one asks for another Transport. */
  readonly ufrag: string;
  readonly fingerprints: readonly Fingerprint[];
  readonly negotiation: Negotiation;
  readonly quality: ConnectionQualityMeter;
  /** By track id. */
  sent: ReadonlyMap<string, SentConsumer>;
  /** Track id to the producer id of which the client cannot take the codec. */
  unsupported: ReadonlyMap<string, string>;
}

export type MediaState =
  /** The client has not offered yet. */
  | { readonly type: "none" }
  | { readonly type: "open"; readonly transport: MediaTransport }
  /** It was there and is gone; `isTold`: the client knows that it has to begin anew. */
  | { readonly type: "lost"; readonly isTold: boolean };

/** What one participant sends and receives, and what it was asked to offer. */
export class ParticipantMedia {
  readonly participantId: string;
  state: MediaState = { type: "none" };
  /** Sections of the last `negotiationNeeded` that no offer has satisfied yet. */
  #asked: SectionCounts | undefined;

  constructor(participantId: string) {
    this.participantId = participantId;
  }

  get transport(): MediaTransport | undefined {
    return this.state.type === "open" ? this.state.transport : undefined;
  }

  /** The Transport is gone at the worker. */
  lose(isTold: boolean): void {
    this.state = { type: "lost", isTold };
    this.#asked = undefined;
  }

  /** After the signaling connection was replaced: what was asked over the old one may never have arrived. */
  forgetAsked(): void {
    this.#asked = undefined;
  }

  /** An offer was answered; `wanted` is what it was answered with. */
  handleOffered(wanted: readonly WantedTrack[]): void {
    if (wanted.every((track) => this.#isSettled(track))) this.#asked = undefined;
  }

  /**
   * How many receiving sections of each kind the client's next offer must have, when it has to offer again at all; undefined
   * when it receives everything it can, or has been asked for just this already.
   */
  sectionsToAskFor(wanted: readonly WantedTrack[]): SectionCounts | undefined {
    if (wanted.every((track) => this.#isSettled(track))) {
      this.#asked = undefined;
      return undefined;
    }
    const needed = this.transport?.negotiation.countSections(wanted).needed ?? countKinds(wanted);
    if (this.#asked?.audio === needed.audio && this.#asked.video === needed.video) return undefined;
    this.#asked = needed;
    return needed;
  }

  #isSettled({ trackId, producerId }: WantedTrack): boolean {
    const { transport } = this;
    if (transport === undefined) return false;
    return transport.sent.get(trackId)?.producerId === producerId || transport.unsupported.get(trackId) === producerId;
  }
}

function countKinds(wanted: readonly WantedTrack[]): SectionCounts {
  const audio = wanted.filter(({ kind }) => kind === "audio").length;
  return { audio, video: wanted.length - audio };
}

/** The Consumers after an offer: one that stays keeps its state. */
export function sentConsumers(
  sent: readonly SentTrack[],
  wanted: readonly WantedTrack[],
  before: MediaTransport["sent"],
): Map<string, SentConsumer> {
  const byTrackId = new Map(wanted.map((track) => [track.trackId, track]));
  const consumers = new Map<string, SentConsumer>();
  for (const { trackId, consumerId } of sent) {
    const existing = before.get(trackId);
    const track = byTrackId.get(trackId);
    if (existing?.consumerId === consumerId) consumers.set(trackId, existing);
    else if (track !== undefined) {
      consumers.set(trackId, { consumerId, producerId: track.producerId, isPaused: track.isPaused ?? false });
    }
  }
  return consumers;
}
