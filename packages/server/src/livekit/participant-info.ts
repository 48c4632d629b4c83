import { type DisconnectReason, ParticipantInfo, ParticipantInfo_State } from "@livekit/protocol";
import type { Participant } from "../room/participant.js";
import { LIVEKIT_KINDS, liveKitKindDetails } from "./participant-kind.js";
import { participantPermission } from "./participant-permission.js";
import { trackInfo } from "./track-info.js";

/** All that LiveKit's clients and server SDKs know of a participant: always the whole of it. */
export function participantInfo(participant: Participant): ParticipantInfo {
  const { participantId, identity, name, metadata, attributes, joinedAt, permissions, tracks, client } = participant;
  return new ParticipantInfo({
    sid: participantId,
    identity,
    name,
    metadata,
    attributes: { ...attributes },
    state: participant.state === "active" ? ParticipantInfo_State.ACTIVE : ParticipantInfo_State.JOINED,
    version: participant.version,
    joinedAt: BigInt(Math.floor(joinedAt / 1000)),
    joinedAtMs: BigInt(joinedAt),
    kind: LIVEKIT_KINDS[participant.kind],
    kindDetails: liveKitKindDetails(participant.kindDetails),
    permission: participantPermission(permissions),
    isPublisher: tracks.size > 0,
    tracks: [...tracks.values()].map(trackInfo),
    clientProtocol: client.clientProtocol,
    capabilities: [...client.capabilities],
  });
}

/** Who is no longer there: clients remove it by the state, and look at nothing else but who it was. */
export function disconnectedInfo(sid: string, identity: string, disconnectReason: DisconnectReason): ParticipantInfo {
  return new ParticipantInfo({ sid, identity, state: ParticipantInfo_State.DISCONNECTED, disconnectReason });
}
