import type { ErrorCode, LeaveReason, Notification } from "@sluice/protocol";
import type { ServerOffer } from "../signaling/negotiation/offering-negotiation.js";

/** A participant's signaling connection, whatever door it came through. */
export interface Client {
  /** The same object for every receiver of one event, so that a door can serialise it once. */
  notify(notification: Notification): void;
  /** The node offers what it sends, to clients with a connection of its own for that: see RoomSession.handleAnswer. */
  sendOffer?(offer: ServerOffer): void;
  /** The session is over. What was said before still leaves. */
  close(code: ErrorCode, message: string): void;
}

/** How a client learns why it is no longer in the room. */
export const CLOSE_CODE_BY_REASON: { readonly [R in LeaveReason]: ErrorCode } = {
  clientLeft: "notFound",
  connectionLost: "unavailable",
  duplicateIdentity: "alreadyExists",
  removed: "permissionDenied",
  roomClosed: "notFound",
  roomDeleted: "notFound",
  tokenExpired: "unauthenticated",
  nodeShutdown: "unavailable",
  joinFailed: "unavailable",
  stateMismatch: "failedPrecondition",
  moved: "notFound",
};
