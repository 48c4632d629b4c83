/** Writes the answer to a checked offer (RFC 8829 §5.3). */
import {
  answeredExtensions,
  DISCARD_PORT,
  directionOf,
  type Fingerprint,
  type IceCandidate,
  type IceCredentials,
  localDataAttributes,
  type MediaSection,
  matchCodecs,
  type RtpCodec,
  type SessionDescription,
  type Setup,
  sentRids,
} from "@sluice/media";
import type { SentConsumer } from "./agreement.js";
import { wishedParameters } from "./answer-wishes.js";
import type { MsidOf } from "./negotiation-types.js";
import type { AcceptedSection, DataSection, OfferedSession } from "./offered-session.js";
import type { PublishedProducer } from "./published-producers.js";
import { carriedCodec } from "./section-placement.js";

/** Our side of the transport. */
export interface LocalTransport {
  readonly ice: IceCredentials;
  readonly iceLite: boolean;
  readonly fingerprint: Fingerprint;
  readonly candidates: readonly IceCandidate[];
  readonly setup: Setup;
}

export interface AnswerParameters {
  readonly sessionId: string;
  readonly sessionVersion: number;
  readonly local: LocalTransport;
  readonly offer: OfferedSession;
  /** What we receive, by mid. */
  readonly published: ReadonlyMap<string, PublishedProducer>;
  /** See NegotiationOptions. */
  readonly acceptsUnpublished: boolean;
  readonly msidOf: MsidOf;
  /** What we send, by mid. */
  readonly sent: ReadonlyMap<string, SentConsumer>;
}

export function createAnswer(parameters: AnswerParameters): SessionDescription {
  const { sessionId, sessionVersion, local, offer } = parameters;
  return {
    origin: { username: "-", sessionId, sessionVersion: String(sessionVersion) },
    groups: offer.hasBundle ? [{ semantics: "BUNDLE", mids: offer.bundledMids }] : [],
    iceLite: local.iceLite,
    sections: offer.sections.map((offered) => {
      if (offered.type === "refused") return refusedSection(offered.section);
      const isTagged = offered.mid === offer.bundledMids[0];
      if (offered.type === "data") return dataSection(offered, local, isTagged);
      return acceptedSection(offered, parameters, isTagged);
    }),
  };
}

function acceptedSection(
  offered: AcceptedSection,
  { local, published, acceptsUnpublished, sent: consumers, msidOf }: AnswerParameters,
  isTagged: boolean,
): MediaSection {
  const { section, mid, canSend } = offered;
  const producer = published.get(mid);
  const sent = consumers.get(mid);
  const isReceiving = producer !== undefined || (acceptsUnpublished && canSend);
  const codecs = isReceiving ? receivedCodecs(offered, producer) : (sent?.parameters.codecs ?? idleCodecs(offered));
  return {
    ...transportSection(section, local, isTagged),
    formats: codecs.map(({ payloadType }) => String(payloadType)),
    direction: directionOf(sent !== undefined, isReceiving),
    rtcpMux: true,
    rtcpReducedSize: section.rtcpReducedSize,
    codecs,
    headerExtensions: answeredExtensions(section),
    extmapAllowMixed: section.extmapAllowMixed,
    ...(sent === undefined ? {} : sentAttributes(sent, msidOf)),
    ...(isReceiving ? simulcastAttributes(section, codecs) : {}),
  };
}

/** What we receive may come in any codec we know. */
function receivedCodecs({ codecs }: AcceptedSection, producer: PublishedProducer | undefined): readonly RtpCodec[] {
  return producer === undefined ? codecs : wishedParameters(producer.parameters.rtp.codecs, producer.track);
}

/**
 * A section to receive in that carries nothing yet is answered with one codec: the offer in which it gets a track has all of them
 * again, and a browser sets up what the answer names, in each of the sections that it offers in advance.
 */
function idleCodecs({ codecs, canSend }: AcceptedSection): readonly RtpCodec[] {
  const codec = canSend ? undefined : carriedCodec(codecs);
  return codec === undefined ? codecs : matchCodecs([codec], codecs);
}

/** RFC 8841 §10.3: in the offered protocol, with our own port and size. */
function dataSection({ section }: DataSection, local: LocalTransport, isTagged: boolean): MediaSection {
  return { ...transportSection(section, local, isTagged), ...localDataAttributes() };
}

/** Accepted, and so far without anything to carry. */
function transportSection(section: MediaSection, local: LocalTransport, isTagged: boolean): MediaSection {
  return {
    ...emptySection(section),
    port: (isTagged ? local.candidates[0]?.port : undefined) ?? DISCARD_PORT,
    ice: local.ice,
    fingerprints: [local.fingerprint],
    setup: local.setup,
    candidates: isTagged ? local.candidates : [],
    endOfCandidates: isTagged,
  };
}

function refusedSection(section: MediaSection): MediaSection {
  return { ...emptySection(section), formats: section.formats };
}

/** Of the same kind, rejected (RFC 3264 §6). */
function emptySection({ kind, protocol, mid }: MediaSection): MediaSection {
  return {
    kind,
    port: 0,
    protocol,
    formats: [],
    ...(mid === undefined ? {} : { mid }),
    direction: "inactive",
    bundleOnly: false,
    iceOptions: [],
    fingerprints: [],
    candidates: [],
    endOfCandidates: false,
    rtcpMux: false,
    rtcpReducedSize: false,
    codecs: [],
    headerExtensions: [],
    extmapAllowMixed: false,
    msids: [],
    ssrcs: [],
    ssrcGroups: [],
    rids: [],
  };
}

function sentAttributes(
  { track, parameters }: SentConsumer,
  msidOf: MsidOf,
): Pick<MediaSection, "msids" | "ssrcs" | "ssrcGroups"> {
  const { ssrc, rtxSsrc, cname } = parameters;
  const ssrcs = rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc];
  return {
    msids: [msidOf(track)],
    ssrcs: ssrcs.map((each) => ({ ssrc: each, cname })),
    ssrcGroups: rtxSsrc === undefined ? [] : [{ semantics: "FID", ssrcs }],
  };
}

/** Every offered encoding is welcome; its restrictions are the client's and stay as they are (RFC 8851 §6.3). */
function simulcastAttributes(
  section: MediaSection,
  codecs: readonly RtpCodec[],
): Partial<Pick<MediaSection, "rids" | "simulcast">> {
  const wanted = new Set(sentRids(section));
  if (wanted.size === 0) return {};
  const kept = new Set(codecs.map(({ payloadType }) => payloadType));
  const rids = section.rids
    .filter(({ rid, direction }) => direction === "send" && wanted.has(rid))
    .map(({ rid, payloadTypes, restrictions }) => {
      const keptTypes = payloadTypes?.filter((payloadType) => kept.has(payloadType)) ?? [];
      return { rid, direction: "recv" as const, restrictions, ...(keptTypes.length === 0 ? {} : { payloadTypes: keptTypes }) };
    });
  return { rids, simulcast: { send: [], recv: [...wanted].map((rid) => [{ rid, isPaused: false }]) } };
}
