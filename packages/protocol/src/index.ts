export {
  DATA_BUFFER_BYTES,
  type DataChannelListener,
  type DataChannelPort,
  type DataKind,
} from "./client/data-channel-port.js";
export { DataExchange, type DataFormat, type ReceivedData, type SendDataOptions } from "./client/data-exchange.js";
export { dialJsonRpc } from "./client/dial-json-rpc.js";
export { JsonRpcClient } from "./client/json-rpc-client.js";
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
export type {
  DialRequest,
  DialSignaling,
  SignalingConnection,
  SignalingConnectionListener,
} from "./client/signaling-connection.js";
export {
  type RoomNotification,
  SignalingLink,
  type SignalingLinkListener,
  type SignalingLinkOptions,
  type TokenSource,
} from "./client/signaling-link.js";
export { type OpenSocket, type Socket, type SocketListener, socketError } from "./client/socket.js";
export {
  type ClientDataMessage,
  DATA_LABELS,
  parseClientDataMessage,
  parseServerDataMessage,
  type ServerDataMessage,
  serializeDataMessage,
} from "./data-message.js";
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
  MAX_ATTRIBUTES,
  MAX_ATTRIBUTES_LENGTH,
  MAX_BATCH_CALLS,
  MAX_CHANNEL_MESSAGE_BYTES,
  MAX_CID_LENGTH,
  MAX_DATA_BYTES,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_ID_LENGTH,
  MAX_IDENTITY_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_LOSSY_PAYLOAD_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
  MAX_METADATA_LENGTH,
  MAX_NAME_LENGTH,
  MAX_RID_LENGTH,
  MAX_SDP_LENGTH,
  MAX_SIGNAL_DATA_LENGTH,
  MAX_SUBSCRIPTION_GRANTS,
  MAX_TOKEN_LENGTH,
  MAX_TOPIC_LENGTH,
  MAX_TRACEPARENT_LENGTH,
  MAX_TRACKS_PER_GRANT,
  MAX_VIDEO_LAYERS,
  MAX_VIDEO_SIDE,
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
  ParticipantChanges,
  ParticipantInfo,
  ParticipantKind,
  ParticipantPermissions,
  ParticipantStats,
  PublishedTrackStats,
  Result,
  RoomInfo,
  SignalType,
  SubscribedTrackStats,
  SubscriptionGrant,
  SubscriptionPermissions,
  TrackInfo,
  TrackKind,
  TrackSource,
  TransportStats,
  VideoLayer,
} from "./methods.js";
export { parseRoomConfiguration, type RoomAgent, type RoomConfiguration } from "./room-configuration.js";
export { parseRoomStatistics, type RoomStatistics } from "./room-statistics.js";
export { parseResult } from "./server-messages.js";
export { parseTokenClaims, type TokenClaims, type VideoGrant } from "./token-claims.js";
export { InvalidValue } from "./validation/parser.js";
