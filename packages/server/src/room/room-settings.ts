import { MAX_METADATA_LENGTH, type RoomAgent, type RoomConfiguration, SluiceError } from "@sluice/protocol";
import { FORWARDED_CODECS } from "./codec-names.js";

/** What can be different from room to room, and change while it is there. */
export interface RoomSettings {
  /** How long the room waits for its first participant, ms. */
  readonly emptyTimeoutMs: number;
  /** How long it is kept after its last participant left, ms. */
  readonly departureTimeoutMs: number;
  /** Dependent ones are not counted [RM7]; 0: as many as the node allows. */
  readonly maxParticipants: number;
  readonly metadata: string;
  /** What receivers are to buffer, ms; 0: as they like. */
  readonly minPlayoutDelayMs: number;
  readonly maxPlayoutDelayMs: number;
  /** All tracks of a participant are played in sync. */
  readonly syncStreams: boolean;
  /** MIME types of what may be published in it. */
  readonly enabledCodecs: readonly string[];
  /** Agents that are to come into it. */
  readonly agents: readonly RoomAgent[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What a room has when nobody says more. */
export const DEFAULT_ROOM_SETTINGS: RoomSettings = {
  emptyTimeoutMs: 300_000,
  departureTimeoutMs: 20_000,
  maxParticipants: 0,
  metadata: "",
  minPlayoutDelayMs: 0,
  maxPlayoutDelayMs: 0,
  syncStreams: false,
  enabledCodecs: FORWARDED_CODECS,
  agents: [],
  tags: {},
};

/** A day: a room that waits longer is one that was forgotten, and timers end at 24 days. */
const MAX_ROOM_TIMEOUT_MS = 86_400_000;

/** What a token or a request says of a room, absent and zero left out. */
export function settingsOf(configuration: RoomConfiguration): Partial<RoomSettings> {
  const { emptyTimeout = 0, departureTimeout = 0, agents = [], tags = {}, syncStreams = false } = configuration;
  const settings: Partial<RoomSettings> = {
    emptyTimeoutMs: emptyTimeout * 1000,
    departureTimeoutMs: departureTimeout * 1000,
    maxParticipants: configuration.maxParticipants ?? 0,
    metadata: configuration.metadata ?? "",
    minPlayoutDelayMs: configuration.minPlayoutDelay ?? 0,
    maxPlayoutDelayMs: configuration.maxPlayoutDelay ?? 0,
    syncStreams,
  };
  const told = Object.fromEntries(Object.entries(settings).filter(([, value]) => Boolean(value)));
  return {
    ...told,
    ...(agents.length === 0 ? {} : { agents }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

/** `settings` with `changes`, timeouts bounded. Throws SluiceError `resourceExhausted` for metadata that is too long. */
export function changeSettings(settings: RoomSettings, changes: Partial<RoomSettings>): RoomSettings {
  const changed = { ...settings, ...changes };
  const { length } = changed.metadata;
  if (length > MAX_METADATA_LENGTH) {
    const text = `the metadata has ${length} characters, the limit is ${MAX_METADATA_LENGTH}`;
    throw new SluiceError("resourceExhausted", text);
  }
  return {
    ...changed,
    emptyTimeoutMs: Math.min(changed.emptyTimeoutMs, MAX_ROOM_TIMEOUT_MS),
    departureTimeoutMs: Math.min(changed.departureTimeoutMs, MAX_ROOM_TIMEOUT_MS),
  };
}
