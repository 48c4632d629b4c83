/** One process of `sluice loadgen`: told by its parent what to do, it tells what happened. */
import type { SluiceError } from "@sluice/protocol";
import { SAMPLE_INTERVAL_MS, serveParent } from "../child-program.js";
import { SignalingLoad } from "./signaling-load.js";
import type { SignalingMessages, SignalingSample } from "./signaling-messages.js";
import { SignalingMeter } from "./signaling-meter.js";

const meter = new SignalingMeter();
let load: SignalingLoad | undefined;
let step: number | undefined;
let sampling: NodeJS.Timeout | undefined;

const tell = serveParent<SignalingMessages["to"], SignalingMessages["from"]>(async (message) => {
  switch (message.type) {
    case "start":
      load = new SignalingLoad(message.plan, message.processIndex, meter, handleRefused);
      sampling = setInterval(tellSample, SAMPLE_INTERVAL_MS);
      break;
    case "grow":
      await load?.grow(message.connections);
      tellSample();
      tell({ type: "grown" });
      break;
    case "measure":
      tellSample();
      step = message.step;
      await load?.measure(message.durationMs);
      tellSample();
      step = undefined;
      tell({ type: "measured" });
      break;
    case "stop":
      load?.stop();
      break;
    case "close":
      clearInterval(sampling);
      load?.leave();
      // What was said last still leaves.
      setTimeout(() => process.exit(0), FAREWELL_MS);
      break;
  }
});

/** What the last messages have to leave, ms. */
const FAREWELL_MS = 200;

function handleRefused({ code, message }: SluiceError, connections: number): void {
  tell({ type: "refused", code, message, connections });
}

function tellSample(): void {
  if (load === undefined) return;
  const { connections, inFlight } = load;
  const sample: SignalingSample = meter.take({ step, connections, inFlight });
  tell({ type: "sample", sample });
}

tell({ type: "ready" });
