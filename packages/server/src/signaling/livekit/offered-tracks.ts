import { isRejected, type MediaKind, receives, sends } from "@sluice/media";
import { detachedCopy } from "../negotiation/detached-copy.js";
import { parseOfferOnce } from "../negotiation/parsed-offer.js";

/** A section of a client's offer, as far as it says which track it carries. */
export interface OfferedSection {
  readonly mid: string;
  readonly kind: MediaKind;
  /** Track ids of its `a=msid` lines. */
  readonly cids: readonly string[];
  readonly isSending: boolean;
  readonly isReceiving: boolean;
}

/** A track that the client has said it publishes. */
export interface KnownTrack {
  readonly trackId: string;
  readonly kind: MediaKind;
  readonly cid: string;
}

/** Which sections carry which tracks, and which tracks have lost their section. */
export interface MatchedTracks {
  readonly named: readonly { readonly mid: string; readonly trackId: string }[];
  /** Track ids: the client has stopped sending them. */
  readonly ended: readonly string[];
}

/** Empty for an offer that does not parse: the negotiation will say so. */
export function offeredSections(sdp: string): readonly OfferedSection[] {
  const result = parseOfferOnce(sdp);
  if (!result.ok) return [];
  const sections = result.description.sections.flatMap((section): OfferedSection[] => {
    const { mid, kind, msids, direction } = section;
    if (mid === undefined || (kind !== "audio" && kind !== "video")) return [];
    const isOpen = !isRejected(section);
    const cids = msids.map(({ trackId }) => trackId).filter((trackId) => trackId !== undefined);
    return [{ mid, kind, cids, isSending: isOpen && sends(direction), isReceiving: isOpen && receives(direction) }];
  });
  return detachedCopy(sections);
}

export interface TrackNames {
  /** Mid to track id, as the offer before had it. */
  readonly bound: ReadonlyMap<string, string>;
  /** To track ids: what a track is called besides its cid. */
  readonly aliases: ReadonlyMap<string, string>;
  /** On some platforms tracks have other names in the SDP than the client knows. */
  readonly areRenamed: boolean;
}

/**
 * Matches the sections in which the client sends with what it has published: by the track's name in `a=msid`, else by the section
 * it had before, else, where tracks are renamed, the first one of its kind that has none.
 */
export function matchTracks(
  sections: readonly OfferedSection[],
  tracks: readonly KnownTrack[],
  { bound, aliases, areRenamed }: TrackNames,
): MatchedTracks {
  const byCid = new Map(tracks.map((track) => [track.cid, track]));
  const byId = new Map(tracks.map((track) => [track.trackId, track]));
  const sending = sections.filter(({ isSending }) => isSending);
  const places = new Map<string, string>();
  const placed = new Set<string>();
  const place = ({ mid, kind }: OfferedSection, track: KnownTrack | undefined): void => {
    if (track === undefined || track.kind !== kind || places.has(mid) || placed.has(track.trackId)) return;
    places.set(mid, track.trackId);
    placed.add(track.trackId);
  };
  for (const section of sending) {
    for (const cid of section.cids) place(section, byCid.get(cid) ?? byId.get(aliases.get(cid) ?? ""));
  }
  for (const section of sending) place(section, byId.get(bound.get(section.mid) ?? ""));
  const wereBound = new Set(bound.values());
  for (const section of areRenamed ? sending : []) {
    const isFree = (track: KnownTrack) =>
      track.kind === section.kind && !placed.has(track.trackId) && !wereBound.has(track.trackId);
    if (!places.has(section.mid)) place(section, tracks.find(isFree));
  }
  const named = [...places].map(([mid, trackId]) => ({ mid, trackId }));
  const ended = [...wereBound].filter((trackId) => byId.has(trackId) && !placed.has(trackId));
  return { named, ended };
}

/** How many sections of each kind the client receives in. */
export function countReceiving(sections: readonly OfferedSection[]): { readonly audio: number; readonly video: number } {
  const receiving = sections.filter(({ isReceiving, isSending }) => isReceiving && !isSending);
  const audio = receiving.filter(({ kind }) => kind === "audio").length;
  return { audio, video: receiving.length - audio };
}
