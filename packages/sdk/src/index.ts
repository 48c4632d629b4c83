export {
  type ConnectionQuality,
  type ErrorCode,
  type LeaveReason,
  type SignalType,
  SluiceError,
  type TokenSource,
  type TrackKind,
  type TrackSource,
} from "@sluice/protocol";
export type { CameraOptions, MicrophoneOptions } from "./capture.js";
export { captureCamera, captureMicrophone, captureScreen } from "./capture.js";
export { type ConnectOptions, connect } from "./connect.js";
export type { ConnectionState } from "./connection-state.js";
export type { Codec, LocalTrack, PublishOptions } from "./local-track.js";
export type { RemoteParticipant, RemoteTrack, Subscription } from "./remote-participant.js";
export type { CaptureOptions, LocalParticipant, Room, SendDataOptions, SendSignalOptions } from "./room.js";
export type { DataMessage, ParticipantQuality, RoomEvents, SignalMessage, Speaker } from "./room-events.js";
