import { fileURLToPath } from "node:url";
import { type LoadEnding, LoadRun } from "../load-run.js";
import type { MediaMessages } from "./media-messages.js";
import type { MediaPlan } from "./media-plan.js";
import { MediaResults } from "./media-results.js";

const PROGRAM = fileURLToPath(new URL("./media-process.js", import.meta.url));
const CLOSE_GRACE_MS = 5_000;

/** A load of media in its processes, from the first join to the last report. */
export class MediaRun {
  readonly results = new MediaResults();
  readonly #plan: MediaPlan;
  readonly #run: LoadRun<MediaMessages>;
  #measuringSinceMs: number | undefined;
  /** How long was measured, ms; 0 before. */
  measuredMs = 0;

  /** `handleSample`: there are new results. */
  constructor(plan: MediaPlan, handleSample: () => void) {
    this.#plan = plan;
    this.#run = new LoadRun({
      program: PROGRAM,
      plan,
      closeGraceMs: CLOSE_GRACE_MS,
      handleSample: (sample, processIndex) => {
        this.#tellTime();
        this.results.add(sample, processIndex, this.measuredMs);
        handleSample();
      },
    });
  }

  get isMeasuring(): boolean {
    return this.#measuringSinceMs !== undefined;
  }

  /** See {@link LoadRun}.run. */
  run(): Promise<LoadEnding> {
    return this.#run.run(async () => {
      for (const isPublishing of [true, false]) {
        if (!this.#run.isEnding) await this.#run.perform({ type: "join", isPublishing }, "joined");
      }
      if (this.#run.isEnding) return;
      this.#measuringSinceMs = performance.now();
      await this.#run.perform({ type: "measure", durationMs: this.#plan.durationMs }, "measured");
      this.#tellTime();
      this.#measuringSinceMs = undefined;
    });
  }

  /** Early, with what there is. */
  interrupt(): void {
    this.#run.interrupt();
  }

  #tellTime(): void {
    if (this.#measuringSinceMs !== undefined) this.measuredMs = performance.now() - this.#measuringSinceMs;
  }
}
