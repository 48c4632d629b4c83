import { DisconnectReason } from "@livekit/protocol";
import type { LeaveReason } from "@sluice/protocol";

const REASONS: Partial<Record<DisconnectReason, LeaveReason>> = {
  [DisconnectReason.CLIENT_INITIATED]: "clientLeft",
  [DisconnectReason.DUPLICATE_IDENTITY]: "duplicateIdentity",
  [DisconnectReason.SERVER_SHUTDOWN]: "nodeShutdown",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.ROOM_DELETED]: "roomDeleted",
  [DisconnectReason.STATE_MISMATCH]: "stateMismatch",
  [DisconnectReason.JOIN_FAILURE]: "joinFailed",
  [DisconnectReason.MIGRATION]: "moved",
  [DisconnectReason.ROOM_CLOSED]: "roomClosed",
};

/** What only newer servers say, or has no word of ours, is a connection that was lost. */
export function leaveReason(reason: DisconnectReason | undefined): LeaveReason {
  return (reason === undefined ? undefined : REASONS[reason]) ?? "connectionLost";
}
