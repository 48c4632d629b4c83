export { ERROR_CODES, type ErrorCode, SluiceError } from "./error-code.js";
export type {
  ConnectionQuality,
  IceServer,
  LeaveReason,
  MethodName,
  Methods,
  NotificationName,
  Notifications,
  Params,
  ParticipantInfo,
  Result,
  RoomInfo,
  SignalType,
  TrackInfo,
  TrackKind,
  TrackSource,
} from "./methods.js";
export type { TokenClaims, VideoGrant } from "./token-claims.js";
