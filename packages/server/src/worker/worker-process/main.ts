/**
 * The program of one media worker, started by the node with `fork`. Rooms on other workers do not notice when it dies, so it
 * dies of everything it does not understand: a broken invariant, a lost control process.
 */
import type { FromWorker, ToWorker, TracedCommand } from "../messages.js";
import { parseWorkerOptions } from "../worker-options.js";
import { MediaWorker } from "./media-worker.js";

/** `onSent`: when the channel has taken it, or is gone. */
function send(message: FromWorker, onSent?: () => void): void {
  process.send?.(message, undefined, undefined, onSent);
}

const worker = await MediaWorker.open(parseWorkerOptions(process.argv[2]), send);

process.on("message", (message: ToWorker | TracedCommand) => {
  if (message.type === "traced") {
    worker.handleTraced(message);
    return;
  }
  worker.handleMessage(message);
  if (message.type === "shutdown") process.disconnect();
});
// The control process decides when workers end; Ctrl-C reaches the whole process group.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => {
  worker.close();
  process.exit(0);
});
