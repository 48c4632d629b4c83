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
import type { NegotiationResult, OfferInput, SectionCounts, WantedTrack } from "./negotiation-types.js";
import { type AcceptedSection, type OfferedSession, readOffer } from "./offered-session.js";
import { publishedProducers } from "./published-producers.js";
import { placeTracks } from "./section-placement.js";
import { SsrcAllocator } from "./ssrc-allocator.js";

export interface NegotiationOptions {
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

  constructor(options: NegotiationOptions) {
    this.#options = options;
    this.#ssrcs = new SsrcAllocator(options.randomUint32);
    this.#sessionId = String(options.randomUint32() >>> 0);
  }

  /**
   * Throws SluiceError `invalidArgument`, `unsupported` or `resourceExhausted` with a message that says what to fix; then
   * everything stays as it was. `invalidArgument` also answers an offer for another transport: ask `describeOffer` first.
   */
  handleOffer({ sdp, published, wanted }: OfferInput): NegotiationResult {
    const offer = readOffer(sdp);
    const remote = this.#connect(offer);
    const producers = publishedProducers(offer.sections, published);
    const receiving = offer.sections.filter((each) => each.type === "accepted").filter(({ canReceive }) => canReceive);
    const placement = placeTracks(receiving, wanted, this.#places());
    const consumers = this.#consume(receiving, placement.placed, ssrcsOf(offer));
    const answer = this.#answer({ offer, remote, published: producers, sent: consumers });
    const previous = this.#agreement;
    const agreement = { remote, producers, consumers, receiving, ...answer };
    this.#agreement = agreement;
    return {
      answer: agreement.answer,
      commands: agreementChanges(previous, agreement),
      producers: [...producers.values()].map(({ track, parameters }) => {
        return { producerId: track.producerId, trackId: track.trackId, codecs: parameters.rtp.codecs };
      }),
      sent: [...consumers.values()].map(({ track }) => track),
      missing: placement.missing,
      needed: placement.needed,
      unsupported: placement.unsupported,
    };
  }

  /**
   * What a next offer would have to bring for these tracks: for `negotiationNeeded` when the wanted tracks have changed, before
   * the client has offered again. Changes nothing.
   */
  countSections(wanted: readonly WantedTrack[]): { readonly missing: SectionCounts; readonly needed: SectionCounts } {
    const { missing, needed } = placeTracks(this.#agreement?.receiving ?? [], wanted, this.#places());
    return { missing, needed };
  }

  /** The transport's other side, which no later offer can change except for what does not matter any more. */
  #connect({ ice, fingerprints, setup }: OfferedSession): RemoteTransportParameters {
    const remote = this.#agreement?.remote;
    if (remote === undefined) return { ice, candidates: [], fingerprints, dtlsRole: setup === "passive" ? "client" : "server" };
    if (!isSame(ice, remote.ice) || !isSame(sorted(fingerprints), sorted(remote.fingerprints))) {
      throw new SluiceError(
        "invalidArgument",
        "The offer has other ICE credentials or fingerprints than the transport it is for.",
      );
    }
    if (setup !== "actpass" && setup !== (remote.dtlsRole === "server" ? "active" : "passive")) {
      throw new SluiceError("invalidArgument", "The offer changes its DTLS role (a=setup) in the middle of a transport.");
    }
    return remote;
  }

  #places(): Map<string, string> {
    return new Map([...(this.#agreement?.consumers ?? [])].map(([mid, { track }]) => [mid, track.trackId]));
  }

  #consume(
    sections: readonly AcceptedSection[],
    placed: ReadonlyMap<string, WantedTrack>,
    ofPeer: ReadonlySet<number>,
  ): Map<string, SentConsumer> {
    const consumers = new Map<string, SentConsumer>();
    for (const section of sections) {
      const track = placed.get(section.mid);
      if (track !== undefined) consumers.set(section.mid, this.#consumer(section, track, ofPeer));
    }
    return consumers;
  }

  /** The Consumer there is, if it is the one that is needed. */
  #consumer(section: AcceptedSection, wanted: WantedTrack, ofPeer: ReadonlySet<number>): SentConsumer {
    const { mid } = section;
    const { trackId, participantId, producerId, kind, cname } = wanted;
    const codecs = matchCodecs(wanted.codecs, section.codecs);
    const headerExtensions = offeredExtensions(section.section, SENT_EXTENSIONS);
    const needed = { producerId, kind, mid, cname, codecs, headerExtensions };
    const existing = this.#agreement?.consumers.get(mid);
    if (existing !== undefined && existing.track.trackId === trackId && isSame(pickNeeded(existing.parameters), needed)) {
      return { track: { ...existing.track, participantId }, parameters: existing.parameters };
    }
    const ssrc = this.#ssrcs.allocate(ofPeer);
    const rtx = codecs.some(isRtx) ? { rtxSsrc: this.#ssrcs.allocate(ofPeer) } : {};
    this.#openedConsumers += 1;
    const consumerId = `${this.#options.consumerIdPrefix}:${this.#openedConsumers}`;
    return {
      track: { mid, trackId, participantId, consumerId },
      parameters: { consumerId, ...needed, ssrc, ...rtx, isPaused: wanted.isPaused ?? false },
    };
  }

  /** The session version tells the client whether anything is new (RFC 8829 §5.3.2). */
  #answer(
    parameters: Pick<AnswerParameters, "offer" | "published" | "sent"> & { readonly remote: RemoteTransportParameters },
  ): Pick<Agreement, "answer" | "sessionVersion"> {
    const { localIce, iceLite, fingerprint, candidates } = this.#options;
    const local = { ice: localIce, iceLite, fingerprint, candidates, setup: setupOf(parameters.remote.dtlsRole) };
    const write = (sessionVersion: number) =>
      serializeSessionDescription(createAnswer({ ...parameters, sessionId: this.#sessionId, sessionVersion, local }));
    const previous = this.#agreement;
    if (previous === undefined) return { answer: write(1), sessionVersion: 1 };
    const { answer, sessionVersion } = previous;
    if (write(sessionVersion) === answer) return { answer, sessionVersion };
    return { answer: write(sessionVersion + 1), sessionVersion: sessionVersion + 1 };
  }
}

function pickNeeded({ producerId, kind, mid, cname, codecs, headerExtensions }: ConsumerParameters) {
  return { producerId, kind, mid, cname, codecs, headerExtensions };
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
