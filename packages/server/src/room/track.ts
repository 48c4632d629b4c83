import type { TrackInfo, TrackKind, TrackSource } from "@sluice/protocol";

/** What a participant publishes. Whether media flows for it is not the room's business. */
export class Track {
  readonly trackId: string;
  /** Of who publishes it. */
  readonly participantId: string;
  /** The publisher's own name for it, unique among its tracks. */
  readonly cid: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly name: string;
  isMuted: boolean;
  /** Participant ids. */
  readonly subscribers = new Set<string>();

  constructor(track: Pick<Track, "trackId" | "participantId" | "cid" | "kind" | "source" | "name" | "isMuted">) {
    this.trackId = track.trackId;
    this.participantId = track.participantId;
    this.cid = track.cid;
    this.kind = track.kind;
    this.source = track.source;
    this.name = track.name;
    this.isMuted = track.isMuted;
  }

  get info(): TrackInfo {
    const { trackId, kind, source, name, isMuted: muted } = this;
    return { trackId, kind, source, name, muted };
  }
}
