/** Parsers of what a server sends: results and notifications. A client uses them, so that it too has nothing left to check inside. */
import {
  MAX_ATTRIBUTE_NAME_LENGTH,
  MAX_ATTRIBUTE_VALUE_LENGTH,
  MAX_ATTRIBUTES,
  MAX_CANDIDATE_LENGTH,
  MAX_DATA_BYTES,
  MAX_ID_LENGTH,
  MAX_IDENTITY_LENGTH,
  MAX_METADATA_LENGTH,
  MAX_MID_LENGTH,
  MAX_NAME_LENGTH,
  MAX_SDP_LENGTH,
  MAX_SECTIONS,
  MAX_SIGNAL_DATA_LENGTH,
  MAX_TOPIC_LENGTH,
} from "./limits.js";
import type {
  LeaveReason,
  MethodName,
  NotificationName,
  Notifications,
  ParticipantInfo,
  Result,
  TrackInfo,
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
  textMap,
} from "./validation/parser.js";

/** Participants, tracks or speakers in one message: only against a broken server. */
const MAX_ITEMS = 100_000;

const id = text(1, MAX_ID_LENGTH);
const mid = text(1, MAX_MID_LENGTH);

const track: Parser<TrackInfo> = fields({
  trackId: id,
  kind: oneOf("audio", "video"),
  source: oneOf("camera", "microphone", "screenShare", "screenShareAudio", "unknown"),
  name: text(0, MAX_NAME_LENGTH),
  muted: bool,
});

const participant: Parser<ParticipantInfo> = fields({
  participantId: id,
  identity: text(1, MAX_IDENTITY_LENGTH),
  name: text(0, MAX_NAME_LENGTH),
  metadata: text(0, MAX_METADATA_LENGTH),
  attributes: textMap(MAX_ATTRIBUTES, MAX_ATTRIBUTE_NAME_LENGTH, MAX_ATTRIBUTE_VALUE_LENGTH),
  joinedAt: finite,
  tracks: list(track, MAX_ITEMS),
});

const leaveReason: Parser<LeaveReason> = oneOf(
  "clientLeft",
  "connectionLost",
  "duplicateIdentity",
  "removed",
  "roomClosed",
  "tokenExpired",
  "nodeShutdown",
);

const signalType = oneOf("offer", "answer", "candidate");

export const METHOD_RESULTS: { readonly [M in MethodName]: Parser<Result<M>> } = {
  join: fields({
    room: fields({ roomId: id, name: text(0, MAX_NAME_LENGTH), metadata: text(0, MAX_METADATA_LENGTH) }),
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
  trickle: nothing,
  publish: fields({ track }),
  unpublish: nothing,
  subscribe: nothing,
  unsubscribe: nothing,
  setLayers: nothing,
  mute: nothing,
  signal: fields({ delivered: integer(0, Number.MAX_SAFE_INTEGER) }),
  sendData: nothing,
  leave: nothing,
  ping: fields({ timestamp: nullable(finite), serverTime: finite }),
};

export const NOTIFICATION_PARAMETERS: { readonly [N in NotificationName]: Parser<Notifications[N]> } = {
  participantJoined: fields({ participant }),
  participantLeft: fields({ participantId: id, reason: leaveReason }),
  participantUpdated: fields({ participant }),
  trackPublished: fields({ participantId: id, track }),
  trackUnpublished: fields({ participantId: id, trackId: id }),
  trackMuted: fields({ participantId: id, trackId: id, muted: bool }),
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
  activeSpeakers: fields({ speakers: list(fields({ participantId: id, level: between(0, 1) }), MAX_ITEMS) }),
  connectionQuality: fields({
    participants: list(fields({ participantId: id, quality: oneOf("excellent", "good", "poor", "lost") }), MAX_ITEMS),
  }),
  subscribedLayers: fields({ trackId: id, paused: bool }),
  roomClosed: fields({ reason: leaveReason }),
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
