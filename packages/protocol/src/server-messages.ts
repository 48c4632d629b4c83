/** Parsers of what a server sends: results and notifications. A client uses them, so that it too has nothing left to check inside. */
import {
  MAX_CANDIDATE_LENGTH,
  MAX_DATA_BYTES,
  MAX_ID_LENGTH,
  MAX_IDENTITY_LENGTH,
  MAX_METADATA_LENGTH,
  MAX_MID_LENGTH,
  MAX_MIME_TYPE_LENGTH,
  MAX_NAME_LENGTH,
  MAX_RID_LENGTH,
  MAX_SDP_LENGTH,
  MAX_SECTIONS,
  MAX_SIGNAL_DATA_LENGTH,
  MAX_TOKEN_LENGTH,
  MAX_TOPIC_LENGTH,
  MAX_VIDEO_LAYERS,
  MAX_VIDEO_SIDE,
} from "./limits.js";
import { attributes } from "./method-parameters.js";
import type {
  LeaveReason,
  MethodName,
  NotificationName,
  Notifications,
  ParticipantInfo,
  ParticipantKind,
  ParticipantPermissions,
  ParticipantStats,
  PublishedTrackStats,
  Result,
  RoomInfo,
  SubscribedTrackStats,
  TrackInfo,
  TransportStats,
  VideoLayer,
} from "./methods.js";
import {
  base64,
  between,
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
} from "./validation/parser.js";

/** Participants, tracks or speakers in one message: only against a broken server. */
export const MAX_ITEMS = 100_000;

const id = text(1, MAX_ID_LENGTH);
const mid = text(1, MAX_MID_LENGTH);

const source = oneOf("camera", "microphone", "screenShare", "screenShareAudio", "unknown");

/** Unlike clients of the JSON-RPC door, those of others may not know how large their pictures are. */
const toldSide = integer(0, MAX_VIDEO_SIDE);
const toldLayer: Parser<VideoLayer> = fields(
  { width: toldSide, height: toldSide },
  { rid: text(1, MAX_RID_LENGTH), bitrateBps: integer(1, 1_000_000_000) },
);

const track: Parser<TrackInfo> = fields(
  {
    trackId: id,
    kind: oneOf("audio", "video"),
    source,
    name: text(0, MAX_NAME_LENGTH),
    muted: bool,
  },
  {
    layers: list(toldLayer, MAX_VIDEO_LAYERS),
    mimeType: text(1, MAX_MIME_TYPE_LENGTH),
    width: finite,
    height: finite,
    encryption: oneOf("gcm", "custom"),
  },
);

const kind: Parser<ParticipantKind> = oneOf("standard", "ingress", "egress", "sip", "agent", "connector", "bridge");

const permissions: Parser<ParticipantPermissions> = fields(
  { canPublish: bool, canSubscribe: bool, canPublishData: bool, canUpdateMetadata: bool },
  { publishSources: list(source, 16) },
);

export const participant: Parser<ParticipantInfo> = fields({
  participantId: id,
  identity: text(1, MAX_IDENTITY_LENGTH),
  name: text(0, MAX_NAME_LENGTH),
  metadata: text(0, MAX_METADATA_LENGTH),
  attributes,
  joinedAt: finite,
  kind,
  state: oneOf("joined", "active"),
  permissions,
  tracks: list(track, MAX_ITEMS),
});

export const room: Parser<RoomInfo> = fields({
  roomId: id,
  name: text(0, MAX_NAME_LENGTH),
  metadata: text(0, MAX_METADATA_LENGTH),
  participantCount: finite,
  publisherCount: finite,
});

const leaveReason: Parser<LeaveReason> = oneOf(
  "clientLeft",
  "connectionLost",
  "duplicateIdentity",
  "removed",
  "roomClosed",
  "roomDeleted",
  "tokenExpired",
  "nodeShutdown",
  "joinFailed",
  "stateMismatch",
  "moved",
);

const quality = oneOf("excellent", "good", "poor", "lost");
const layerIndex = integer(0, 7);

const transportStats: Parser<TransportStats> = fields({
  roundTripMs: nullable(finite),
  lossUp: finite,
  lossDown: finite,
  bitrateUpBps: finite,
  bitrateDownBps: finite,
  availableDownBps: nullable(finite),
  quality,
});

const publishedTrackStats: Parser<PublishedTrackStats> = fields({
  trackId: id,
  packets: finite,
  bytes: finite,
  lost: finite,
  jitterMs: finite,
  bitrateBps: finite,
  layers: list(fields({ bitrateBps: finite, isActive: bool }, { rid: text(1, MAX_RID_LENGTH) }), MAX_ITEMS),
  keyFrames: finite,
  nacked: finite,
  keyFrameRequests: finite,
});

