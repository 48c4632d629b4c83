import type { Config } from "../config/config.js";
import type { Rooms } from "../session/rooms.js";
import { dataMethods } from "./data-methods.js";
import { movingMethods } from "./moving-methods.js";
import { participantMethods } from "./participant-methods.js";
import { roomMethods } from "./room-methods.js";
import { trackMethods } from "./track-methods.js";
import type { TwirpService } from "./twirp/twirp-method.js";

/** LiveKit's RoomService: rooms and who is in them, for whoever has an API key. docs/reference/server-api.md has its methods. */
export function createRoomService(rooms: Rooms, config: Config["room"]): TwirpService {
  return new Map([
    ...roomMethods(rooms),
    ...participantMethods(rooms),
    ...trackMethods(rooms, config),
    ...dataMethods(rooms),
    ...movingMethods(rooms),
  ]);
}
