import { parseRoomConfiguration, type RoomConfiguration, SluiceError } from "@sluice/protocol";
import { nearestName } from "./nearest-name.js";

/** Room configurations by the name under which tokens and requests ask for them. */
export type RoomPresets = ReadonlyMap<string, RoomConfiguration>;

const MAX_PRESETS = 1_000;
const MAX_NAME_LENGTH = 256;
/** Of a configuration and of an agent in it. */
const FIELDS = [
  "name",
  "emptyTimeout",
  "departureTimeout",
  "maxParticipants",
  "metadata",
  "agents",
  "syncStreams",
  "minPlayoutDelay",
  "maxPlayoutDelay",
  "tags",
];
const AGENT_FIELDS = ["agentName", "metadata", "attributes"];
export const ROOM_PRESETS_RANGE = "a map of names to settings; as text, its JSON";

/** Keys in snake_case, kebab-case or camelCase, times in s, playout delays in ms. Throws SluiceError `invalidArgument`. */
export function parseRoomPresets(value: unknown): RoomPresets {
  const source = typeof value === "string" ? parseJson(value) : value;
  const entries = isMap(source) ? Object.entries(source) : undefined;
  if (entries === undefined || entries.length > MAX_PRESETS) throw mismatch(ROOM_PRESETS_RANGE);
  return new Map(
    entries.map(([name, preset]) => [name.slice(0, MAX_NAME_LENGTH), parsePreset(name.slice(0, MAX_NAME_LENGTH), preset)]),
  );
}

function parsePreset(name: string, value: unknown): RoomConfiguration {
  const configuration = inCamelCase(name, value, FIELDS);
  const { agents } = configuration;
  try {
    return parseRoomConfiguration({
      ...configuration,
      ...(Array.isArray(agents) ? { agents: agents.map((agent) => inCamelCase(`${name}.agents`, agent, AGENT_FIELDS)) } : {}),
    });
  } catch (error) {
    if (error instanceof SluiceError || !(error instanceof Error)) throw error;
    throw mismatch(`a good configuration of rooms as "${name}": ${error.message}`);
  }
}

function inCamelCase(where: string, value: unknown, fields: readonly string[]): Record<string, unknown> {
  if (!isMap(value)) throw mismatch(`a map of settings as "${where}"`);
  const entries = Object.entries(value).map(([key, field]) => {
    const camel = key.replaceAll(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (fields.includes(camel)) return [camel, field] as const;
    throw mismatch(`no "${key.slice(0, 64)}" in "${where}": did you mean ${nearestName(camel, fields)}?`);
  });
  return Object.fromEntries(entries);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError("invalidArgument", `expected ${ROOM_PRESETS_RANGE}`, { cause });
  }
}

function mismatch(expected: string): SluiceError {
  return new SluiceError("invalidArgument", `expected ${expected}`);
}
