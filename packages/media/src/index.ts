export { MAX_LOUDEST_SPEAKERS } from "./audio/loudest-speakers.js";
export {
  createPacketMemory,
  MAX_RTP_BYTES,
  type PacketMemory,
  SCRATCH,
  SCRATCH_BYTES,
  SLOT_BYTES,
} from "./bytes/packet-memory.js";
export { PacketPool } from "./bytes/packet-pool.js";
export { Av1Packetizer } from "./codec/av1-packetizer.js";
export { isAv1KeyFrameData } from "./codec/av1-temporal-unit.js";
export { type H264AccessUnit, parseH264File } from "./codec/h264-file.js";
export { H264Packetizer, type H264PacketizerOptions } from "./codec/h264-packetizer.js";
export { type IvfFile, type IvfFrame, parseIvfFile } from "./codec/ivf-file.js";
export { type OggOpusFile, type OpusPacket, parseOggOpusFile } from "./codec/ogg-opus-file.js";
export { opusPacketDurationMs } from "./codec/opus-packet.js";
export { OpusPacketizer } from "./codec/opus-packetizer.js";
export { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./codec/packetizer.js";
export { Vp8Packetizer, type Vp8PacketizerOptions } from "./codec/vp8-packetizer.js";
export { Vp8PayloadDescriptor } from "./codec/vp8-payload-descriptor.js";
export { isVp9KeyFrameData, vp9Profile } from "./codec/vp9-frame-header.js";
export { Vp9Packetizer, type Vp9PacketizerOptions } from "./codec/vp9-packetizer.js";
export { Vp9PayloadDescriptor } from "./codec/vp9-payload-descriptor.js";
export type { BandwidthState } from "./congestion/bandwidth-estimator.js";
export { TransportFeedbackGenerator } from "./congestion/transport-feedback-generator.js";
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
export { candidatePriority, parseCandidate, passiveTcpPriority, serializeCandidate } from "./ice/candidate.js";
export type { IceRole } from "./ice/check-transactions.js";
export { IceControllingAgent, type IceControllingAgentOptions } from "./ice/controlling-agent.js";
export type { IceAgent, IceEvent, StunTransmit } from "./ice/ice-agent.js";
export { ICE_CONSTANTS, type IceConstants } from "./ice/ice-constants.js";
export type { IceCounters } from "./ice/ice-counters.js";
export { createIceCredentials, isIceCredentials } from "./ice/ice-credentials.js";
export type { IceCandidate, IceCredentials } from "./ice/ice-parameters.js";
export { IceLiteAgent, type IceLiteAgentOptions } from "./ice/lite-agent.js";
export type { Consumer } from "./router/consumer.js";
export { FreezeMeter } from "./router/freeze-meter.js";
export { LocalSource } from "./router/local-source.js";
export type { MediaPacket } from "./router/media-packet.js";
export type { Producer } from "./router/producer.js";
export type { Bye } from "./rtcp/bye.js";
export type { ExtendedReport, ReferenceTime, ReferenceTimeDelay } from "./rtcp/extended-report.js";
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
export { NackGenerator } from "./rtp/nack-generator.js";
export { NACK_LIMITS, NACK_TIMING, type NackLimits } from "./rtp/nack-limits.js";
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
export { type DataChannelEvent, type DataChannelOptions, DataChannels } from "./sctp/channels/data-channels.js";
export { SctpAssociation, type SctpAssociationOptions, type SctpCloseReason } from "./sctp/sctp-association.js";
export type { SctpCounters } from "./sctp/sctp-counters.js";
export { LOCAL_SCTP_PORT, MAX_DATA_MESSAGE_BYTES } from "./sctp/sctp-limits.js";
export {
  CodecIndex,
  codecKey,
  isRtx,
  matchCodecs,
  primaryCodec,
  SUPPORTED_FEEDBACK,
  supportedCodecs,
} from "./sdp/codec-matching.js";
export { isSctpProtocol, localDataAttributes, sctpParameters } from "./sdp/data-section.js";
export {
  answeredExtensions,
  offeredExtensions,
  RECEIVED_EXTENSIONS,
  SENT_EXTENSIONS,
} from "./sdp/header-extension-matching.js";
export { createOffer, DISCARD_PORT, type OfferDataSection, type OfferParameters, type OfferSection } from "./sdp/offer.js";
export { parseSessionDescription, type SessionDescriptionResult } from "./sdp/parse-session-description.js";
export { answeredTransportParameters, remoteTransportParameters, sentRids, sentRtpParameters } from "./sdp/peer-parameters.js";
export { parseSdpFragment, type SdpFragment, type SdpFragmentResult, serializeSdpFragment } from "./sdp/sdp-fragment.js";
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
export { ReplayWindow } from "./srtp/replay-window.js";
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
export type { DataRates } from "./transport/data-pace.js";
export { DropCounters } from "./transport/drop-counters.js";
export type { Egress } from "./transport/egress.js";
export { type ConnectionIngress, type Ingress, MAX_AGE_US } from "./transport/ingress.js";
export { MediaCommandError } from "./transport/media-command-error.js";
export { MediaCore } from "./transport/media-core.js";
export type { MediaCoreOptions } from "./transport/media-core-options.js";
export { LegTotals, MediaTotals, RtpTotals } from "./transport/media-totals.js";
export {
  type AudioLevel,
  type ConsumerLayers,
  type ConsumerParameters,
  type DataChannelParameters,
  type DataChannelReliability,
  type LayerPreference,
  type MediaEvent,
  NO_LAYER_LIMIT,
  type PlayoutDelay,
  type ProducerParameters,
  type RemoteSctpParameters,
  type RemoteTransportParameters,
  type RouterOptions,
  type TransportCloseReason,
  type TransportParameters,
  type TransportState,
} from "./transport/parameters.js";
export type { Transport } from "./transport/transport.js";
export { type AddressId, isSameAddress, type TransportAddress, UNKNOWN_ADDRESS } from "./transport/transport-address.js";
