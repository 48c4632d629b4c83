/** What goes into a {@link Negotiation} and what comes out of it; all of it plain data. */
import type { MediaKind, RtpCodec } from "@sluice/media";
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
  /** State to open the Consumer in; false unless told. A change is no matter of negotiation. */
  readonly isPaused?: boolean;
}

export interface OfferInput {
  readonly sdp: string;
  readonly published: readonly PublishedTrack[];
  /** In order of importance: the first ones get the sections there are. A track that has a section keeps it. */
  readonly wanted: readonly WantedTrack[];
}

type WithoutTransport<T> = T extends { readonly transportId: string } ? Omit<T, "transportId"> : T;

/** For the worker, in this order; the owner adds the `transportId` where the message has one. */
export type NegotiationCommand = WithoutTransport<
  Extract<ToWorker, { readonly type: "connectTransport" | "openProducer" | "closeProducer" | "openConsumer" | "closeConsumer" }>
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
  /** Sections that the client would have to offer on top of what it did; zeros when every wanted track has its place. */
  readonly missing: SectionCounts;
  /** For `negotiationNeeded`: the receiving sections there are, and the missing ones. */
  readonly needed: SectionCounts;
  /** Wanted tracks of which the client cannot take the codec. */
  readonly unsupported: readonly string[];
}
