/** What goes into a {@link Negotiation} and what comes out of it; all of it plain data. */
import type { IceCredentials, LayerPreference, MediaKind, Msid, RtpCodec } from "@sluice/media";
import type { ToWorker } from "../../worker/messages.js";

/** A track of this participant, and the section in which the client sends it. */
export interface PublishedTrack {
  readonly mid: string;
  readonly trackId: string;
  /** Unique for the worker. */
  readonly producerId: string;
  readonly kind: MediaKind;
  /** State to open the Producer in; false unless told. A change is no matter of negotiation. */
  readonly isPaused?: boolean;
  /**
   * Codec that the answer names first, by its SDP name ("VP8", "red"); the offer's order unless told, or when it is not offered.
   * What was said when the Producer was opened stays said.
   */
  readonly codec?: string;
  /** MIME types to which the answer keeps; all that are forwarded unless told. It must not change while the Producer is there. */
  readonly enabledCodecs?: readonly string[];
  /** The answer leaves redundant audio (RFC 2198) out; said when the Producer is opened, as `codec` is. */
  readonly isRedDisabled?: boolean;
  /** The answer asks for Opus that stops in silence (`usedtx`, RFC 7587 §6.1). */
  readonly isDtxEnabled?: boolean;
  /** The answer asks for Opus in stereo at a rate that music needs (RFC 7587 §6.1). */
  readonly isStereo?: boolean;
}

/** A track of somebody else that this participant is to receive. */
export interface WantedTrack {
  readonly trackId: string;
  readonly producerId: string;
  readonly participantId: string;
  readonly kind: MediaKind;
  readonly cname: string;
  /** What the Producer sends, its preferred codec first: `NegotiationResult.producers[].codecs` of its own negotiation. */
  readonly codecs: readonly RtpCodec[];
  /** Audio of which both channels count: said in our own offers. False unless told. */
  readonly isStereo?: boolean;
  /** State to open the Consumer in; false unless told. A change is no matter of negotiation. */
  readonly isPaused?: boolean;
  /** Layers to open the Consumer with. A change is no matter of negotiation. */
  readonly preference?: LayerPreference;
}

export interface OfferInput {
  readonly sdp: string;
  readonly published: readonly PublishedTrack[];
  /** In order of importance: the first ones get the sections there are. A track that has a section keeps it. */
  readonly wanted: readonly WantedTrack[];
  /**
   * The client will say when it has applied the answer: Consumers that are new on a transport that stood before are opened with
   * `isHeld`, until `Negotiation.handleAnswerApplied`. False unless told.
   */
  readonly confirmsAnswer?: boolean;
  /**
   * Our new credentials, when the client restarts ICE (RFC 8445 §9): the offer has other credentials than the one before. Unless
   * told such an offer is refused.
   */
  readonly restart?: IceCredentials;
}

/** What a client is to call a received track by (`a=msid`). */
export type MsidOf = (track: { readonly trackId: string; readonly participantId: string }) => Msid;

type WithoutTransport<T> = T extends { readonly transportId: string } ? Omit<T, "transportId"> : T;

/** For the worker, in this order; the owner adds the `transportId` where the message has one. */
export type NegotiationCommand = WithoutTransport<
  Extract<
    ToWorker,
    { readonly type: "connectTransport" | "restartIce" | "openProducer" | "closeProducer" | "openConsumer" | "closeConsumer" }
  >
>;

export interface SentTrack {
  readonly mid: string;
  readonly trackId: string;
  readonly participantId: string;
  /** New whenever the Consumer had to be opened anew. */
  readonly consumerId: string;
}

export interface SectionCounts {
  readonly audio: number;
  readonly video: number;
}

export interface NegotiationResult {
  /** SDP. */
  readonly answer: string;
  /** What has to change at the worker; empty when nothing has. */
  readonly commands: readonly NegotiationCommand[];
  /** The published tracks that are being sent, with what both sides agreed on (the publisher's payload types). */
  readonly producers: readonly {
    readonly producerId: string;
    readonly trackId: string;
    readonly codecs: readonly RtpCodec[];
  }[];
  readonly sent: readonly SentTrack[];
  /** Whether Consumers wait for `Negotiation.handleAnswerApplied`. */
  readonly hasHeld: boolean;
  /** Whether the transport carries data channels: once offered, it does to its end. */
  readonly hasData: boolean;
  /** Sections that the client would have to offer on top of what it did; zeros when every wanted track has its place. */
  readonly missing: SectionCounts;
  /** For `negotiationNeeded`: the receiving sections there are, and the missing ones. */
  readonly needed: SectionCounts;
  /** Wanted tracks of which the client cannot take the codec. */
  readonly unsupported: readonly string[];
}
