import {
  type ConsumerParameters,
  createOffer,
  type IceCredentials,
  isRtx,
  matchCodecs,
  type OfferDataSection,
  type OfferSection,
  type RemoteTransportParameters,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { type AgreedTransport, agreementChanges, isSame, type SentConsumer } from "./agreement.js";
import { ClientRefusals } from "./client-refusals.js";
import type { LocalCodecs } from "./local-codecs.js";
import { LOCAL_EXTENSIONS } from "./local-extensions.js";
import { type NegotiationOptions, plainMsid } from "./negotiation.js";
import type { NegotiationResult, WantedTrack } from "./negotiation-types.js";
import { type AnsweredSection, readAnswer } from "./received-answer.js";
import type { OfferedTrack, SendingSection } from "./sending-section.js";
import { SendingSections, unsupportedTracks } from "./sending-sections.js";
import { sentExtensions } from "./sent-extensions.js";
import { SsrcAllocator } from "./ssrc-allocator.js";

/** The first section, so that a connection without tracks has one and data channels never ask for another round. */
const DATA_MID = "0";

/** What LiveKit's clients go by, bytes; our SCTP could take more. */
const MAX_MESSAGE_BYTES = 65_535;

const NO_PRODUCERS: AgreedTransport["producers"] = new Map();

export interface OfferingOptions extends Omit<NegotiationOptions, "acceptsUnpublished"> {
  /** 1 to 2^32 - 1; more each time. */
  readonly nextOfferId: () => number;
}

/** An offer for the client, and which section carries which track. */
export interface ServerOffer {
  /** Comes back with the answer. */
  readonly id: number;
  readonly sdp: string;
  readonly tracks: readonly { readonly mid: string; readonly trackId: string; readonly participantId: string }[];
}

export interface AnswerInput {
  /** Of the offer that it answers. Absent: the client does not say, and means the outstanding one. */
  readonly id?: number;
  readonly sdp: string;
  /** As they are now, which may be others than those that were offered. */
  readonly wanted: readonly WantedTrack[];
}

export type OfferingResult = Pick<NegotiationResult, "commands" | "sent" | "hasData" | "unsupported">;

/**
 * The offers and answers of a connection that we offer and the client only receives in: the sibling of `Negotiation`, which is
 * told what the client offers. Pure, and a door's wording is none of its business.
 *
 * One offer is outstanding at a time; what changes meanwhile goes into the next. SSRCs are told by the offer, Consumers are opened by
 * the answer, so the client knows every one of them before its first packet.
 */
export class OfferingNegotiation {
  /** Answers to an offer that is not, or no longer, outstanding. */
  staleAnswers = 0;
  readonly #options: OfferingOptions;
  readonly #ssrcs: SsrcAllocator;
  readonly #sessionId: string;
  readonly #sections = new SendingSections(Number(DATA_MID) + 1);
  readonly #refusals = new ClientRefusals();
  #localIce: IceCredentials;
  #isDataStopped = false;
  #agreement: AgreedTransport | undefined;
  #clientSsrcs: ReadonlySet<number> = new Set();
  #openedConsumers = 0;
  #sessionVersion = 0;
  #outstanding: ServerOffer | undefined;
  /** There is something to say besides the tracks: the transport itself. */
  #isTransportNew = true;

  constructor(options: OfferingOptions) {
    this.#options = options;
    this.#localIce = options.localIce;
    this.#ssrcs = new SsrcAllocator(options.randomUint32);
    this.#sessionId = String(options.randomUint32() >>> 0);
  }

  /**
   * The next offer, the first of which is made even for no track; undefined while the client has not answered the last one, and
   * when it would say nothing new. Throws SluiceError `resourceExhausted`: then this connection is used up.
   */
  createOffer(wanted: readonly WantedTrack[]): ServerOffer | undefined {
    if (this.#outstanding !== undefined) return undefined;
    const offerTrack = this.#offerTrack.bind(this);
    const isChanged = this.#sections.plan(wanted, this.#refusals, offerTrack);
    if (!isChanged && !this.#isTransportNew) return undefined;
    this.#sessionVersion += 1;
    const tracks = this.#sections.all.flatMap(({ content }) => (content.type === "filled" ? [content.offered.track] : []));
    this.#outstanding = {
      id: this.#options.nextOfferId(),
      sdp: this.#write(),
      tracks: tracks.map(({ mid, trackId, participantId }) => ({ mid, trackId, participantId })),
    };
    return this.#outstanding;
  }

  /** What the last offer was called, while it has not been answered. */
  get outstandingId(): number | undefined {
    return this.#outstanding?.id;
  }

  /**
   * The client has another signaling connection: an offer that it has not answered may never have arrived, so the next one takes
   * its place. ICE restarts by that one (RFC 8445 §9) when there is something to restart.
   */
  restart(localIce: IceCredentials): void {
    this.#outstanding = undefined;
    this.#isTransportNew = true;
    if (this.#agreement !== undefined) this.#localIce = localIce;
  }

  /**
   * Undefined for an answer to another offer than the outstanding one: it is late, or foreign, and only counted. Throws SluiceError
   * `invalidArgument` or `unsupported` with a message that says what to fix; then everything stays as it was.
   */
  handleAnswer({ id, sdp, wanted }: AnswerInput): OfferingResult | undefined {
    const outstanding = this.#outstanding;
    if (outstanding === undefined || (id !== undefined && id !== outstanding.id)) {
      this.staleAnswers += 1;
      return undefined;
    }
    const offered = [{ mid: DATA_MID, kind: "application" } as const, ...this.#sections.all];
    const {
      sections: [data, ...media],
      ssrcs,
      remote: answered,
    } = readAnswer(sdp, offered);
    const remote = this.#connect(answered);
    // From here on nothing is refused.
    this.#outstanding = undefined;
    this.#isTransportNew = false;
    this.#clientSsrcs = ssrcs;
    this.#isDataStopped ||= data?.type !== "data";
    const byTrackId = new Map(wanted.map((track) => [track.trackId, track]));
    const consumers = new Map<string, SentConsumer>();
    for (const [index, section] of this.#sections.all.entries()) {
      const consumer = this.#settle(section, media[index] ?? { type: "silent" }, byTrackId);
      if (consumer !== undefined) consumers.set(section.mid, consumer);
    }
    const previous = this.#agreement;
    const agreement = { localIce: this.#localIce, remote, producers: NO_PRODUCERS, consumers };
    this.#agreement = agreement;
    return {
      commands: agreementChanges(previous, agreement),
      sent: [...consumers.values()].map(({ track }) => track),
      hasData: remote.sctp !== undefined,
      unsupported: unsupportedTracks(wanted, this.#refusals),
    };
  }

  /** The client's side of the transport: an answer can restart ICE, when the offer did; nothing else can change. */
  #connect(answered: RemoteTransportParameters): RemoteTransportParameters {
    const before = this.#agreement;
    if (before === undefined) return answered;
    const { ice, fingerprints, dtlsRole } = before.remote;
    const isRestart = !isSame(before.localIce, this.#localIce);
    if (!isRestart && !isSame(answered.ice, ice)) {
      throw new SluiceError("invalidArgument", "The answer has other ICE credentials than before, to an offer that has not.");
    }
    if (!isSame(answered.fingerprints, fingerprints) || answered.dtlsRole !== dtlsRole) {
      throw new SluiceError("invalidArgument", "The answer has other fingerprints, or another a=setup, than the one before.");
    }
    return { ...before.remote, ice: answered.ice };
  }

  /** What is sent in a section after its answer; undefined: nothing. */
  #settle(
    section: SendingSection,
    answered: AnsweredSection,
    wanted: ReadonlyMap<string, WantedTrack>,
  ): SentConsumer | undefined {
    const { content } = section;
    if (content.type !== "filled") {
      if (answered.type === "stopped") section.content = { type: "stopped" };
      else if (content.type === "emptied") section.content = { type: "blank" };
      return undefined;
    }
    const { offered } = content;
    const consumer = this.#consume(section, offered, answered, wanted.get(offered.track.trackId));
    if (answered.type === "stopped") section.content = { type: "stopped" };
    else if (consumer === undefined) section.end(offered);
    return consumer;
  }

  /** The Consumer there is, when it is the one that is needed: its SSRCs are never another one's. Undefined: none. */
  #consume(
    { mid, kind }: SendingSection,
    { track, producerId, cname, local, ssrc, rtxSsrc, isOver }: OfferedTrack,
    answered: AnsweredSection,
    current: WantedTrack | undefined,
  ): SentConsumer | undefined {
    const codecs = answered.type === "receiving" ? matchCodecs(local.codecs, answered.codecs) : [];
    const isTaken = codecs.some((codec) => !isRtx(codec) && codec.name.toLowerCase() !== "red");
    if (isTaken) this.#refusals.handleTaken(local.key);
    else this.#refusals.handleRefused(track.trackId, producerId, local.key, answered.type !== "silent");
    if (!isTaken || answered.type !== "receiving" || isOver || current?.producerId !== producerId) return undefined;
    const headerExtensions = sentExtensions(answered.headerExtensions, codecs);
    const rtx = rtxSsrc === undefined || !codecs.some(isRtx) ? {} : { rtxSsrc };
    const needed = { producerId, kind, mid, ssrc, ...rtx, cname, codecs, headerExtensions };
    const existing = this.#agreement?.consumers.get(mid);
    if (existing?.parameters.ssrc === ssrc) return isSame(withoutState(existing.parameters), needed) ? existing : undefined;
    this.#openedConsumers += 1;
    const consumerId = `${this.#options.consumerIdPrefix}:${this.#openedConsumers}`;
    const { isPaused = false, preference } = current;
    const layers = preference === undefined ? {} : { preference };
    return { track: { ...track, consumerId }, parameters: { consumerId, ...needed, isPaused, ...layers } };
  }

  #offerTrack(mid: string, { trackId, participantId, producerId, cname }: WantedTrack, local: LocalCodecs): OfferedTrack {
    const ssrc = this.#ssrcs.allocate(this.#clientSsrcs);
    const rtxSsrc = local.codecs.some(isRtx) ? this.#ssrcs.allocate(this.#clientSsrcs) : undefined;
    return { track: { mid, trackId, participantId }, producerId, cname, local, ssrc, rtxSsrc, isOver: false };
  }

  #write(): string {
    const { fingerprint, candidates, iceLite } = this.#options;
    const data: OfferDataSection = {
      mid: DATA_MID,
      kind: "application",
      isStopped: this.#isDataStopped,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    };
    return createOffer({
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
      ice: this.#localIce,
      iceLite,
      fingerprint,
      candidates,
      sections: [data, ...this.#sections.all.map((section) => this.#writeSection(section))],
    });
  }

  #writeSection({ mid, kind, codecs, content }: SendingSection): OfferSection {
    const { msidOf = plainMsid } = this.#options;
    const section = { mid, kind, codecs, headerExtensions: LOCAL_EXTENSIONS[kind] };
    switch (content.type) {
      case "filled": {
        const { track, ssrc, rtxSsrc, cname } = content.offered;
        const rtx = rtxSsrc === undefined ? {} : { rtxSsrc };
        return { ...section, direction: "sendonly", ssrc, ...rtx, cname, msid: msidOf(track) };
      }
      case "blank":
      case "emptied":
        return { ...section, direction: "inactive" };
      case "stopped":
        return { ...section, direction: "inactive", isStopped: true };
    }
  }
}

function withoutState({ consumerId: _id, isPaused: _isPaused, preference: _preference, ...needed }: ConsumerParameters) {
  return needed;
}
