import type { MsidOf } from "../signaling/negotiation/negotiation-types.js";

/** How a participant's client negotiates; what is left out is as the JSON-RPC door has it. */
export interface MediaForm {
  /**
   * "single": one peer connection, of which the client makes the offers; unless told. "dual": one that the client offers and sends in,
   * and one that the node offers and the client receives in.
   */
  readonly connections?: "single" | "dual";
  /** See NegotiationOptions. */
  readonly msidOf?: MsidOf;
  /** See NegotiationOptions. */
  readonly acceptsUnpublished?: boolean;
  /**
   * The client is asked for an offer also when it receives less than before: some learn only by the answer that a track is over.
   * False unless told: its section is freed by its next offer, whenever that comes.
   */
  readonly freesSections?: boolean;
  /** Whether a video may be stopped for want of bandwidth; its smallest layer is sent otherwise. True unless told. */
  readonly mayPauseVideo?: boolean;
  /**
   * There is nobody who could be told to begin anew: the participant leaves when the Transport that it has offered ends, or its worker
   * dies. False unless told.
   */
  readonly endsWithTransport?: boolean;
}
