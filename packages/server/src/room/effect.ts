import type { LeaveReason, Notification } from "@sluice/protocol";

/** What a room wants done after a command, in this order. */
export type RoomEffect =
  /** Tell these participants (all of them connected). One object for all, so that it is serialised once. */
  | { readonly type: "notify"; readonly participantIds: readonly string[]; readonly notification: Notification }
  /** Which tracks this participant is to receive has changed. */
  | { readonly type: "wantedTracksChanged"; readonly participantId: string }
  | { readonly type: "trackPaused"; readonly trackId: string; readonly isPaused: boolean }
  | {
      readonly type: "subscriptionPaused";
      readonly participantId: string;
      readonly trackId: string;
      readonly isPaused: boolean;
    }
  | { readonly type: "trackClosed"; readonly trackId: string; readonly participantId: string }
  /** The participant is no longer in the room; its signaling connection, if there still is one, must learn why. */
  | { readonly type: "participantClosed"; readonly participantId: string; readonly reason: LeaveReason };
