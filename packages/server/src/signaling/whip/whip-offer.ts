import { type MediaKind, sends, sentRids } from "@sluice/media";
import { MAX_NAME_LENGTH, SluiceError, type TrackSource, type VideoLayer } from "@sluice/protocol";
import { readOffer } from "../negotiation/offered-session.js";
import { layersOfRids } from "./layers-of-rids.js";

/** One section of the offer is one track. */
export interface WhipTrack {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly source: TrackSource;
  /** Of its `a=msid`; empty: none. */
  readonly stream: string;
  /** Of simulcast; undefined: a single encoding. */
  readonly layers: readonly VideoLayer[] | undefined;
}

/** What a camera and its microphone are; whatever else is sent has no better name. */
const FIRST_SOURCES: { readonly [K in MediaKind]: TrackSource } = { audio: "microphone", video: "camera" };

/**
 * The tracks that a client's offer brings. Sections are taken all or none (RFC 9725 §4.4.3): half a stream would surprise whoever
 * watches it.
 *
 * @throws SluiceError `invalidArgument` for what is no offer of somebody who sends, `unsupported` for what cannot be taken
 */
export function readWhipOffer(sdp: string): readonly WhipTrack[] {
  const { sections } = readOffer(sdp);
  const known = new Set<MediaKind>();
  const tracks: WhipTrack[] = [];
  for (const offered of sections) {
    if (offered.type === "data") continue;
    if (offered.type === "refused") {
      const { mid = "" } = offered.section;
      throw new SluiceError(
        "unsupported",
        `Section ${JSON.stringify(mid)} cannot be taken: ${offered.reason ?? "it is closed"}.`,
      );
    }
    const { mid, kind, section } = offered;
    if (!sends(section.direction))
      throw new SluiceError("invalidArgument", `Section ${JSON.stringify(mid)} sends nothing: offer a=sendonly.`);
    const source = known.has(kind) ? "unknown" : FIRST_SOURCES[kind];
    known.add(kind);
    const stream = section.msids[0]?.streamId ?? "-";
    const layers = kind === "video" ? layersOfRids(section.rids, sentRids(section)) : undefined;
    tracks.push({ mid, kind, source, stream: stream === "-" ? "" : stream.slice(0, MAX_NAME_LENGTH), layers });
  }
  if (tracks.length === 0) throw new SluiceError("invalidArgument", "The offer sends neither audio nor video.");
  return tracks;
}
