import type { ParticipantInfo, RoomInfo } from "../methods.js";

/** A participant without anything that a test does not ask for. */
export function participantInfo(info: Partial<ParticipantInfo> = {}): ParticipantInfo {
  return {
    participantId: "PA_1",
    identity: "ann",
    name: "",
    metadata: "",
    attributes: {},
    joinedAt: 0,
    kind: "standard",
    state: "active",
    permissions: { canPublish: true, canSubscribe: true, canPublishData: true, canUpdateMetadata: false },
    tracks: [],
    ...info,
  };
}

export function roomInfo(info: Partial<RoomInfo> = {}): RoomInfo {
  return { roomId: "RM_1", name: "demo", metadata: "", participantCount: 1, publisherCount: 0, ...info };
}
