import {
  offeredExtensions,
  type ProducerParameters,
  primaryCodec,
  RECEIVED_EXTENSIONS,
  sentRtpParameters,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { wishedCodecs } from "./answer-wishes.js";
import type { PublishedTrack } from "./negotiation-types.js";
import type { AcceptedSection, OfferedSection } from "./offered-session.js";

export interface PublishedProducer {
  readonly track: PublishedTrack;
  readonly section: AcceptedSection;
  readonly parameters: ProducerParameters;
}

/**
 * The Producers that the published tracks need, by mid. A track whose section the client has closed or does not send in has
 * none; one that had a Producer in its section (`before`) keeps the codecs it was opened with.
 *
 * Throws SluiceError: `invalidArgument` when tracks and sections do not fit together, `unsupported` when the section had
 * to be refused.
 */
export function publishedProducers(
  sections: readonly OfferedSection[],
  published: readonly PublishedTrack[],
  before: ReadonlyMap<string, PublishedProducer> = new Map(),
): Map<string, PublishedProducer> {
  const byMid = new Map(sections.map((offered) => [offered.section.mid, offered]));
  const producers = new Map<string, PublishedProducer>();
  const ids = new Set<string>();
  const mids = new Set<string>();
  for (const track of published) {
    if (mids.has(track.mid)) throw invalid(track, "carries two tracks; every track needs a section of its own");
    if (ids.has(track.trackId) || ids.has(track.producerId))
      throw invalid(track, "carries a track that another section carries");
    mids.add(track.mid);
    ids.add(track.trackId).add(track.producerId);
    const offered = byMid.get(track.mid);
    if (offered === undefined) throw invalid(track, "is not in the offer");
    if (offered.type === "data" || offered.section.kind !== track.kind)
      throw invalid(track, `is not of the track's kind, ${track.kind}`);
    if (offered.type === "refused") {
      if (offered.reason === undefined) continue;
      throw new SluiceError("unsupported", `Section ${JSON.stringify(track.mid)} cannot carry a track: ${offered.reason}.`);
    }
    if (offered.canSend) producers.set(track.mid, publishedProducer(withEarlierWishes(track, before), offered));
  }
  checkSsrcs(producers.values());
  return producers;
}

/** A Producer would have to be opened anew for other codecs, or for the same in another order. */
function withEarlierWishes(track: PublishedTrack, before: ReadonlyMap<string, PublishedProducer>): PublishedTrack {
  const earlier = before.get(track.mid)?.track;
  if (earlier === undefined || earlier.trackId !== track.trackId) return track;
  const { codec: _codec, isRedDisabled: _isRedDisabled, ...wishes } = track;
  const { codec, isRedDisabled } = earlier;
  return { ...wishes, ...(codec === undefined ? {} : { codec }), ...(isRedDisabled === undefined ? {} : { isRedDisabled }) };
}

function publishedProducer(track: PublishedTrack, section: AcceptedSection): PublishedProducer {
  const { producerId, isPaused = false } = track;
  const extensions = offeredExtensions(section.section, RECEIVED_EXTENSIONS);
  const codecs = wishedCodecs(section.codecs, track);
  if (primaryCodec(codecs) === undefined) {
    throw new SluiceError(
      "unsupported",
      `Section ${JSON.stringify(track.mid)} cannot carry a track: none of its codecs is enabled here.`,
    );
  }
  const rtp = sentRtpParameters(section.section, codecs, extensions);
  if (rtp === undefined) throw new SluiceError("internal", "an accepted section has no mid or kind");
  return { track, section, parameters: { producerId, rtp, isPaused } };
}

/** Two RTP streams of one transport under one SSRC could not be told apart (RFC 3550 §8). */
function checkSsrcs(producers: Iterable<PublishedProducer>): void {
  const ssrcs = new Set<number>();
  for (const { track, parameters } of producers) {
    for (const { ssrc, rtxSsrc } of parameters.rtp.encodings) {
      for (const each of [ssrc, rtxSsrc]) {
        if (each === undefined) continue;
        if (ssrcs.has(each)) throw invalid(track, "uses an SSRC twice, or one of another section");
        ssrcs.add(each);
      }
    }
  }
}

function invalid({ mid }: PublishedTrack, what: string): SluiceError {
  return new SluiceError("invalidArgument", `tracks: section ${JSON.stringify(mid)} ${what}.`);
}
