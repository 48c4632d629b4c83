import { parseDuration } from "../flags/duration.js";
import { choiceFlag, integerFlag, isSet, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { defaultSampleEvery, LAYOUTS, type MediaPlan } from "../load/media/media-plan.js";
import { parseBitrate, parseImpairment } from "../load/media/parse-impairment.js";
import { DOOR_NAMES } from "../participant/door.js";
import { UsageError } from "../usage-error.js";
import type { CommandContext } from "./command.js";
import { readCredentials } from "./credentials.js";
import { readNodeUrl } from "./node-url.js";

const MAX_MEMBERS = 100_000;
const MAX_ROOMS = 10_000;
/** What one process holds (MediaHost). */
export const MAX_PER_PROCESS = 3_000;
const MAX_PROCESSES = 64;
const MAX_FRAME_RATE = 120;
const MAX_BITRATE_BPS = 50_000_000;

/** Throws UsageError. */
export function planLoadtest(flags: Flags, context: CommandContext): MediaPlan {
  const impair = textFlag(flags, "impair");
  const rooms = integerFlag(flags, "rooms", 1, MAX_ROOMS) ?? 1;
  const subscribers = integerFlag(flags, "subscribers", 0, MAX_MEMBERS) ?? 10;
  const videoPublishers = integerFlag(flags, "publishers", 0, MAX_MEMBERS) ?? 1;
  const audioPublishers = integerFlag(flags, "audio-publishers", 0, MAX_MEMBERS) ?? 0;
  const processes = integerFlag(flags, "processes", 1, MAX_PROCESSES) ?? 1;
  const members = rooms * (subscribers + videoPublishers + audioPublishers);
  if (members === 0) throw new UsageError("nobody is left: --publishers, --audio-publishers and --subscribers are 0");
  if (members > processes * MAX_PER_PROCESS) {
    throw new UsageError(
      `${members} participants take --processes ${Math.ceil(members / MAX_PER_PROCESS)}: one holds ${MAX_PER_PROCESS}`,
    );
  }
  const bitrateBps = parseBitrate(textFlag(flags, "bitrate") ?? "1mbps", "bitrate");
  if (bitrateBps > MAX_BITRATE_BPS) throw new UsageError(`--bitrate: at most ${MAX_BITRATE_BPS / 1e6}mbps`);
  return {
    url: readNodeUrl(flags, context),
    door: choiceFlag(flags, "door", DOOR_NAMES) ?? "jsonrpc",
    ...readCredentials(flags, context),
    roomPrefix: textFlag(flags, "room") ?? "loadtest",
    rooms,
    videoPublishers,
    audioPublishers,
    subscribers,
    isHidden: isSet(flags, "hidden"),
    bitrateBps,
    frameRate: integerFlag(flags, "frame-rate", 1, MAX_FRAME_RATE) ?? 30,
    layout: choiceFlag(flags, "layout", LAYOUTS) ?? "grid",
    durationMs: parseDuration(textFlag(flags, "duration") ?? "30s", "duration"),
    joinsPerSecond: integerFlag(flags, "join-rate", 1, 100_000) ?? 50,
    sampleEvery: integerFlag(flags, "sample", 1, MAX_MEMBERS) ?? defaultSampleEvery(rooms * subscribers),
    impairment: impair === undefined ? undefined : parseImpairment(impair),
    processes: Math.min(processes, members),
    timeoutMs: parseDuration(textFlag(flags, "timeout") ?? "15s", "timeout"),
  };
}
