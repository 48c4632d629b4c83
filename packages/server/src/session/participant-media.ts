import { plainMsid } from "../signaling/negotiation/negotiation.js";
import type { SectionCounts, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import { compareOffers, type OfferDescription } from "../signaling/negotiation/offered-session.js";
import { ConnectionQualityMeter } from "./connection-quality-meter.js";
import type { MediaForm } from "./media-form.js";
import type { AnsweredTransport, MediaTransport } from "./media-transport.js";
import type { OfferedTransport } from "./offered-transport.js";

/** A client that makes a new peer connection forgets the ones before. */
const MAX_REMEMBERED = 4;

export type MediaState =
  /** The client has not offered yet. */
  | { readonly type: "none" }
  /** A client with a single connection sends and receives in the same Transport; another may have only one of two so far. */
  | {
      readonly type: "open";
      readonly publishing: AnsweredTransport | undefined;
      readonly receiving: AnsweredTransport | OfferedTransport | undefined;
    }
  /** It was there and is gone; `isTold`: the client knows that it has to begin anew. */
  | { readonly type: "lost"; readonly isTold: boolean };

/** What one participant sends and receives, and what it was asked to offer. */
export class ParticipantMedia {
  readonly participantId: string;
  /** Of the Transports there are: with a new one it begins anew. */
  quality = new ConnectionQualityMeter();
  state: MediaState = { type: "none" };
  /** Of a client with two connections: what it received in has ended, so it has to begin anew. */
  isReceivingOver = false;
  #form: MediaForm = {};
  /** The client's peer connections whose Transport has ended: they cannot have another one. */
  #ended: readonly OfferDescription[] = [];
  /** Sections of the last `negotiationNeeded` that no offer has satisfied yet. */
  #asked: SectionCounts | undefined;

  constructor(participantId: string) {
    this.participantId = participantId;
  }

  get isDual(): boolean {
    return this.#form.connections === "dual";
  }

  get form(): MediaForm {
    return this.#form;
  }

  handleJoined({
    connections = "single",
    msidOf = plainMsid,
    acceptsUnpublished = false,
    freesSections = false,
    mayPauseVideo = true,
    endsWithTransport = false,
  }: MediaForm): void {
    this.#form = { connections, msidOf, acceptsUnpublished, freesSections, mayPauseVideo, endsWithTransport };
  }

  /** Through which it sends. */
  get publishing(): AnsweredTransport | undefined {
    return this.state.type === "open" ? this.state.publishing : undefined;
  }

  /** Through which it receives, media and data: the participant is connected when this is. */
  get receiving(): AnsweredTransport | OfferedTransport | undefined {
    return this.state.type === "open" ? this.state.receiving : undefined;
  }

  /** Of a client with two connections: the one that we offer. */
  get offered(): OfferedTransport | undefined {
    return this.receiving?.type === "offered" ? this.receiving : undefined;
  }

  get transports(): readonly MediaTransport[] {
    const { publishing, receiving } = this;
    return [...new Set([publishing, receiving])].filter((transport) => transport !== undefined);
  }

  /** Of the client's offer. */
  openPublishing(transport: AnsweredTransport): void {
    this.state = { type: "open", publishing: transport, receiving: this.isDual ? this.receiving : transport };
    this.quality = new ConnectionQualityMeter();
  }

  /** A client with two connections that still waits for our first offer. */
  get isUnoffered(): boolean {
    return this.isDual && this.state.type === "none" && !this.isReceivingOver;
  }

  /** Of our own offers. */
  openReceiving(transport: OfferedTransport): void {
    this.state = { type: "open", publishing: this.publishing, receiving: transport };
    this.quality = new ConnectionQualityMeter();
  }

  /** Whether it is connected by this: by what it receives in, or, for who may receive no tracks, by either. */
  isConnectedBy(transport: MediaTransport, canSubscribe: boolean): boolean {
    return transport === this.receiving || (!canSubscribe && transport === this.publishing);
  }

  /** The Transport is closed; a client of two connections may have the other one still. */
  close(transport: MediaTransport): void {
    const publishing = this.publishing === transport ? undefined : this.publishing;
    const receiving = this.receiving === transport ? undefined : this.receiving;
    const isOpen = publishing !== undefined || receiving !== undefined;
    this.state = isOpen ? { type: "open", publishing, receiving } : { type: "none" };
  }

  /** The Transport has ended by itself: see {@link hasEnded}. */
  handleEnded({ description }: AnsweredTransport): void {
    this.#ended = [description, ...this.#ended].slice(0, MAX_REMEMBERED);
  }

  /**
   * Whether an offer is of a peer connection whose Transport is no more. To that client DTLS is done, so that a new Transport would
   * wait for its handshake in vain.
   */
  hasEnded(description: OfferDescription): boolean {
    return this.#ended.some((ended) => compareOffers(ended, description) !== "other");
  }

  /** The Transport is gone at the worker. */
  lose(isTold: boolean): void {
    this.state = { type: "lost", isTold };
    this.isReceivingOver = false;
    this.#asked = undefined;
  }

  /** After the signaling connection was replaced: what was asked over the old one may never have arrived. */
  forgetAsked(): void {
    this.#asked = undefined;
  }

  /** In its newest offer that was answered, to receive in. */
  get offeredSections(): SectionCounts {
    return this.publishing?.negotiation.countSections([]).needed ?? { audio: 0, video: 0 };
  }

  /** An offer was answered; `wanted` is what it was answered with. */
  handleOffered(wanted: readonly WantedTrack[]): void {
    if (this.#areSettled(wanted)) this.#asked = undefined;
  }

  /**
   * How many receiving sections of each kind the client's next offer must have, when it has to offer again at all; undefined
   * when it receives everything it can, has been asked for just this already, or receives in a connection of our offers. One that
   * is to free sections offers again for what it receives no more, too.
   */
  sectionsToAskFor(wanted: readonly WantedTrack[]): SectionCounts | undefined {
    if (this.isDual) return undefined;
    if (this.#areSettled(wanted)) {
      this.#asked = undefined;
      return undefined;
    }
    const needed = this.publishing?.negotiation.countSections(wanted).needed ?? countKinds(wanted);
    if (this.#asked?.audio === needed.audio && this.#asked.video === needed.video) return undefined;
    this.#asked = needed;
    return needed;
  }

  #areSettled(wanted: readonly WantedTrack[]): boolean {
    return wanted.every((track) => this.#isSettled(track)) && !(this.#form.freesSections === true && this.#hasLeftOver(wanted));
  }

  #hasLeftOver(wanted: readonly WantedTrack[]): boolean {
    const trackIds = new Set(wanted.map(({ trackId }) => trackId));
    return [...(this.receiving?.sent.keys() ?? [])].some((trackId) => !trackIds.has(trackId));
  }

  #isSettled({ trackId, producerId }: WantedTrack): boolean {
    const { receiving } = this;
    if (receiving === undefined) return false;
    return receiving.sent.get(trackId)?.producerId === producerId || receiving.unsupported.get(trackId) === producerId;
  }
}

function countKinds(wanted: readonly WantedTrack[]): SectionCounts {
  const audio = wanted.filter(({ kind }) => kind === "audio").length;
  return { audio, video: wanted.length - audio };
}
