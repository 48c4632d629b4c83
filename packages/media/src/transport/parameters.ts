/** Commands to the media core as plain data, so that they cross a process boundary unchanged. */
import type { DtlsRole, Fingerprint } from "../dtls/dtls-port.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import type { MediaKind, RtpCodec, RtpHeaderExtension, RtpParameters } from "../rtp/rtp-parameters.js";

export interface RouterOptions {
  /**
   * How many of the loudest audio Producers are forwarded, besides the dominant speaker, 0–50; 0 forwards all. Producers that
   * do not tell their audio level are always forwarded.
   */
  readonly loudestSpeakers: number;
  /** Audio levels at or below this count as speech, 0–127 -dBov; 35 by default. */
  readonly activeLevel?: number;
}

export const DEFAULT_ROUTER_OPTIONS: RouterOptions = { loudestSpeakers: 0 };

export interface TransportParameters {
  /** "lite": we answer checks and never start one (an SFU). "controlling": we check and nominate (our own clients). */
  readonly iceRole: "lite" | "controlling";
  readonly localIce: IceCredentials;
  /**
   * To another worker of this node: the path carries everything, so nothing is paced, probed or left out, and key frames are the
   * publisher's, not repeated ones. Default false.
   */
  readonly isUnlimited?: boolean;
}

/** What the peer's description says about its side of the Transport. */
export interface RemoteTransportParameters {
  readonly ice: IceCredentials;
  /** Needed by the controlling role only. */
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly Fingerprint[];
  /** Our role, after `a=setup` has been negotiated. */
  readonly dtlsRole: DtlsRole;
  /** Present when an application section was agreed; it may appear in a later description. */
  readonly sctp?: RemoteSctpParameters;
}

/** The peer's `a=sctp-port` and `a=max-message-size` (RFC 8841). */
export interface RemoteSctpParameters {
  readonly port: number;
  /** Largest message that the peer takes, bytes; 0 for any size. */
  readonly maxMessageBytes: number;
}

/**
 * How reliable a data channel is (RFC 8832 §5.1). At most one of the two limits; without any, every message arrives.
 */
export interface DataChannelReliability {
  readonly isOrdered: boolean;
  /** A message is given up after so many retransmissions; 0–65,535. */
  readonly maxRetransmits?: number;
  /** A message is given up so long after it was sent, ms; 0–65,535. */
  readonly maxPacketLifeTimeMs?: number;
}

export interface DataChannelParameters extends DataChannelReliability {
  readonly label: string;
}

export interface ProducerParameters {
  readonly producerId: string;
  readonly rtp: RtpParameters;
  readonly isPaused: boolean;
}

/** What one receiver wants of a Producer's video at most. Layers count from 0; simulcast encodings are spatial layers. */
export interface LayerPreference {
  readonly maxSpatialLayer: number;
  readonly maxTemporalLayer: number;
  /** 1–255: who gets bandwidth first when there is not enough for all. */
  readonly priority: number;
  /** Whether it may get nothing at all when there is not enough for everybody. True unless told; false: the smallest layer always. */
  readonly mayPause?: boolean;
}

/** Everything there is. */
export const NO_LAYER_LIMIT: LayerPreference = { maxSpatialLayer: 7, maxTemporalLayer: 7, priority: 1 };

/** How long a receiver is to buffer video, ms, 0–40,950 in steps of 10; the maximum is not below the minimum. */
export interface PlayoutDelay {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface ConsumerParameters {
  readonly consumerId: string;
  readonly producerId: string;
  readonly kind: MediaKind;
  readonly mid: string;
  readonly ssrc: number;
  /** Present when RTX (RFC 4588) was negotiated for this section. */
  readonly rtxSsrc?: number;
  readonly cname: string;
  /** The receiver's payload types. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
  readonly isPaused: boolean;
  /** Nothing is sent before it is released: the receiver does not know its SSRCs yet. Default false. */
  readonly isHeld?: boolean;
  /** Default {@link NO_LAYER_LIMIT}. */
  readonly preference?: LayerPreference;
  /** Told to a receiver that takes the header extension, in place of what the publisher says. Default: what that says. */
  readonly playoutDelay?: PlayoutDelay;
}

/** Which layers of a Producer a Consumer sends. */
export interface ConsumerLayers {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
}

/** Why a Transport ended. */
export type TransportCloseReason = "closed" | "dtlsFailed" | "dtlsClosed" | "consentExpired" | "connectTimeout";

export type TransportState =
  /** Waiting for the peer's first valid STUN check. */
  | { readonly type: "new" }
  | { readonly type: "connecting" }
  | { readonly type: "connected" }
  | { readonly type: "closed"; readonly reason: TransportCloseReason };

/** What the core tells its owner, outside the packet path. */
export type MediaEvent =
  | { readonly type: "transportState"; readonly transportId: string; readonly state: TransportState }
  /**
   * What a Consumer of video sends has changed; undefined: nothing now. `isStarved`: nothing because the path to the receiver does
   * not carry it (not because it is paused, or because the publisher sends nothing).
   */
  | {
      readonly type: "consumerLayers";
      readonly consumerId: string;
      readonly layers: ConsumerLayers | undefined;
      readonly isStarved: boolean;
    }
  /** Audio levels since the last report, loudest first; level 0–127 in -dBov as RFC 6464 has it (0 is loudest). */
  | { readonly type: "audioLevels"; readonly routerId: string; readonly levels: readonly AudioLevel[] }
  /** Whom the picture should follow (Volfin and Cohen); undefined when the dominant speaker has left or was muted. */
  | { readonly type: "dominantSpeaker"; readonly routerId: string; readonly producerId: string | undefined }
  /** Opened by either side; it can be sent on. */
  | ({ readonly type: "dataChannelOpened"; readonly transportId: string } & DataChannelParameters)
  | { readonly type: "dataChannelClosed"; readonly transportId: string; readonly label: string }
  | {
      readonly type: "dataMessage";
      readonly transportId: string;
      readonly label: string;
      readonly isBinary: boolean;
      /** UTF-8 when it is not binary. A memory of its own. */
      readonly payload: Uint8Array;
    }
  /** Messages that this peer reads too slowly to be sent, or that are longer than it takes: so many since the last such event. */
  | { readonly type: "dataDropped"; readonly transportId: string; readonly messages: number };

export interface AudioLevel {
  readonly producerId: string;
  /** Smallest (loudest) level seen in the interval, in -dBov. */
  readonly level: number;
  /** Share of the interval's packets with a level ≤ 35 (LiveKit's rule), 0–1. */
  readonly activeRatio: number;
}
