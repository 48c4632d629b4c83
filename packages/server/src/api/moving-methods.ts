import {
  ForwardParticipantRequest,
  ForwardParticipantResponse,
  MoveParticipantRequest,
  MoveParticipantResponse,
} from "@livekit/protocol";
import type { Rooms } from "../session/rooms.js";
import { findParticipant } from "./find.js";
import { roomName } from "./room-name.js";
import { ROOM_ADMIN_WITH_DESTINATION } from "./twirp/grant.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

/** Methods of RoomService about two rooms. */
export function movingMethods(rooms: Rooms): TwirpService {
  return new Map([
    [
      "MoveParticipant",
      twirpMethod({
        request: MoveParticipantRequest,
        grant: ROOM_ADMIN_WITH_DESTINATION,
        handle: async ({ room, identity, destinationRoom }) => {
          findParticipant(rooms, room, identity);
          await rooms.moveParticipant(room, identity, roomName("destination_room", destinationRoom));
          return new MoveParticipantResponse();
        },
      }),
    ],
    [
      "ForwardParticipant",
      twirpMethod({
        request: ForwardParticipantRequest,
        grant: ROOM_ADMIN_WITH_DESTINATION,
        handle: ({ room, identity, destinationRoom }) => {
          findParticipant(rooms, room, identity);
          rooms.forwardParticipant(room, identity, roomName("destination_room", destinationRoom));
          return new ForwardParticipantResponse();
        },
      }),
    ],
  ]);
}
