import type { Instant } from "@sluice/media";
import type { Clock } from "./clock.js";

/** Wakes its owner at the next deadline, which may change after every input. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: { readonly due: Instant; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** undefined: never. */
  set(due: Instant | undefined): void {
    if (due === this.#timer?.due) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due === undefined) return;
    const delayMs = Math.max(0, Math.ceil((due - this.#clock.now()) / 1000));
    const cancel = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      this.#onDue();
    });
    this.#timer = { due, cancel };
  }
}
