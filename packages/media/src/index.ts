export {
  createPacketMemory,
  MAX_RTP_BYTES,
  type PacketMemory,
  SCRATCH,
  SCRATCH_BYTES,
  SLOT_BYTES,
} from "./bytes/packet-memory.js";
export { PacketPool } from "./bytes/packet-pool.js";
export { isAv1KeyFrame } from "./codec/av1-key-frame.js";
export { type H264AccessUnit, parseH264File } from "./codec/h264-file.js";
export { isH264KeyFrame } from "./codec/h264-key-frame.js";
export { H264Packetizer, type H264PacketizerOptions } from "./codec/h264-packetizer.js";
export { type IvfFile, type IvfFrame, parseIvfFile } from "./codec/ivf-file.js";
export { type KeyFrameDetector, keyFrameDetector } from "./codec/key-frame-detector.js";
export { type OggOpusFile, type OpusPacket, parseOggOpusFile } from "./codec/ogg-opus-file.js";
export { opusPacketDurationMs } from "./codec/opus-packet.js";
export { OpusPacketizer } from "./codec/opus-packetizer.js";
export { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./codec/packetizer.js";
export { isVp8KeyFrame } from "./codec/vp8-key-frame.js";
export { Vp8Packetizer, type Vp8PacketizerOptions } from "./codec/vp8-packetizer.js";
export { Vp8PayloadDescriptor } from "./codec/vp8-payload-descriptor.js";
export { isVp9KeyFrame } from "./codec/vp9-key-frame.js";
export { Vp9PayloadDescriptor } from "./codec/vp9-payload-descriptor.js";
export type { AeadOpener, AeadSealer, Authenticator, CounterCipher, CryptoPort } from "./crypto/crypto-port.js";
export type {
  DtlsEvent,
  DtlsPort,
  DtlsRole,
  DtlsSession,
  DtlsSessionOptions,
  Fingerprint,
  SrtpMasterKey,
  SrtpProfile,
} from "./dtls/dtls-port.js";
export { candidatePriority, parseCandidate, serializeCandidate } from "./ice/candidate.js";
export type { IceRole } from "./ice/check-transactions.js";
export { IceControllingAgent, type IceControllingAgentOptions } from "./ice/controlling-agent.js";
export type { IceAgent, IceEvent, StunTransmit } from "./ice/ice-agent.js";
export { ICE_CONSTANTS, type IceConstants } from "./ice/ice-constants.js";
export type { IceCounters } from "./ice/ice-counters.js";
export { createIceCredentials, isIceCredentials } from "./ice/ice-credentials.js";
export type { IceCandidate, IceCredentials } from "./ice/ice-parameters.js";
export { IceLiteAgent, type IceLiteAgentOptions } from "./ice/lite-agent.js";
export { LocalSource } from "./router/local-source.js";
export type { MediaPacket } from "./router/media-packet.js";
export type { Producer } from "./router/producer.js";
export type { Bye } from "./rtcp/bye.js";
export type { Fir, FirEntry } from "./rtcp/fir.js";
export { MAX_NACK_ITEMS, type Nack } from "./rtcp/nack.js";
export type { Pli } from "./rtcp/pli.js";
export type { ReceiverReport } from "./rtcp/receiver-report.js";
export type { Remb } from "./rtcp/remb.js";
export { type ReportBlock, roundTripTimeMs } from "./rtcp/report-block.js";
export { MAX_COMPOUND_PACKETS, parseRtcp, serializeRtcp } from "./rtcp/rtcp-compound.js";
export type { KnownRtcpPacket, RtcpPacket, UnknownRtcpPacket } from "./rtcp/rtcp-packet.js";
export type { SenderReport } from "./rtcp/sender-report.js";
export type { SourceDescription, SourceDescriptionChunk } from "./rtcp/source-description.js";
export {
  MAX_TRANSPORT_FEEDBACK_STATUSES,
  TRANSPORT_FEEDBACK_REFERENCE_US,
  TRANSPORT_FEEDBACK_TICK_US,
  type TransportFeedback,
} from "./rtcp/transport-feedback.js";
export {
  findExtension,
  readAbsoluteSendTime,
  readAudioLevel,
  readTextExtension,
  readTransportWideSequenceNumber,
} from "./rtp/header-extension.js";
export { NACK, NackGenerator } from "./rtp/nack-generator.js";
export { ReceiveStatistics } from "./rtp/receive-statistics.js";
export { isRtcp, parseRtpHeader, RtpHeader, trimRtpPadding } from "./rtp/rtp-header.js";
export {
  EXTENSION_URI,
  type MediaKind,
  type RtpCodec,
  type RtpEncoding,
  type RtpHeaderExtension,
  type RtpParameters,
} from "./rtp/rtp-parameters.js";
export { decapsulateRtx, encapsulateRtx, RTX_HEADER_BYTES } from "./rtp/rtx.js";
export { extendSequenceNumber, SequenceUnwrapper } from "./rtp/sequence-unwrapper.js";
export {
  CodecIndex,
  codecKey,
  isRtx,
  matchCodecs,
  primaryCodec,
  SUPPORTED_FEEDBACK,
  supportedCodecs,
} from "./sdp/codec-matching.js";
export {
  answeredExtensions,
  offeredExtensions,
  RECEIVED_EXTENSIONS,
  SENT_EXTENSIONS,
} from "./sdp/header-extension-matching.js";
export { createOffer, DISCARD_PORT, type OfferParameters, type OfferSection } from "./sdp/offer.js";
export { parseSessionDescription, type SessionDescriptionResult } from "./sdp/parse-session-description.js";
export { answeredTransportParameters, remoteTransportParameters, sentRids, sentRtpParameters } from "./sdp/peer-parameters.js";
export { MAX_SDP_BYTES, MAX_SECTIONS } from "./sdp/sdp-limits.js";
export { isRtpProtocol } from "./sdp/section-parser.js";
export { serializeSessionDescription } from "./sdp/serialize-session-description.js";
export {
  type Direction,
  directionOf,
  isRejected,
  type MediaGroup,
  type MediaSection,
  type Msid,
  type Origin,
  type RidAttribute,
  receives,
  type SdpHeaderExtension,
  type SessionDescription,
  type Setup,
  type Simulcast,
  type SimulcastRid,
  type SsrcAttribute,
  type SsrcGroup,
  sends,
  taggedSection,
} from "./sdp/session-description.js";
export { MAX_SRTP_STREAMS, SrtpReceiver, UNPROTECT_FAILURE, type UnprotectFailure } from "./srtp/srtp-receiver.js";
export { KEY_EXHAUSTED, SrtpSender } from "./srtp/srtp-sender.js";
export { formatIpAddress, ipFamily, parseIpAddress } from "./stun/ip-address.js";
export { isIntegrityValid } from "./stun/message-integrity.js";
export {
  BINDING_METHOD,
  MAX_STUN_BYTES,
  STUN_ATTRIBUTE,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  type StunAttributes,
  type StunClass,
  type StunContent,
  type StunError,
  type StunMessage,
} from "./stun/stun-message.js";
export { parseStun } from "./stun/stun-parser.js";
export { type StunSigner, serializeStun } from "./stun/stun-serializer.js";
export { readStunUsername } from "./stun/stun-username.js";
export { after, earliest, elapsedMs, type Instant, instant } from "./time/instant.js";
export {
  NTP_UNIX_OFFSET_MS,
  type NtpTime,
  ntpFraction,
  ntpFromUnixMs,
  ntpFromWire,
  ntpMiddle,
  ntpSeconds,
} from "./time/ntp-time.js";
export type { Egress } from "./transport/egress.js";
export type { Ingress } from "./transport/ingress.js";
export { MediaCommandError, MediaCore, type MediaCoreOptions } from "./transport/media-core.js";
export type {
  AudioLevel,
  ConsumerParameters,
  MediaEvent,
  ProducerParameters,
  RemoteTransportParameters,
  TransportCloseReason,
  TransportParameters,
  TransportState,
} from "./transport/parameters.js";
export { type AddressId, isSameAddress, type TransportAddress, UNKNOWN_ADDRESS } from "./transport/transport-address.js";
