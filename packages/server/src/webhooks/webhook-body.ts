import { ParticipantInfo_State, RoomEndReason, WebhookEvent } from "@livekit/protocol";
import { DISCONNECT_REASONS } from "../livekit/disconnect-reason.js";
import { participantInfo } from "../livekit/participant-info.js";
import { roomInfo } from "../livekit/room-info.js";
import { trackInfo } from "../livekit/track-info.js";
import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { RoomCloseReason } from "../session/room-observer.js";
import type { WebhookEventName } from "./webhook-events.js";

/** What webhooks are sent for. */
export type Happening =
  | { readonly type: "roomStarted" }
  | { readonly type: "roomFinished"; readonly reason: RoomCloseReason }
  | RoomEvent;

export const EVENT_NAMES: { readonly [T in Happening["type"]]: WebhookEventName } = {
  roomStarted: "room_started",
  roomFinished: "room_finished",
  participantJoined: "participant_joined",
  participantLeft: "participant_left",
  participantConnectionAborted: "participant_connection_aborted",
  trackPublished: "track_published",
  trackUnpublished: "track_unpublished",
};

const END_REASONS: { readonly [R in RoomCloseReason]: RoomEndReason } = {
  roomClosed: RoomEndReason.ROOM_END_IDLE_TIMEOUT,
  roomDeleted: RoomEndReason.ROOM_END_API_DELETE,
  nodeShutdown: RoomEndReason.ROOM_END_SERVER_SHUTDOWN,
};

/**
 * The body of a webhook: LiveKit's WebhookEvent as protobuf's JSON, with everything there is to say of the room, the participant
 * and the track as they are now.
 */
export function webhookBody(room: Room, happening: Happening, id: string, unixMs: number): string {
  return new WebhookEvent({
    event: EVENT_NAMES[happening.type],
    id,
    createdAt: BigInt(Math.floor(unixMs / 1000)),
    room: roomInfo(room),
    ...detailsOf(happening),
  }).toJsonString();
}

function detailsOf(happening: Happening): ConstructorParameters<typeof WebhookEvent>[0] {
  switch (happening.type) {
    case "roomStarted":
      return {};
    case "roomFinished":
      return { roomEndReason: END_REASONS[happening.reason] };
    case "participantJoined":
      return { participant: participantInfo(happening.participant) };
    case "participantLeft":
    case "participantConnectionAborted": {
      const participant = participantInfo(happening.participant);
      participant.state = ParticipantInfo_State.DISCONNECTED;
      participant.disconnectReason = DISCONNECT_REASONS[happening.reason];
      return { participant };
    }
    case "trackPublished":
    case "trackUnpublished":
      return { participant: participantInfo(happening.participant), track: trackInfo(happening.track) };
  }
}
