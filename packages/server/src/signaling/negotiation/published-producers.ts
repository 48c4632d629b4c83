import { offeredExtensions, type ProducerParameters, RECEIVED_EXTENSIONS, sentRtpParameters } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { PublishedTrack } from "./negotiation-types.js";
import type { AcceptedSection, OfferedSection } from "./offered-session.js";

export interface PublishedProducer {
  readonly track: PublishedTrack;
  readonly section: AcceptedSection;
  readonly parameters: ProducerParameters;
}

/**
 * The Producers that the published tracks need, by mid. A track whose section the client has closed or does not send in has
 * none. Throws SluiceError: `invalidArgument` when tracks and sections do not fit together, `unsupported` when the section had
 * to be refused.
 */
export function publishedProducers(
  sections: readonly OfferedSection[],
  published: readonly PublishedTrack[],
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
    if (offered.section.kind !== track.kind) throw invalid(track, `is not of the track's kind, ${track.kind}`);
    if (offered.type === "refused") {
      if (offered.reason === undefined) continue;
      throw new SluiceError("unsupported", `Section ${JSON.stringify(track.mid)} cannot carry a track: ${offered.reason}.`);
    }
    if (offered.canSend) producers.set(track.mid, { track, section: offered, parameters: producerParameters(track, offered) });
  }
  checkSsrcs(producers.values());
  return producers;
}

function producerParameters({ producerId, isPaused = false }: PublishedTrack, { section, codecs }: AcceptedSection) {
  const rtp = sentRtpParameters(section, codecs, offeredExtensions(section, RECEIVED_EXTENSIONS));
  if (rtp === undefined) throw new SluiceError("internal", "an accepted section has no mid or kind");
  return { producerId, rtp, isPaused };
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
