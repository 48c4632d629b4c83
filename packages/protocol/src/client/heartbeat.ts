import type { Scheduler } from "./scheduler.js";

/** The connection is lost when this many intervals passed without an answer. */
const MAX_SILENT_INTERVALS = 3;

/**
 * Pings at a fixed interval and notices when nothing comes back. TCP alone would need minutes to see that a phone left its Wi-Fi.
 * Returns the function that stops it.
 */
export function startHeartbeat(
  scheduler: Scheduler,
  intervalMs: number,
  ping: () => Promise<unknown>,
  handleLost: () => void,
): () => void {
  let answeredMs = scheduler.nowMs();
  let cancel = () => {};
  const beat = () => {
    if (scheduler.nowMs() - answeredMs >= MAX_SILENT_INTERVALS * intervalMs) return handleLost();
    ping().then(
      () => {
        answeredMs = scheduler.nowMs();
      },
      () => {}, // The connection closed meanwhile, which its owner learns anyway.
    );
    cancel = scheduler.after(intervalMs, beat);
  };
  cancel = scheduler.after(intervalMs, beat);
  return () => cancel();
}
