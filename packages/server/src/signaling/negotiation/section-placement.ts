/** Which section of the client's offer carries which wanted track. */
import { codecKey, isRtx, type MediaKind, type RtpCodec } from "@sluice/media";
import type { SectionCounts, WantedTrack } from "./negotiation-types.js";
import type { AcceptedSection } from "./offered-session.js";

export interface Placement {
  /** By mid. */
  readonly placed: ReadonlyMap<string, WantedTrack>;
  readonly missing: SectionCounts;
  readonly needed: SectionCounts;
  /** Track ids. */
  readonly unsupported: readonly string[];
}

/**
 * A track keeps the section it has (`previous`: mid to track id) as long as it is wanted and the section can carry it; the
 * others get the first free section that takes the codec their producer prefers, in the order of `wanted`. `sections` are the
 * receiving ones. Time grows with sections + wanted, times the two dozen different codecs there are.
 */
export function placeTracks(
  sections: readonly AcceptedSection[],
  wanted: readonly WantedTrack[],
  previous: ReadonlyMap<string, string>,
): Placement {
  const byTrackId = new Map<string, WantedTrack>();
  for (const track of wanted) if (!byTrackId.has(track.trackId)) byTrackId.set(track.trackId, track);
  const placed = keepPlaces(sections, byTrackId, previous);
  const settled = new Set([...placed.values()].map(({ trackId }) => trackId));
  const queues = new FreeSections(sections, placed);
  const missing = { audio: 0, video: 0 };
  const unsupported: string[] = [];
  for (const track of byTrackId.values()) {
    if (settled.has(track.trackId)) continue;
    const place = queues.take(track);
    if (place === "unsupported") unsupported.push(track.trackId);
    else if (place === "none") missing[track.kind] += 1;
    else placed.set(place.mid, track);
  }
  const count = (kind: MediaKind) => sections.filter((section) => section.kind === kind).length + missing[kind];
  return { placed, missing, needed: { audio: count("audio"), video: count("video") }, unsupported };
}

function keepPlaces(
  sections: readonly AcceptedSection[],
  wanted: ReadonlyMap<string, WantedTrack>,
  previous: ReadonlyMap<string, string>,
): Map<string, WantedTrack> {
  const placed = new Map<string, WantedTrack>();
  for (const section of sections) {
    const track = wanted.get(previous.get(section.mid) ?? "");
    if (track !== undefined && canCarry(section, track.kind, carriedCodec(track.codecs))) placed.set(section.mid, track);
  }
  return placed;
}

/**
 * What a subscriber has to take: the first codec, and when that is RED (RFC 2198), which is unwrapped for whoever lacks it, the
 * first one that is not.
 */
export function carriedCodec(codecs: readonly RtpCodec[]): RtpCodec | undefined {
  return codecs.find((codec) => !isRtx(codec) && codec.name.toLowerCase() !== "red");
}

/** A subscriber has to take what the publisher sends first: the other agreed codecs are only what it may change to. */
function canCarry(section: AcceptedSection, kind: MediaKind, codec: RtpCodec | undefined): boolean {
  return section.kind === kind && codec !== undefined && section.index.find(codec) !== undefined;
}

class FreeSections {
  readonly #sections: readonly AcceptedSection[];
  readonly #taken: Set<string>;
  /** By codec: the sections that can carry it, and how many of them were looked at. None is ever freed again. */
  readonly #queues = new Map<string, { readonly sections: readonly AcceptedSection[]; next: number }>();

  constructor(sections: readonly AcceptedSection[], placed: ReadonlyMap<string, WantedTrack>) {
    this.#sections = sections;
    this.#taken = new Set(placed.keys());
  }

  /** "none": a section more would help. "unsupported": the client has sections of this kind and none takes the codec. */
  take({ kind, codecs }: WantedTrack): AcceptedSection | "none" | "unsupported" {
    const codec = carriedCodec(codecs);
    const key = codec && codecKey(codec);
    if (codec === undefined || key === undefined) return "unsupported";
    const queue = this.#queues.get(`${kind} ${key}`) ?? {
      sections: this.#sections.filter((section) => canCarry(section, kind, codec)),
      next: 0,
    };
    this.#queues.set(`${kind} ${key}`, queue);
    while (queue.next < queue.sections.length) {
      const section = queue.sections[queue.next++];
      if (section === undefined || this.#taken.has(section.mid)) continue;
      this.#taken.add(section.mid);
      return section;
    }
    const isKindOffered = this.#sections.some((section) => section.kind === kind);
    return queue.sections.length === 0 && isKindOffered ? "unsupported" : "none";
  }
}
