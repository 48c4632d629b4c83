import { TrackSource as LiveKitSource, TrackType } from "@livekit/protocol";
import type { TrackKind, TrackSource } from "@sluice/protocol";

const LIVEKIT_SOURCES: { readonly [S in TrackSource]: LiveKitSource } = {
  camera: LiveKitSource.CAMERA,
  microphone: LiveKitSource.MICROPHONE,
  screenShare: LiveKitSource.SCREEN_SHARE,
  screenShareAudio: LiveKitSource.SCREEN_SHARE_AUDIO,
  unknown: LiveKitSource.UNKNOWN,
};
const SOURCES = new Map<LiveKitSource, TrackSource>(
  Object.entries(LIVEKIT_SOURCES).map(([source, number]) => [number, source as TrackSource]),
);

export function liveKitSource(source: TrackSource): LiveKitSource {
  return LIVEKIT_SOURCES[source];
}

/** A source that only newer clients know is as good as unknown. */
export function trackSource(source: LiveKitSource): TrackSource {
  return SOURCES.get(source) ?? "unknown";
}

export function liveKitType(kind: TrackKind): TrackType {
  return kind === "audio" ? TrackType.AUDIO : TrackType.VIDEO;
}

/** Undefined for data tracks, which are no media. */
export function trackKind(type: TrackType): TrackKind | undefined {
  if (type === TrackType.AUDIO) return "audio";
  return type === TrackType.VIDEO ? "video" : undefined;
}
