import {
  CreateRoomRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  UpdateRoomMetadataRequest,
} from "@livekit/protocol";
import { InvalidValue, parseRoomConfiguration, SluiceError } from "@sluice/protocol";
import { roomInfo } from "../livekit/room-info.js";
import { type RoomSettings, settingsOf } from "../room/room-settings.js";
import type { Rooms } from "../session/rooms.js";
import { findRoom } from "./find.js";
import { roomName } from "./room-name.js";
import { ROOM_ADMIN, ROOM_CREATE, ROOM_LIST } from "./twirp/grant.js";
import { LongList } from "./twirp/long-list.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

/** Methods of RoomService about rooms as such. */
export function roomMethods(rooms: Rooms): TwirpService {
  return new Map([
    [
      "CreateRoom",
      twirpMethod({
        request: CreateRoomRequest,
        grant: ROOM_CREATE,
        handle: (request) => {
          const settings = { ...rooms.preset(request.roomPreset), ...settingsFrom(request) };
          return roomInfo(rooms.create(roomName("name", request.name), settings).room);
        },
      }),
    ],
    [
      "ListRooms",
      twirpMethod({
        request: ListRoomsRequest,
        grant: ROOM_LIST,
        handle: ({ names }) => {
          const sessions = rooms.list(names.length === 0 ? undefined : names);
          const answerOf = (start: number, end: number) =>
            new ListRoomsResponse({ rooms: sessions.slice(start, end).map(({ room }) => roomInfo(room)) });
          return new LongList({ field: "rooms", length: sessions.length, answerOf });
        },
      }),
    ],
    [
      "DeleteRoom",
      twirpMethod({
        request: DeleteRoomRequest,
        grant: ROOM_CREATE,
        handle: ({ room }) => {
          rooms.delete(room);
          return new DeleteRoomResponse();
        },
      }),
    ],
    [
      "UpdateRoomMetadata",
      twirpMethod({
        request: UpdateRoomMetadataRequest,
        grant: ROOM_ADMIN,
        handle: ({ room: name, metadata }) => {
          const session = findRoom(rooms, name);
          session.command((room) => room.setRoomMetadata(metadata));
          return roomInfo(session.room);
        },
      }),
    ],
  ]);
}

/**
 * What a request says of the room; zero and empty: as it is, or as the node has it.
 *
 * @throws SluiceError `invalidArgument` for what is out of its range, `unsupported` for what this node cannot do
 */
function settingsFrom(request: CreateRoomRequest): Partial<RoomSettings> {
  const { emptyTimeout, departureTimeout, maxParticipants, metadata, syncStreams, minPlayoutDelay, maxPlayoutDelay } = request;
  if (request.egress !== undefined) throw new SluiceError("unsupported", "egress: this node does not record");
  const agents = request.agents.map(({ agentName, metadata, attributes, deployment }) => ({
    agentName,
    metadata,
    attributes,
    ...(deployment === "" ? {} : { deployment }),
  }));
  const sizes = { emptyTimeout, departureTimeout, maxParticipants, minPlayoutDelay, maxPlayoutDelay };
  try {
    return settingsOf(parseRoomConfiguration({ ...sizes, metadata, syncStreams, agents, tags: request.tags }));
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new SluiceError("invalidArgument", `${error.path}: ${error.message}`, { cause: error });
  }
}
