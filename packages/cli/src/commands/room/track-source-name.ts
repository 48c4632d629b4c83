import { TrackSource, TrackType } from "@livekit/protocol";

/** What a track shows, as tokens name it ("camera", "screen_share"); of an unknown source its kind. */
export function sourceName(source: TrackSource, type: TrackType): string {
  const isUnknown = source === TrackSource.UNKNOWN || TrackSource[source] === undefined;
  return (isUnknown ? (TrackType[type] ?? "track") : TrackSource[source]).toLowerCase();
}
