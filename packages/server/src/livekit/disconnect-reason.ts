import { DisconnectReason } from "@livekit/protocol";
import type { LeaveReason } from "@sluice/protocol";

/** Why a participant is no longer in the room, in LiveKit's words. */
export const DISCONNECT_REASONS: { readonly [R in LeaveReason]: DisconnectReason } = {
  clientLeft: DisconnectReason.CLIENT_INITIATED,
  connectionLost: DisconnectReason.CONNECTION_TIMEOUT,
  duplicateIdentity: DisconnectReason.DUPLICATE_IDENTITY,
  removed: DisconnectReason.PARTICIPANT_REMOVED,
  roomClosed: DisconnectReason.ROOM_CLOSED,
  roomDeleted: DisconnectReason.ROOM_DELETED,
  // LiveKit never ends a session by its token's age; this is nearest to what has happened.
  tokenExpired: DisconnectReason.PARTICIPANT_REMOVED,
  nodeShutdown: DisconnectReason.SERVER_SHUTDOWN,
  joinFailed: DisconnectReason.JOIN_FAILURE,
  stateMismatch: DisconnectReason.STATE_MISMATCH,
  moved: DisconnectReason.MIGRATION,
};
