import { type AddTrackRequest, Encryption_Type, type VideoLayer, VideoLayer_Mode, VideoQuality } from "@livekit/protocol";
import { MAX_CID_LENGTH, MAX_NAME_LENGTH, MAX_VIDEO_SIDE, type Params, SluiceError } from "@sluice/protocol";
import { trackKind, trackSource } from "../../livekit/track-source.js";
import { announcedLayersOf } from "../../livekit/video-layers.js";
import type { TrackDetails } from "../../room/track-details.js";

/** A client's wish to publish, in the room's words. */
export interface AddedTrack {
  readonly params: Params<"publish">;
  readonly details: Partial<TrackDetails>;
  /** What the track may be called in an offer besides its cid. */
  readonly aliases: readonly string[];
}

/** LiveKit's clients call the encodings of simulcast so, and say only the quality. */
const RIDS: ReadonlyMap<VideoQuality, string> = new Map([
  [VideoQuality.LOW, "q"],
  [VideoQuality.MEDIUM, "h"],
  [VideoQuality.HIGH, "f"],
]);
/** These come with all layers in one RTP stream unless told otherwise. */
const SVC_CODECS = new Set(["vp9", "av1"]);
const MAX_FEATURES = 16;
const MAX_CODECS = 8;

/** Throws SluiceError `invalidArgument`, or `unsupported` for a kind that is no media. */
export function addedTrack(request: AddTrackRequest): AddedTrack {
  const kind = trackKind(request.type);
  if (kind === undefined) throw new SluiceError("unsupported", "only audio and video can be published as tracks");
  const { cid, name, muted, source, simulcastCodecs } = request;
  if (cid === "" || cid.length > MAX_CID_LENGTH) throw invalid(`a cid has 1 to ${MAX_CID_LENGTH} characters`);
  if (name.length > MAX_NAME_LENGTH) throw invalid(`a name has at most ${MAX_NAME_LENGTH} characters`);
  const layers = kind === "video" ? announcedLayersOf(withRids(request)) : undefined;
  const aliases = simulcastCodecs.slice(0, MAX_CODECS).map((codec) => codec.cid);
  return {
    params: { cid, kind, source: trackSource(source), name, muted, ...(layers === undefined ? {} : { layers }) },
    details: detailsOf(request),
    aliases: aliases.filter((alias) => alias !== "" && alias !== cid && alias.length <= MAX_CID_LENGTH),
  };
}

function detailsOf(request: AddTrackRequest): Partial<TrackDetails> {
  const { width, height, stream, disableDtx, stereo, disableRed, backupCodecPolicy, audioFeatures } = request;
  return {
    width: sideOf(width),
    height: sideOf(height),
    stream: stream.slice(0, MAX_NAME_LENGTH),
    encryption: encryptionOf(request.encryption),
    wishedCodec: wishedCodecOf(request).slice(0, 32),
    isDtxDisabled: disableDtx,
    isStereo: stereo,
    isRedDisabled: disableRed,
    audioFeatures: audioFeatures.slice(0, MAX_FEATURES),
    backupCodecPolicy,
    packetTrailerFeatures: request.packetTrailerFeatures.slice(0, MAX_FEATURES),
  };
}

/** "vp9", also where a client says "video/VP9". */
function wishedCodecOf({ simulcastCodecs }: AddTrackRequest): string {
  const codec = simulcastCodecs[0]?.codec ?? "";
  return codec.slice(codec.lastIndexOf("/") + 1).toLowerCase();
}

/** Encodings have rids, spatial layers of one stream have none; the room tells them apart by that. */
function withRids(request: AddTrackRequest): readonly VideoLayer[] {
  const [codec] = request.simulcastCodecs;
  const layers = codec !== undefined && codec.layers.length > 0 ? codec.layers : request.layers;
  if (layers.length < 2 || layers.some(({ rid }) => rid !== "")) return layers;
  const mode = codec?.videoLayerMode ?? VideoLayer_Mode.MODE_UNUSED;
  const isSvc =
    mode === VideoLayer_Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM ||
    (mode === VideoLayer_Mode.MODE_UNUSED && SVC_CODECS.has(wishedCodecOf(request)));
  if (isSvc) return layers;
  for (const layer of layers) layer.rid = RIDS.get(layer.quality) ?? "";
  return layers;
}

function encryptionOf(type: Encryption_Type): TrackDetails["encryption"] {
  if (type === Encryption_Type.GCM) return 1;
  return type === Encryption_Type.NONE ? 0 : 2;
}

function sideOf(pixels: number): number {
  return pixels <= MAX_VIDEO_SIDE ? pixels : 0;
}

function invalid(what: string): SluiceError {
  return new SluiceError("invalidArgument", `the track cannot be added: ${what}`);
}
