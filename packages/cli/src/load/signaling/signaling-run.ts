import { fileURLToPath } from "node:url";
import { type LoadEnding, LoadRun } from "../load-run.js";
import type { SignalingMessages } from "./signaling-messages.js";
import type { SignalingPlan } from "./signaling-plan.js";
import { SignalingResults } from "./signaling-results.js";

const PROGRAM = fileURLToPath(new URL("./signaling-process.js", import.meta.url));
const CLOSE_GRACE_MS = 3_000;

/** Where a load is; -1: it has not begun. */
export interface SignalingProgress {
  readonly step: number;
  readonly isConnecting: boolean;
  /** Of the time in which requests are sent, ms. */
  readonly measuredMs: number;
}

/** A load of signaling in its processes, from the first connection to the last report. */
export class SignalingRun {
  readonly results: SignalingResults;
  readonly #plan: SignalingPlan;
  readonly #run: LoadRun<SignalingMessages>;
  readonly #startMs = performance.now();
  #step = -1;
  #measuredBeforeMs = 0;
  #measuringSinceMs: number | undefined;

  /** `handleSample`: there are new results. */
  constructor(plan: SignalingPlan, handleSample: () => void) {
    this.#plan = plan;
    this.results = new SignalingResults(plan.steps);
    this.#run = new LoadRun({
      program: PROGRAM,
      plan,
      closeGraceMs: CLOSE_GRACE_MS,
      handleSample: (sample, processIndex) => {
        this.results.add(sample, processIndex, performance.now() - this.#startMs);
        handleSample();
      },
    });
  }

  get progress(): SignalingProgress {
    const { durationMs, steps } = this.#plan;
    // What comes after is waiting for the last answers.
    const sinceMs =
      this.#measuringSinceMs === undefined
        ? 0
        : Math.min(performance.now() - this.#measuringSinceMs, durationMs / steps.length);
    return {
      step: this.#step,
      isConnecting: this.#measuringSinceMs === undefined,
      measuredMs: this.#measuredBeforeMs + sinceMs,
    };
  }

  /** See {@link LoadRun}.run. */
  run(): Promise<LoadEnding> {
    const { steps, durationMs } = this.#plan;
    return this.#run.run(async () => {
      for (const [step, connections] of steps.entries()) {
        if (this.#run.isEnding) break;
        this.#step = step;
        await this.#run.perform({ type: "grow", connections }, "grown");
        if (this.#run.isEnding) break;
        this.#measuringSinceMs = performance.now();
        await this.#run.perform({ type: "measure", step, durationMs: durationMs / steps.length }, "measured");
        this.#measuredBeforeMs = this.progress.measuredMs;
        this.#measuringSinceMs = undefined;
      }
    });
  }

  /** Early, with what there is. */
  interrupt(): void {
    this.#run.interrupt();
  }
}
