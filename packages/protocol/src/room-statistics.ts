import type { ParticipantInfo, ParticipantStats, RoomInfo } from "./methods.js";
import { MAX_ITEMS, participant, participantStats, room } from "./server-messages.js";
import { fields, list, type Parser } from "./validation/parser.js";

/** The answer to `GET /rooms/ROOM/stats`: one room's media as the node sees it. docs/reference/http.md is the same in prose. */
export interface RoomStatistics {
  readonly room: RoomInfo;
  /** In the order in which they came, hidden ones too. */
  readonly participants: readonly ParticipantInfo[];
  /** Of the same participants, or of the one that was asked for. */
  readonly statistics: readonly ParticipantStats[];
}

const parser: Parser<RoomStatistics> = fields({
  room,
  participants: list(participant, MAX_ITEMS),
  statistics: list(participantStats, MAX_ITEMS),
});

/** Throws SluiceError `invalidArgument` for what no server of ours says. */
export function parseRoomStatistics(value: unknown): RoomStatistics {
  return parser(value);
}