const subscribedTrackStats: Parser<SubscribedTrackStats> = fields({
  trackId: id,
  participantId: id,
  packets: finite,
  bytes: finite,
  bitrateBps: finite,
  skipped: finite,
  retransmitted: finite,
  lossRatio: finite,
  spatialLayer: nullable(layerIndex),
  temporalLayer: nullable(layerIndex),
  layerSwitches: finite,
  freezes: finite,
  frozenMs: finite,
});

export const participantStats: Parser<ParticipantStats> = fields({
  participantId: id,
  identity: text(1, MAX_IDENTITY_LENGTH),
  transport: nullable(transportStats),
  published: list(publishedTrackStats, MAX_ITEMS),
  subscribed: list(subscribedTrackStats, MAX_ITEMS),
});

const signalType = oneOf("offer", "answer", "candidate");

const METHOD_RESULTS: { readonly [M in MethodName]: Parser<Result<M>> } = {
  join: fields({
    room,
    participant,
    participants: list(participant, MAX_ITEMS),
    iceServers: list(fields({ urls: list(text(1, 512), 32) }, { username: text(0, 512), credential: text(0, 512) }), 32),
    pingIntervalMs: integer(1, 3_600_000),
    resumed: bool,
  }),
  offer: fields({
    sdp: text(1, MAX_SDP_LENGTH * 2),
    tracks: list(fields({ mid, trackId: id, participantId: id }), MAX_SECTIONS),
  }),
  answerApplied: nothing,
  trickle: nothing,
  publish: fields({ track }),
  unpublish: nothing,
  subscribe: nothing,
  unsubscribe: nothing,
  setLayers: nothing,
  getStats: fields({ participants: list(participantStats, MAX_ITEMS) }),
  updateParticipant: fields({ participant }),
  setSubscriptionPermissions: nothing,
  mute: nothing,
  signal: fields({ delivered: integer(0, Number.MAX_SAFE_INTEGER) }),
  sendData: nothing,
  leave: nothing,
  ping: fields({ timestamp: nullable(finite), serverTime: finite }),
};

export const NOTIFICATION_PARAMETERS: { readonly [N in NotificationName]: Parser<Notifications[N]> } = {
  participantJoined: fields({ participant }),
  participantLeft: fields({ participantId: id, identity: text(1, MAX_IDENTITY_LENGTH), reason: leaveReason }),
  participantUpdated: fields({ participant }),
  roomUpdated: fields({ room }),
  trackPublished: fields({ participantId: id, track }),
  trackUnpublished: fields({ participantId: id, trackId: id }),
  trackMuted: fields({ participantId: id, trackId: id, muted: bool }),
  trackSubscribed: fields({ trackId: id }),
  subscriptionPermission: fields({ participantId: id, trackId: id, allowed: bool }),
  negotiationNeeded: fields({ audio: integer(0, MAX_SECTIONS), video: integer(0, MAX_SECTIONS) }),
  trickle: fields({
    candidate: fields({
      candidate: text(0, MAX_CANDIDATE_LENGTH),
      sdpMid: text(0, MAX_MID_LENGTH),
      sdpMLineIndex: integer(0, 65_535),
    }),
  }),
  signal: fields({ from: id, type: signalType, data: text(0, MAX_SIGNAL_DATA_LENGTH) }),
  data: fields({ from: id, topic: text(0, MAX_TOPIC_LENGTH), data: base64(MAX_DATA_BYTES) }),
  activeSpeakers: fields(
    { speakers: list(fields({ participantId: id, level: between(0, 1) }), MAX_ITEMS) },
    { dominant: nullable(id) },
  ),
  connectionQuality: fields({
    participants: list(fields({ participantId: id, quality }), MAX_ITEMS),
  }),
  subscribedLayers: fields({ trackId: id, paused: bool }, { spatialLayer: layerIndex, temporalLayer: layerIndex }),
  publishedLayers: fields({ trackId: id, wanted: list(bool, MAX_VIDEO_LAYERS) }),
  moved: fields({ room: text(1, MAX_NAME_LENGTH), token: text(1, MAX_TOKEN_LENGTH) }),
  roomClosed: fields({ reason: leaveReason }),
  tokenRefreshed: fields({ token: text(1, MAX_TOKEN_LENGTH) }),
  reconnect: fields({ reason: oneOf("workerDied", "nodeShutdown"), delayMs: integer(0, 3_600_000) }),
};

export const NOTIFICATION_NAMES: readonly NotificationName[] = Object.keys(NOTIFICATION_PARAMETERS) as NotificationName[];

export function isNotificationName(name: string): name is NotificationName {
  return Object.hasOwn(NOTIFICATION_PARAMETERS, name);
}

/** The typed result of `method`. Throws InvalidValue when the server answered something else. */
export function parseResult<M extends MethodName>(method: M, value: unknown): Result<M> {
  const parse: Parser<Result<M>> = METHOD_RESULTS[method];
  return parse(value);
}
