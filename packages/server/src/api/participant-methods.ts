import {
  ListParticipantsRequest,
  ListParticipantsResponse,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
  UpdateParticipantRequest,
} from "@livekit/protocol";
import { participantInfo } from "../livekit/participant-info.js";
import { permissionsFrom } from "../livekit/participant-permission.js";
import type { ParticipantUpdate } from "../room/room-options.js";
import type { Rooms } from "../session/rooms.js";
import { findParticipant } from "./find.js";
import { ROOM_ADMIN } from "./twirp/grant.js";
import { LongList } from "./twirp/long-list.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

/** Methods of RoomService about who is in a room. */
export function participantMethods(rooms: Rooms): TwirpService {
  return new Map([
    [
      "ListParticipants",
      twirpMethod({
        request: ListParticipantsRequest,
        grant: ROOM_ADMIN,
        handle: ({ room }) => {
          const present = rooms.find(room)?.room.participants ?? [];
          const answerOf = (start: number, end: number) =>
            new ListParticipantsResponse({ participants: present.slice(start, end).map(participantInfo) });
          return new LongList({ field: "participants", length: present.length, answerOf });
        },
      }),
    ],
    [
      "GetParticipant",
      twirpMethod({
        request: RoomParticipantIdentity,
        grant: ROOM_ADMIN,
        handle: ({ room, identity }) => participantInfo(findParticipant(rooms, room, identity).participant),
      }),
    ],
    [
      "RemoveParticipant",
      twirpMethod({
        request: RoomParticipantIdentity,
        grant: ROOM_ADMIN,
        handle: ({ room, identity }) => {
          const { session, participant } = findParticipant(rooms, room, identity);
          session.leave(participant.participantId, "removed");
          return new RemoveParticipantResponse();
        },
      }),
    ],
    [
      "UpdateParticipant",
      twirpMethod({
        request: UpdateParticipantRequest,
        grant: ROOM_ADMIN,
        handle: (request) => {
          const { session, participant } = findParticipant(rooms, request.room, request.identity);
          session.command((room) => room.update(participant.participantId, updateOf(request)));
          return participantInfo(participant);
        },
      }),
    ],
  ]);
}

/** Empty text means that nothing is said. */
function updateOf({ name, metadata, attributes, permission }: UpdateParticipantRequest): ParticipantUpdate {
  return {
    ...(name === "" ? {} : { name }),
    ...(metadata === "" ? {} : { metadata }),
    ...(permission === undefined ? {} : { permissions: permissionsFrom(permission) }),
    attributes,
  };
}
