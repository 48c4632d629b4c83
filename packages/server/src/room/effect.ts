import type { LeaveReason, Notification } from "@sluice/protocol";
import type { RoomEvent } from "./room-event.js";

/** What a room wants done after a command, in this order. */
export type RoomEffect =
  /** Tell these participants (all of them connected). One object for all, so that it is serialised once. */
  | { readonly type: "notify"; readonly participantIds: readonly string[]; readonly notification: Notification }
  /** Which tracks this participant is to receive has changed. */
  | { readonly type: "wantedTracksChanged"; readonly participantId: string }
  | { readonly type: "trackPaused"; readonly trackId: string; readonly isPaused: boolean }
  /** A subscriber wants something else of a track that it receives. */
  | { readonly type: "wishChanged"; readonly participantId: string; readonly trackId: string }
  /** Who receives this video, or what they want of it, has changed: perhaps not all of its layers are worth sending. */
  | { readonly type: "demandChanged"; readonly trackId: string }
  /** The publisher sends the track in other layers than it said before. */
  | { readonly type: "layersAnnounced"; readonly trackId: string }
  | { readonly type: "trackClosed"; readonly trackId: string; readonly participantId: string }
  /** For those outside who listen. */
  | { readonly type: "happened"; readonly event: RoomEvent }
  /** How many are in the room, or publish: to be told soon, not at once. */
  | { readonly type: "countsChanged" }
  /** The participant is no longer in the room; its signaling connection, if there still is one, must learn why. */
  | { readonly type: "participantClosed"; readonly participantId: string; readonly reason: LeaveReason };
