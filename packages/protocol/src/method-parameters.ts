import {
  MAX_ATTRIBUTE_NAME_LENGTH,
  MAX_ATTRIBUTE_VALUE_LENGTH,
  MAX_ATTRIBUTES,
  MAX_CANDIDATE_LENGTH,
  MAX_CID_LENGTH,
  MAX_DATA_BYTES,
  MAX_ID_LENGTH,
  MAX_IDENTITY_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_METADATA_LENGTH,
  MAX_MID_LENGTH,
  MAX_NAME_LENGTH,
  MAX_RID_LENGTH,
  MAX_SDP_LENGTH,
  MAX_SECTIONS,
  MAX_SIGNAL_DATA_LENGTH,
  MAX_SUBSCRIPTION_GRANTS,
  MAX_TOPIC_LENGTH,
  MAX_TRACKS_PER_GRANT,
  MAX_VIDEO_LAYERS,
  MAX_VIDEO_SIDE,
} from "./limits.js";
import type { MethodName, Params, VideoLayer } from "./methods.js";
import {
  base64,
  bool,
  fields,
  finite,
  integer,
  list,
  nothing,
  nullable,
  oneOf,
  type Parser,
  text,
  textMap,
} from "./validation/parser.js";

const id = text(1, MAX_ID_LENGTH);
const ids = list(id, MAX_IDS_PER_REQUEST);
const mid = text(1, MAX_MID_LENGTH);

/** How many and how long; all of a participant together are bounded where they are set. */
export const attributes = textMap(MAX_ATTRIBUTES, MAX_ATTRIBUTE_NAME_LENGTH, MAX_ATTRIBUTE_VALUE_LENGTH);

const videoSide = integer(1, MAX_VIDEO_SIDE);

export const videoLayer: Parser<VideoLayer> = fields(
  { width: videoSide, height: videoSide },
  { rid: text(1, MAX_RID_LENGTH), bitrateBps: integer(1, 1_000_000_000) },
);

/** The parameters of every request, checked field by field; what is not named here does not exist further in. */
export const METHOD_PARAMETERS: { readonly [M in MethodName]: Parser<Params<M>> } = {
  join: fields({}, { autoSubscribe: bool, resume: id }),
  offer: fields({ sdp: text(1, MAX_SDP_LENGTH) }, { tracks: list(fields({ mid, trackId: id }), MAX_SECTIONS), confirms: bool }),
  answerApplied: nothing,
  trickle: fields({
    candidate: nullable(
      fields(
        { candidate: text(0, MAX_CANDIDATE_LENGTH) },
        { sdpMid: nullable(text(0, MAX_MID_LENGTH)), sdpMLineIndex: nullable(integer(0, 65_535)) },
      ),
    ),
  }),
  publish: fields(
    { cid: text(1, MAX_CID_LENGTH), kind: oneOf("audio", "video") },
    {
      source: oneOf("camera", "microphone", "screenShare", "screenShareAudio", "unknown"),
      name: text(0, MAX_NAME_LENGTH),
      muted: bool,
      layers: list(videoLayer, MAX_VIDEO_LAYERS),
    },
  ),
  unpublish: fields({ trackId: id }),
  subscribe: fields({ trackIds: ids }),
  unsubscribe: fields({ trackIds: ids }),
  setLayers: fields(
    { trackId: id },
    {
      paused: bool,
      width: videoSide,
      height: videoSide,
      maxSpatialLayer: integer(0, 7),
      maxTemporalLayer: integer(0, 7),
      priority: integer(1, 255),
    },
  ),
  getStats: fields({}, { everybody: bool }),
  updateParticipant: fields({}, { name: text(0, MAX_NAME_LENGTH), metadata: text(0, MAX_METADATA_LENGTH), attributes }),
  setSubscriptionPermissions: fields({
    everybody: bool,
    participants: list(
      fields(
        { everyTrack: bool, trackIds: list(id, MAX_TRACKS_PER_GRANT) },
        { participantId: id, identity: text(1, MAX_IDENTITY_LENGTH) },
      ),
      MAX_SUBSCRIPTION_GRANTS,
    ),
  }),
  mute: fields({ trackId: id, muted: bool }),
  signal: fields(
    { type: oneOf("offer", "answer", "candidate"), data: text(0, MAX_SIGNAL_DATA_LENGTH) },
    { to: id, everyRoom: bool },
  ),
  sendData: fields({ data: base64(MAX_DATA_BYTES) }, { topic: text(0, MAX_TOPIC_LENGTH), to: ids }),
  leave: nothing,
  ping: fields({}, { timestamp: finite }),
};

export const METHOD_NAMES: readonly MethodName[] = Object.keys(METHOD_PARAMETERS) as MethodName[];

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHOD_PARAMETERS, name);
}
