import type { PlayoutDelay } from "@sluice/media";
import type { RoomSettings } from "../room/room-settings.js";
import type { ToWorker } from "../worker/messages.js";

/** Where a room sets a minimum only, ms: what libwebrtc has when nobody says anything (VCMTiming). */
const DEFAULT_MAX_PLAYOUT_DELAY_MS = 10_000;

/** [RM99] The command, and with a new Consumer of video how long its receiver is to buffer, where the room says so. */
export function withPlayoutDelay(command: ToWorker, settings: RoomSettings): ToWorker {
  const playoutDelay = command.type === "openConsumer" && command.parameters.kind === "video" && playoutDelayOf(settings);
  if (command.type !== "openConsumer" || !playoutDelay) return command;
  return { ...command, parameters: { ...command.parameters, playoutDelay } };
}

function playoutDelayOf({ minPlayoutDelayMs: minMs, maxPlayoutDelayMs: maxMs }: RoomSettings): PlayoutDelay | undefined {
  if (minMs === 0 && maxMs === 0) return undefined;
  return { minMs, maxMs: maxMs === 0 ? DEFAULT_MAX_PLAYOUT_DELAY_MS : maxMs };
}
