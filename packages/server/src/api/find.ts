import { SluiceError } from "@sluice/protocol";
import type { Participant } from "../room/participant.js";
import type { Track } from "../room/track.js";
import type { RoomSession } from "../session/room-session.js";
import type { Rooms } from "../session/rooms.js";

/** Throws SluiceError `notFound`. */
export function findRoom(rooms: Rooms, name: string): RoomSession {
  const session = rooms.find(name);
  if (session === undefined) throw new SluiceError("notFound", "requested room does not exist");
  return session;
}

export interface FoundParticipant {
  readonly session: RoomSession;
  readonly participant: Participant;
}

/** Throws SluiceError `notFound`. */
export function findParticipant(rooms: Rooms, room: string, identity: string): FoundParticipant {
  const session = findRoom(rooms, room);
  const participant = session.room.withIdentity(identity);
  if (participant === undefined) throw new SluiceError("notFound", "participant does not exist");
  return { session, participant };
}

/** A track that the participant publishes. Throws SluiceError `notFound`. */
export function findTrack({ tracks }: Participant, trackId: string): Track {
  const track = tracks.get(trackId);
  if (track === undefined) throw new SluiceError("notFound", "track is not found");
  return track;
}
