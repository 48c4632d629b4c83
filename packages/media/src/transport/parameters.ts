/** Commands to the media core as plain data, so that they cross a process boundary unchanged. */
import type { DtlsRole, Fingerprint } from "../dtls/dtls-port.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import type { MediaKind, RtpCodec, RtpHeaderExtension, RtpParameters } from "../rtp/rtp-parameters.js";

export interface TransportParameters {
  /** "lite": we answer checks and never start one (an SFU). "controlling": we check and nominate (our own clients). */
  readonly iceRole: "lite" | "controlling";
  readonly localIce: IceCredentials;
}

/** What the peer's description says about its side of the Transport. */
export interface RemoteTransportParameters {
  readonly ice: IceCredentials;
  /** Needed by the controlling role only. */
  readonly candidates: readonly IceCandidate[];
  readonly fingerprints: readonly Fingerprint[];
  /** Our role, after `a=setup` has been negotiated. */
  readonly dtlsRole: DtlsRole;
}

export interface ProducerParameters {
  readonly producerId: string;
  readonly rtp: RtpParameters;
  readonly isPaused: boolean;
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
  /** Audio levels since the last report, loudest first; level 0–127 in -dBov as RFC 6464 has it (0 is loudest). */
  | { readonly type: "audioLevels"; readonly routerId: string; readonly levels: readonly AudioLevel[] };

export interface AudioLevel {
  readonly producerId: string;
  /** Smallest (loudest) level seen in the interval, in -dBov. */
  readonly level: number;
  /** Share of the interval's packets with a level ≤ 35 (LiveKit's rule), 0–1. */
  readonly activeRatio: number;
}
