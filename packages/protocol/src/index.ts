export {
  type MediaConnectionPort,
  type MediaConnectionState,
  MediaSession,
  type MediaSessionListener,
  type Offer,
  type OfferLink,
  type OpenMediaConnection,
  type ServerCandidate,
} from "./client/media-session.js";
export { type ReceivedSection, ReceivedSections } from "./client/received-sections.js";
export type { Scheduler } from "./client/scheduler.js";
export {
  findReusableSection,
  type MediaSection,
  planReceivingSections,
  type SectionCounts,
  type SectionDirection,
} from "./client/section-plan.js";
export {
  SignalingLink,
  type SignalingLinkListener,
  type SignalingLinkOptions,
  type TokenSource,
} from "./client/signaling-link.js";
export type { OpenSocket, Socket, SocketListener } from "./client/socket.js";
export { ERROR_CODES, type ErrorCode, SluiceError } from "./error-code.js";
export type { IncomingCall, IncomingMessage, MethodCall, Notification, RequestId, ServerMessage } from "./json-rpc/message.js";
export { parseMessage } from "./json-rpc/parse-message.js";
export { parseServerMessages } from "./json-rpc/parse-server-message.js";
export {
  serializeBatch,
  serializeError,
  serializeNotification,
  serializeRequest,
  serializeResult,
} from "./json-rpc/serialize.js";
export {
  MAX_BATCH_CALLS,
  MAX_DATA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
  MAX_NAME_LENGTH,
  MAX_SIGNAL_DATA_LENGTH,
  MAX_TOKEN_LENGTH,
} from "./limits.js";
export { METHOD_NAMES } from "./method-parameters.js";
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
export { parseResult } from "./server-messages.js";
export { parseTokenClaims, type TokenClaims, type VideoGrant } from "./token-claims.js";
export { InvalidValue } from "./validation/parser.js";
