import type { LeaveReason } from "@sluice/protocol";
import type { Participant } from "./participant.js";
import type { Track } from "./track.js";

/**
 * What those outside a room want to know of it: webhooks and agents. The participant and the track are the room's own: whoever
 * keeps something of them copies it at once.
 */
export type RoomEvent =
  /** Its media connection stands. */
  | { readonly type: "participantJoined"; readonly participant: Participant }
  | { readonly type: "participantLeft"; readonly participant: Participant; readonly reason: LeaveReason }
  /** It left before its media connection stood. */
  | { readonly type: "participantConnectionAborted"; readonly participant: Participant; readonly reason: LeaveReason }
  /** What is sent was agreed with its publisher. */
  | { readonly type: "trackPublished"; readonly participant: Participant; readonly track: Track }
  | { readonly type: "trackUnpublished"; readonly participant: Participant; readonly track: Track };
