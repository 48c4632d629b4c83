import { SluiceError } from "@sluice/protocol";
import type { RoomConfig } from "../config/config.js";
import { DEFAULT_ROOM_SETTINGS, type RoomSettings, settingsOf } from "../room/room-settings.js";

/** What a room has when nobody says more, as the node is configured. */
export function defaultSettings(config: RoomConfig): RoomSettings {
  const { emptyTimeoutMs, departureTimeoutMs, maxParticipants, syncStreams, enabledCodecs } = config;
  const { minPlayoutDelayMs, maxPlayoutDelayMs } = config;
  return {
    ...DEFAULT_ROOM_SETTINGS,
    emptyTimeoutMs,
    departureTimeoutMs,
    maxParticipants,
    syncStreams,
    enabledCodecs,
    minPlayoutDelayMs,
    maxPlayoutDelayMs,
  };
}

/** Settings by their name in the configuration; none by an empty one. Throws SluiceError `invalidArgument`. */
export function presetSettings({ presets }: Pick<RoomConfig, "presets">, name: string): Partial<RoomSettings> {
  if (name === "") return {};
  const preset = presets.get(name);
  if (preset === undefined) throw new SluiceError("invalidArgument", `this node has no room preset "${name}"`);
  return settingsOf(preset);
}
