/** The ways into a room; `room`: forwarded from another room. For counting alone: what somebody may is the same everywhere. */
export const PARTICIPANT_DOORS = ["jsonrpc", "livekit", "whip", "whep", "room"] as const;

export type ParticipantDoor = (typeof PARTICIPANT_DOORS)[number];
