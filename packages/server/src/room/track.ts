import type { TrackInfo, TrackKind, TrackSource, VideoLayer } from "@sluice/protocol";
import type { TrackDetails } from "./track-details.js";

const ENCRYPTIONS = [undefined, "gcm", "custom"] as const;

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
  /** Smallest first, as announced; undefined: nobody said. */
  layers: readonly VideoLayer[] | undefined;
  details: TrackDetails;
  /** Participant ids. */
  readonly subscribers = new Set<string>();
  /** Ids of those who are to receive it as soon as its publisher lets them. */
  readonly withheldFrom = new Set<string>();
  /** How many of its layers are wanted in the rooms into which it is forwarded, by room id. */
  readonly layersWantedElsewhere = new Map<string, number>();
  /** Its publisher knows that somebody receives it. */
  isSubscriptionTold = false;

  constructor(
    track: Pick<Track, "trackId" | "participantId" | "cid" | "kind" | "source" | "name" | "isMuted" | "layers" | "details">,
  ) {
    this.trackId = track.trackId;
    this.participantId = track.participantId;
    this.cid = track.cid;
    this.kind = track.kind;
    this.source = track.source;
    this.name = track.name;
    this.isMuted = track.isMuted;
    this.layers = track.layers;
    this.details = track.details;
  }

  /** What is sent of it was agreed with its publisher. */
  get isNegotiated(): boolean {
    return this.details.codecs.length > 0;
  }

  get info(): TrackInfo {
    const { trackId, kind, source, name, isMuted: muted, layers, details } = this;
    const [codec] = details.codecs;
    const encryption = ENCRYPTIONS[details.encryption];
    return {
      trackId,
      kind,
      source,
      name,
      muted,
      ...(layers === undefined ? {} : { layers }),
      ...(codec === undefined ? {} : { mimeType: codec.mimeType }),
      ...(details.width === 0 || details.height === 0 ? {} : { width: details.width, height: details.height }),
      ...(encryption === undefined ? {} : { encryption }),
    };
  }
}
