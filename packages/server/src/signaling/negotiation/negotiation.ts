import { createHash } from "node:crypto";
import {
  type ConsumerParameters,
  type DtlsRole,
  type Fingerprint,
  type IceCandidate,
  type IceCredentials,
  isRtx,
  matchCodecs,
  offeredExtensions,
  type RemoteTransportParameters,
  SENT_EXTENSIONS,
  type Setup,
  serializeSessionDescription,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { type Agreement, agreementChanges, isSame, type SentConsumer } from "./agreement.js";
import { type AnswerParameters, createAnswer } from "./answer.js";
import type { MsidOf, NegotiationResult, OfferInput, PublishedTrack, SectionCounts, WantedTrack } from "./negotiation-types.js";
import { type AcceptedSection, type OfferedSession, readOffer } from "./offered-session.js";
import { type PublishedProducer, publishedProducers } from "./published-producers.js";
import { placeTracks } from "./section-placement.js";
import { sentExtensions } from "./sent-extensions.js";
import { SsrcAllocator } from "./ssrc-allocator.js";

export interface NegotiationOptions {
  /** Until a restart. */
  readonly localIce: IceCredentials;
  /** Of the worker's certificate. */
  readonly fingerprint: Fingerprint;
  /** All of them, best first: the answer says end-of-candidates. */
  readonly candidates: readonly IceCandidate[];
  /** For SSRCs and the session id. */
  readonly randomUint32: () => number;
  readonly iceLite: boolean;
  /** Consumer ids are this and a number; unique for the worker, so the transport's id serves well. */
  readonly consumerIdPrefix: string;
  /** Unless told: the publisher's id for the stream, the track's id for the track. */
  readonly msidOf?: MsidOf;
  /**
   * True: a section in which the client sends is accepted although no track is known for it, because {@link Negotiation.bindTracks}
   * may name one later without a new offer; and no wanted track goes there. False unless told: it is inactive.
   */
  readonly acceptsUnpublished?: boolean;
}

/**
 * One participant transport's offers and answers: the client always offers, this says what to answer and what to change at the
 * worker. Pure: it does no I/O and no door's wording; a door translates into {@link OfferInput} and sends the answer.
 *
 * Idempotent: the same offer with the same tracks gets the same answer and no commands. A Producer or Consumer whose parameters
 * changed is closed and opened again: a Consumer under a new id and new SSRCs, a Producer under the id its owner gave. Consumers
 * elsewhere end with the old Producer, so the owner names the new one to them anew (`WantedTrack.producerId`).
 */
export class Negotiation {
  readonly #options: NegotiationOptions;
  readonly #ssrcs: SsrcAllocator;
  readonly #sessionId: string;
  #agreement: Agreement | undefined;
  #openedConsumers = 0;
  #hasHeld = false;

  constructor(options: NegotiationOptions) {
    this.#options = options;
    this.#ssrcs = new SsrcAllocator(options.randomUint32);
    this.#sessionId = String(options.randomUint32() >>> 0);
  }

  /**
   * Throws SluiceError `invalidArgument`, `unsupported` or `resourceExhausted` with a message that says what to fix; then
   * everything stays as it was. `invalidArgument` also answers an offer for another transport: ask `describeOffer` first.
   */
  handleOffer({ sdp, published, wanted, restart, confirmsAnswer = false }: OfferInput): NegotiationResult {
    const offer = readOffer(sdp);
    const remote = this.#connect(offer, restart !== undefined);
    const localIce = restart ?? this.#agreement?.localIce ?? this.#options.localIce;
    const producers = publishedProducers(offer.sections, published, this.#agreement?.producers);
    const { acceptsUnpublished = false } = this.#options;
    const receiving = offer.sections
      .filter((each) => each.type === "accepted")
      .filter(({ canReceive, canSend }) => canReceive && !(acceptsUnpublished && canSend));
    const placement = placeTracks(receiving, wanted, this.#places());
    // A first answer is applied before there is anything to send over.
    const isHeld = confirmsAnswer && this.#agreement !== undefined;
    const consumers = this.#consume(receiving, placement.placed, ssrcsOf(offer), isHeld);
    const { answer, ...version } = this.#answer({ offer, remote, localIce, published: producers, sent: consumers });
    const previous = this.#agreement;
    const agreement = { localIce, remote, producers, consumers, sections: offer.sections, receiving, ...version };
    this.#agreement = agreement;
    const commands = agreementChanges(previous, agreement);
    this.#hasHeld ||= commands.some((command) => command.type === "openConsumer" && command.parameters.isHeld === true);
    return {
      answer,
      commands,
      producers: describeProducers(producers),
      sent: [...consumers.values()].map(({ track }) => track),
      hasHeld: this.#hasHeld,
      hasData: remote.sctp !== undefined,
      missing: placement.missing,
      needed: placement.needed,
      unsupported: placement.unsupported,
    };
  }

  /** The client has applied the last answer, or is waited for no longer. True: what was opened with `isHeld` is to be released. */
  handleAnswerApplied(): boolean {
    const hadHeld = this.#hasHeld;
    this.#hasHeld = false;
    return hadHeld;
  }

  /**
   * Carries on with the last offer as if `published` had come with it, all of it: for a client that offers to send before it says
   * which track that is. The answer has been given and stays; so it can say nothing of the tracks' wishes, nor of their codecs.
   * Throws as {@link handleOffer}, and `failedPrecondition` before the first offer.
   */
  bindTracks(published: readonly PublishedTrack[]): Pick<NegotiationResult, "commands" | "producers"> {
    const previous = this.#agreement;
    if (previous === undefined)
      throw new SluiceError("failedPrecondition", "there is no offer yet whose sections could be named");
    const answered = published.map(({ codec: _codec, isRedDisabled: _isRedDisabled, ...track }) => track);
    const producers = publishedProducers(previous.sections, answered, previous.producers);
    const agreement = { ...previous, producers };
    this.#agreement = agreement;
    return { commands: agreementChanges(previous, agreement), producers: describeProducers(producers) };
  }

  /**
   * What a next offer would have to bring for these tracks: for `negotiationNeeded` when the wanted tracks have changed, before
   * the client has offered again. Changes nothing.
   */
  countSections(wanted: readonly WantedTrack[]): { readonly missing: SectionCounts; readonly needed: SectionCounts } {
    const { missing, needed } = placeTracks(this.#agreement?.receiving ?? [], wanted, this.#places());
    return { missing, needed };
  }

  /** The transport's other side: a later offer can restart ICE and add data channels; nothing else in it that matters can change. */
  #connect({ ice, fingerprints, setup, sections }: OfferedSession, isRestart: boolean): RemoteTransportParameters {
    const before = this.#agreement?.remote;
    const remote = before !== undefined && isRestart ? { ...before, ice } : before;
    const sctp = sections.find((each) => each.type === "data")?.sctp;
    if (remote === undefined) {
      const dtlsRole = setup === "passive" ? "client" : "server";
      return { ice, candidates: [], fingerprints, dtlsRole, ...(sctp === undefined ? {} : { sctp }) };
    }
    if (!isSame(ice, remote.ice) || !isSame(sorted(fingerprints), sorted(remote.fingerprints))) {
      throw new SluiceError(
        "invalidArgument",
        "The offer has other ICE credentials or fingerprints than the transport it is for.",
      );
    }
    if (setup !== "actpass" && setup !== (remote.dtlsRole === "server" ? "active" : "passive")) {
      throw new SluiceError("invalidArgument", "The offer changes its DTLS role (a=setup) in the middle of a transport.");
    }
    if (sctp === undefined || isSame(sctp, remote.sctp)) return remote;
    if (remote.sctp === undefined) return { ...remote, sctp };
    // An association cannot move to another port, and what the peer takes at most is not asked again.
    if (remote.sctp.port === sctp.port) return remote;
    throw new SluiceError("invalidArgument", "The offer changes its SCTP port (a=sctp-port) in the middle of a transport.");
  }

  #places(): Map<string, string> {
    return new Map([...(this.#agreement?.consumers ?? [])].map(([mid, { track }]) => [mid, track.trackId]));
  }

  #consume(
    sections: readonly AcceptedSection[],
    placed: ReadonlyMap<string, WantedTrack>,
    ofPeer: ReadonlySet<number>,
    isHeld: boolean,
  ): Map<string, SentConsumer> {
    const consumers = new Map<string, SentConsumer>();
    for (const section of sections) {
      const track = placed.get(section.mid);
      if (track !== undefined) consumers.set(section.mid, this.#consumer(section, track, ofPeer, isHeld));
    }
    return consumers;
  }

  /** The Consumer there is, if it is the one that is needed. */
  #consumer(section: AcceptedSection, wanted: WantedTrack, ofPeer: ReadonlySet<number>, isHeld: boolean): SentConsumer {
    const { mid } = section;
    const { trackId, participantId, producerId, kind, cname } = wanted;
    const codecs = matchCodecs(wanted.codecs, section.codecs);
    const headerExtensions = sentExtensions(offeredExtensions(section.section, SENT_EXTENSIONS), codecs);
    const needed = { producerId, kind, mid, cname, codecs, headerExtensions };
    const existing = this.#agreement?.consumers.get(mid);
    if (existing !== undefined && existing.track.trackId === trackId && isSame(pickNeeded(existing.parameters), needed)) {
      return { track: { ...existing.track, participantId }, parameters: existing.parameters };
    }
    const ssrc = this.#ssrcs.allocate(ofPeer);
    const rtx = codecs.some(isRtx) ? { rtxSsrc: this.#ssrcs.allocate(ofPeer) } : {};
    this.#openedConsumers += 1;
    const consumerId = `${this.#options.consumerIdPrefix}:${this.#openedConsumers}`;
    const { isPaused = false, preference } = wanted;
    const layers = preference === undefined ? {} : { preference };
    return {
      track: { mid, trackId, participantId, consumerId },
      parameters: { consumerId, ...needed, ssrc, ...rtx, isPaused, ...(isHeld ? { isHeld } : {}), ...layers },
    };
  }

  /** The session version tells the client whether anything is new (RFC 8829 §5.3.2). */
  #answer(
    parameters: Pick<AnswerParameters, "offer" | "published" | "sent"> & Pick<Agreement, "remote" | "localIce">,
  ): Pick<Agreement, "answerDigest" | "sessionVersion"> & { readonly answer: string } {
    const { iceLite, fingerprint, candidates, msidOf = plainMsid, acceptsUnpublished = false } = this.#options;
    const local = { ice: parameters.localIce, iceLite, fingerprint, candidates, setup: setupOf(parameters.remote.dtlsRole) };
    const own = { sessionId: this.#sessionId, local, msidOf, acceptsUnpublished };
    const write = (sessionVersion: number) =>
      serializeSessionDescription(createAnswer({ ...parameters, ...own, sessionVersion }));
    const { sessionVersion, answerDigest } = this.#agreement ?? { sessionVersion: 1, answerDigest: undefined };
    const answer = write(sessionVersion);
    const digest = digestOf(answer);
    if (answerDigest === undefined || digest === answerDigest) return { answer, answerDigest: digest, sessionVersion };
    const changed = write(sessionVersion + 1);
    return { answer: changed, answerDigest: digestOf(changed), sessionVersion: sessionVersion + 1 };
  }
}

function describeProducers(producers: ReadonlyMap<string, PublishedProducer>): NegotiationResult["producers"] {
  return [...producers.values()].map(({ track, parameters }) => {
    return { producerId: track.producerId, trackId: track.trackId, codecs: parameters.rtp.codecs };
  });
}

export const plainMsid: MsidOf = ({ participantId, trackId }) => ({ streamId: participantId, trackId });

function pickNeeded({ producerId, kind, mid, cname, codecs, headerExtensions }: ConsumerParameters) {
  return { producerId, kind, mid, cname, codecs, headerExtensions };
}

function digestOf(answer: string): string {
  return createHash("sha256").update(answer).digest("base64");
}

function setupOf(role: DtlsRole): Setup {
  return role === "server" ? "passive" : "active";
}

function ssrcsOf({ sections }: OfferedSession): Set<number> {
  return new Set(sections.flatMap(({ section }) => section.ssrcs.map(({ ssrc }) => ssrc)));
}

function sorted(fingerprints: readonly Fingerprint[]): string[] {
  return fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`).sort();
}
