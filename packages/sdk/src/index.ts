export {
  type ConnectionQuality,
  type ErrorCode,
  type LeaveReason,
  type ParticipantChanges,
  type ParticipantKind,
  type ParticipantPermissions,
  type ParticipantStats,
  type PublishedTrackStats,
  type SendDataOptions,
  type SignalType,
  SluiceError,
  type SubscribedTrackStats,
  type SubscriptionGrant,
  type SubscriptionPermissions,
  type TokenSource,
  type TrackKind,
  type TrackSource,
  type TransportStats,
  type VideoLayer,
} from "@sluice/protocol";
export type { CameraOptions, MicrophoneOptions } from "./capture.js";
export { captureCamera, captureMicrophone, captureScreen } from "./capture.js";
export { type ConnectOptions, connect } from "./connect.js";
export type { ConnectionState } from "./connection-state.js";
export type { LocalParticipant } from "./local-participant.js";
export type { LocalTrack } from "./local-track.js";
export type { Codec, PublishOptions, VideoDefaults } from "./publish-options.js";
export type { ReceivedLayers, RemoteParticipant, RemoteTrack, Subscription } from "./remote-participant.js";
export type { CaptureOptions, Room } from "./room.js";
export type { DataMessage, ParticipantQuality, RoomEvents, SignalMessage, Speaker } from "./room-events.js";
export type { BrowserTrackStats, RoomStats } from "./room-stats.js";
export type { SendSignalOptions } from "./send-signal-options.js";
export type { LayerOptions } from "./track-wish.js";
