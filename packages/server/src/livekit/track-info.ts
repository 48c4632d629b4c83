import { SimulcastCodecInfo, TrackInfo, VideoLayer_Mode } from "@livekit/protocol";
import type { TrackSource, VideoLayer } from "@sluice/protocol";
import type { Track } from "../room/track.js";
import { liveKitSource, liveKitType } from "./track-source.js";
import { liveKitLayers } from "./video-layers.js";

/** Tracks of one stream are played in sync: what LiveKit's own server calls it when the publisher says nothing. */
const DEFAULT_STREAMS: { readonly [S in TrackSource]: string } = {
  camera: "camera",
  microphone: "camera",
  screenShare: "screen",
  screenShareAudio: "screen",
  unknown: "unknown",
};
/** Codecs that have all layers in one RTP stream when their layers have no rids. */
const SVC_MIME_TYPES = new Set(["video/vp9", "video/av1"]);

export function trackInfo(track: Track): TrackInfo {
  const { kind, source, layers = [], details } = track;
  const largest = layers.at(-1);
  const [preferred] = details.codecs;
  return new TrackInfo({
    sid: track.trackId,
    type: liveKitType(kind),
    source: liveKitSource(source),
    name: track.name,
    muted: track.isMuted,
    width: details.width || (largest?.width ?? 0),
    height: details.height || (largest?.height ?? 0),
    simulcast: layers.length > 1 && haveRids(layers),
    layers: liveKitLayers(layers),
    mimeType: preferred?.mimeType ?? "",
    mid: preferred?.mid ?? "",
    codecs: codecsOf(track, layers),
    disableDtx: details.isDtxDisabled,
    stereo: details.isStereo,
    disableRed: details.isRedDisabled,
    encryption: details.encryption,
    stream: streamOf(track),
    audioFeatures: [...details.audioFeatures],
    backupCodecPolicy: details.backupCodecPolicy,
    packetTrailerFeatures: [...details.packetTrailerFeatures],
  });
}

/** The name of the stream in which receivers play the track. */
export function streamOf({ source, details }: Track): string {
  return details.stream === "" ? DEFAULT_STREAMS[source] : details.stream;
}

function codecsOf({ kind, details }: Track, layers: readonly VideoLayer[]): SimulcastCodecInfo[] {
  return details.codecs.map(({ mimeType, mid, cid }) => {
    const videoLayerMode = kind === "video" ? modeOf(mimeType, layers) : VideoLayer_Mode.MODE_UNUSED;
    return new SimulcastCodecInfo({ mimeType, mid, cid, layers: liveKitLayers(layers), videoLayerMode });
  });
}

function modeOf(mimeType: string, layers: readonly VideoLayer[]): VideoLayer_Mode {
  const { ONE_SPATIAL_LAYER_PER_STREAM, MULTIPLE_SPATIAL_LAYERS_PER_STREAM } = VideoLayer_Mode;
  const isSvc = SVC_MIME_TYPES.has(mimeType.toLowerCase()) && !haveRids(layers);
  return isSvc ? MULTIPLE_SPATIAL_LAYERS_PER_STREAM : ONE_SPATIAL_LAYER_PER_STREAM;
}

function haveRids(layers: readonly VideoLayer[]): boolean {
  return layers.length > 0 && layers.every(({ rid }) => rid !== undefined);
}
