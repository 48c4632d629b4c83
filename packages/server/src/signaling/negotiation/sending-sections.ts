import type { MediaKind } from "@sluice/media";
import type { ClientRefusals } from "./client-refusals.js";
import { type LocalCodecs, localCodecs } from "./local-codecs.js";
import type { WantedTrack } from "./negotiation-types.js";
import { type OfferedTrack, SendingSection } from "./sending-section.js";

/**
 * Sections of media in one connection that we offer. The answer to each is about a kilobyte, and what we read of an SDP is bounded
 * (`MAX_SDP_BYTES`). Tracks beyond wait until a section is free.
 */
export const MAX_SENDING_SECTIONS = 200;

/** The sections of media in our offers: which track goes where. None is ever taken away, or moved. */
export class SendingSections {
  readonly #sections: SendingSection[] = [];
  readonly #firstMid: number;
  /** Mids count up from `firstMid`. */
  constructor(firstMid: number) {
    this.#firstMid = firstMid;
  }

  get all(): readonly SendingSection[] {
    return this.#sections;
  }

  /**
   * Puts the wanted tracks into sections, in their order: a track keeps the section it has, and a section is given to another
   * track only after the client has seen it empty, for only then it sees a new one come. `offer` says how a track is offered that
   * was not, or not so, before. Returns whether that has changed anything.
   */
  plan(
    wanted: readonly WantedTrack[],
    refusals: ClientRefusals,
    offer: (mid: string, track: WantedTrack, local: LocalCodecs) => OfferedTrack,
  ): boolean {
    const byTrackId = firstById(wanted);
    refusals.keepOnly(byTrackId);
    const takeable = takeableTracks(byTrackId.values(), refusals);
    const placed = new Set<string>();
    let isChanged = false;
    for (const section of this.#sections) {
      if (section.content.type !== "filled") continue;
      const { offered } = section.content;
      const track = byTrackId.get(offered.track.trackId);
      const local = takeable.get(offered.track.trackId);
      if (track === undefined || local === undefined || track.kind !== section.kind) {
        section.content = { type: "emptied" };
        isChanged = true;
        continue;
      }
      placed.add(track.trackId);
      if (isOfferedSo(offered, track, local)) continue;
      section.fill(offer(section.mid, track, local));
      isChanged = true;
    }
    for (const [trackId, local] of takeable) {
      const track = byTrackId.get(trackId);
      if (track === undefined || placed.has(trackId)) continue;
      const section = this.#blank(track.kind);
      section?.fill(offer(section.mid, track, local));
      isChanged ||= section !== undefined;
    }
    return isChanged;
  }

  /** Undefined: there can be no more of them. */
  #blank(kind: MediaKind): SendingSection | undefined {
    const blank = this.#sections.find((section) => section.kind === kind && section.content.type === "blank");
    if (blank !== undefined || this.#sections.length >= MAX_SENDING_SECTIONS) return blank;
    const section = new SendingSection(String(this.#firstMid + this.#sections.length), kind);
    this.#sections.push(section);
    return section;
  }
}

/** Ids of the tracks that cannot be sent to this client in any way. */
export function unsupportedTracks(wanted: readonly WantedTrack[], refusals: ClientRefusals): string[] {
  const takeable = takeableTracks(wanted, refusals);
  return [...firstById(wanted).keys()].filter((trackId) => !takeable.has(trackId));
}

function takeableTracks(wanted: Iterable<WantedTrack>, refusals: ClientRefusals): Map<string, LocalCodecs> {
  const takeable = new Map<string, LocalCodecs>();
  for (const track of wanted) {
    const local = localCodecs(track.codecs, track.isStereo ?? false);
    if (local !== undefined && !refusals.isRefused(track, local)) takeable.set(track.trackId, local);
  }
  return takeable;
}

function firstById(wanted: readonly WantedTrack[]): Map<string, WantedTrack> {
  const byTrackId = new Map<string, WantedTrack>();
  for (const track of wanted) if (!byTrackId.has(track.trackId)) byTrackId.set(track.trackId, track);
  return byTrackId;
}

/** A Consumer of another Producer, or in other codecs, is another RTP stream, with SSRCs of its own. */
function isOfferedSo(offered: OfferedTrack, { producerId, cname }: WantedTrack, local: LocalCodecs): boolean {
  const isSameFormat = JSON.stringify(offered.local) === JSON.stringify(local);
  return !offered.isOver && offered.producerId === producerId && offered.cname === cname && isSameFormat;
}
