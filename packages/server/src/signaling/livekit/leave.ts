import { DisconnectReason, LeaveRequest, LeaveRequest_Action } from "@livekit/protocol";
import type { LeaveReason } from "@sluice/protocol";
import { DISCONNECT_REASONS } from "../../livekit/disconnect-reason.js";

const { DISCONNECT, RECONNECT } = LeaveRequest_Action;

/** What a client is to do once its session is over: those whose call can go on come again by themselves. */
const ACTIONS: { readonly [R in LeaveReason]: LeaveRequest_Action } = {
  clientLeft: DISCONNECT,
  connectionLost: RECONNECT,
  duplicateIdentity: DISCONNECT,
  removed: DISCONNECT,
  roomClosed: DISCONNECT,
  roomDeleted: DISCONNECT,
  tokenExpired: DISCONNECT,
  // Another node, or this one after its restart, takes the call on.
  nodeShutdown: RECONNECT,
  joinFailed: DISCONNECT,
  stateMismatch: RECONNECT,
  moved: RECONNECT,
};

export function leaveRequest(reason: DisconnectReason, action: LeaveRequest_Action): LeaveRequest {
  // canReconnect is what clients looked at before there were actions.
  return new LeaveRequest({ reason, action, canReconnect: action !== DISCONNECT });
}

export function leaveBecause(reason: LeaveReason): LeaveRequest {
  return leaveRequest(DISCONNECT_REASONS[reason], ACTIONS[reason]);
}

/** The session is not here (any more), or not as the client thinks: it begins anew. */
export function leaveAndReconnect(): LeaveRequest {
  return leaveRequest(DisconnectReason.STATE_MISMATCH, RECONNECT);
}
