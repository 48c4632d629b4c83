/**
 * A session description as plain data: what WebRTC uses of SDP (RFC 8866, 8829), with session-level attributes already
 * inherited by the sections. Attributes unknown here are dropped by the parser.
 */
import type { Fingerprint } from "../dtls/dtls-port.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import type { RtpCodec } from "../rtp/rtp-parameters.js";

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** RFC 4145 §4, RFC 8842 §5.1; "holdconn" is not used by DTLS. */
export type Setup = "actpass" | "active" | "passive";

export interface SessionDescription {
  readonly origin: Origin;
  /** RFC 5888; BUNDLE is RFC 8843. */
  readonly groups: readonly MediaGroup[];
  /** RFC 8839 §5.3. */
  readonly iceLite: boolean;
  readonly sections: readonly MediaSection[];
}

/** RFC 8866 §5.2. Ids are decimal numbers of up to 64 bits, so they stay text. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
}

export interface MediaGroup {
  readonly semantics: string;
  readonly mids: readonly string[];
}

export interface MediaSection {
  /** "audio", "video", "application" or anything else. */
  readonly kind: string;
  /** 0 means rejected, unless `bundleOnly`. */
  readonly port: number;
  /** As written, e.g. "UDP/TLS/RTP/SAVPF". */
  readonly protocol: string;
  /** Of the `m=` line: payload types in order of preference, or "webrtc-datachannel". */
  readonly formats: readonly string[];
  readonly mid?: string;
  /** Means nothing for SCTP and is "sendrecv" there. */
  readonly direction: Direction;
  readonly bundleOnly: boolean;
  readonly ice?: IceCredentials;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  /** UDP, component 1, numeric addresses; the others are dropped. */
  readonly candidates: readonly IceCandidate[];
  readonly endOfCandidates: boolean;
  readonly rtcpMux: boolean;
  /** RFC 5506. */
  readonly rtcpReducedSize: boolean;
  /** In order of `formats`; formats without an rtpmap (and without a static meaning) are left out. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly SdpHeaderExtension[];
  /** RFC 8285 §6. */
  readonly extmapAllowMixed: boolean;
  readonly msids: readonly Msid[];
  readonly ssrcs: readonly SsrcAttribute[];
  readonly ssrcGroups: readonly SsrcGroup[];
  readonly rids: readonly RidAttribute[];
  readonly simulcast?: Simulcast;
  /** RFC 8841 §5. */
  readonly sctpPort?: number;
  /** RFC 8841 §6; 0 is any size. */
  readonly maxMessageSizeBytes?: number;
}

/** RFC 8285 §5. */
export interface SdpHeaderExtension {
  readonly id: number;
  readonly uri: string;
  /** Absent means sendrecv. */
  readonly direction?: Direction;
}

/** RFC 8830; `streamId` "-" is no stream. */
export interface Msid {
  readonly streamId: string;
  readonly trackId?: string;
}

/** RFC 5576 §4.1. */
export interface SsrcAttribute {
  readonly ssrc: number;
  readonly cname?: string;
}

/** RFC 5576 §4.2: "FID" pairs a stream with its retransmissions, "SIM" lists simulcast streams. */
export interface SsrcGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** RFC 8851. */
export interface RidAttribute {
  readonly rid: string;
  readonly direction: "send" | "recv";
  /** Absent: any of the section. */
  readonly payloadTypes?: readonly number[];
  /** Everything but `pt=`, as written: "max-width=1280;max-fps=30". Empty when there is none. */
  readonly restrictions: string;
}

/** RFC 8853: for each stream its alternatives, best first. */
export interface Simulcast {
  readonly send: readonly (readonly SimulcastRid[])[];
  readonly recv: readonly (readonly SimulcastRid[])[];
}

export interface SimulcastRid {
  readonly rid: string;
  readonly isPaused: boolean;
}

/** Whether the author of a section with this direction wants to send. */
export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether the author of a section with this direction wants to receive. */
export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

export function directionOf(isSending: boolean, isReceiving: boolean): Direction {
  if (isSending) return isReceiving ? "sendrecv" : "sendonly";
  return isReceiving ? "recvonly" : "inactive";
}

/** Port zero says no to a section, except beside `a=bundle-only` (RFC 8843 §6). */
export function isRejected(section: MediaSection): boolean {
  return section.port === 0 && !section.bundleOnly;
}

/** The BUNDLE group's first section that was not rejected: its ICE and DTLS attributes count (RFC 8843 §7.2). */
export function taggedSection(description: SessionDescription): MediaSection | undefined {
  const open = description.sections.filter((section) => !isRejected(section));
  const bundle = description.groups.find((group) => group.semantics === "BUNDLE");
  if (bundle === undefined) return open[0];
  const byMid = new Map(open.map((section) => [section.mid, section]));
  for (const mid of bundle.mids) {
    const section = byMid.get(mid);
    if (section !== undefined) return section;
  }
  return undefined;
}
