/** One process of `sluice loadtest`: told by its parent what to do, it tells what happened. */
import type { SluiceError } from "@sluice/protocol";
import { SAMPLE_INTERVAL_MS, serveParent } from "../child-program.js";
import { MediaLoad } from "./media-load.js";
import type { MediaMessages } from "./media-messages.js";

let load: MediaLoad | undefined;
let sampling: NodeJS.Timeout | undefined;

const tell = serveParent<MediaMessages["to"], MediaMessages["from"]>(async (message) => {
  switch (message.type) {
    case "start":
      load = new MediaLoad(message.plan, message.processIndex, handleRefused);
      sampling = setInterval(tellSample, SAMPLE_INTERVAL_MS);
      break;
    case "join":
      await load?.join(message.isPublishing);
      tellSample();
      tell({ type: "joined" });
      break;
    case "measure":
      tellSample();
      await load?.measure(message.durationMs);
      tellSample();
      load?.endMeasuring();
      tell({ type: "measured" });
      break;
    case "stop":
      load?.stop();
      break;
    case "close":
      clearInterval(sampling);
      await load?.close();
      process.exit(0);
  }
});

function handleRefused({ code, message }: SluiceError, connections: number): void {
  tell({ type: "refused", code, message, connections });
}

function tellSample(): void {
  if (load !== undefined) tell({ type: "sample", sample: load.takeSample() });
}

tell({ type: "ready" });
