import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";

/** Nobody came, or came back, for long enough; it was deleted; the node ends. */
export type RoomCloseReason = "roomClosed" | "roomDeleted" | "nodeShutdown";

/**
 * Hears of everything that happens in the rooms of this node, in order: webhooks and agents. It is called in the middle of
 * things: it takes what it needs at once, and whatever it wants done in a room it does later.
 */
export interface RoomObserver {
  handleRoomStarted(room: Room): void;
  handleRoomEvent(room: Room, event: RoomEvent): void;
  /** Nobody is in it any more. */
  handleRoomFinished(room: Room, reason: RoomCloseReason): void;
}
