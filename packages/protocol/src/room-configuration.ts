import { MAX_METADATA_LENGTH, MAX_NAME_LENGTH } from "./limits.js";
import { bool, fields, InvalidValue, integer, isObject, list, type Parser, text, textMap } from "./validation/parser.js";

/** LiveKit's RoomConfiguration, as a token carries it (protobuf's JSON). Absent and zero: as the server is configured. */
export interface RoomConfiguration {
  readonly name?: string;
  /** How long the room waits for its first participant, s. */
  readonly emptyTimeout?: number;
  /** How long it is kept after its last participant left, s. */
  readonly departureTimeout?: number;
  readonly maxParticipants?: number;
  readonly metadata?: string;
  readonly agents?: readonly RoomAgent[];
  readonly syncStreams?: boolean;
  /** ms */
  readonly minPlayoutDelay?: number;
  readonly maxPlayoutDelay?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** An agent that is to come into the room. */
export interface RoomAgent {
  readonly agentName?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Which version of the agent. */
  readonly deployment?: string;
}

/** Agents one room may ask for. */
const MAX_ROOM_AGENTS = 32;
/** LiveKit's field is 32 bits wide. */
const uint32 = integer(0, 0xffff_ffff);
const tags = textMap(64, 256, 4_096);

const parseFields: Parser<RoomConfiguration> = fields(
  {},
  {
    name: text(0, MAX_NAME_LENGTH),
    emptyTimeout: uint32,
    departureTimeout: uint32,
    maxParticipants: uint32,
    metadata: text(0, MAX_METADATA_LENGTH),
    agents: list(
      fields(
        {},
        {
          agentName: text(0, MAX_NAME_LENGTH),
          metadata: text(0, MAX_METADATA_LENGTH),
          attributes: tags,
          deployment: text(0, MAX_NAME_LENGTH),
        },
      ),
      MAX_ROOM_AGENTS,
    ),
    syncStreams: bool,
    minPlayoutDelay: uint32,
    maxPlayoutDelay: uint32,
    tags,
  },
);

/** Takes null for absent, as LiveKit's own writers do. */
export const parseRoomConfiguration: Parser<RoomConfiguration> = (value) => {
  if (!isObject(value)) throw new InvalidValue("an object");
  return parseFields(Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)));
};
