import type { SluiceError } from "@sluice/protocol";

/** What ends the stay: time, a signal, or a failure. */
export class Ending {
  readonly #durationMs: number | undefined;
  readonly #signals = ["SIGINT", "SIGTERM"] as const;
  #timer: NodeJS.Timeout | undefined;
  #failure: SluiceError | undefined;
  #settle:
    | { readonly resolve: (cause: "duration" | "signal") => void; readonly reject: (error: SluiceError) => void }
    | undefined;
  readonly #handleSignal = () => this.#settle?.resolve("signal");

  constructor(durationMs: number | undefined) {
    this.#durationMs = durationMs;
  }

  handleFailure(error: SluiceError): void {
    this.#failure ??= error;
    this.#settle?.reject(error);
  }

  /** The duration begins now. Rejects with the failure, also with one from before. */
  wait(): Promise<"duration" | "signal"> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#failure !== undefined) reject(this.#failure);
      if (this.#durationMs !== undefined) this.#timer = setTimeout(() => resolve("duration"), this.#durationMs);
      for (const signal of this.#signals) process.once(signal, this.#handleSignal);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) process.off(signal, this.#handleSignal);
  }
}
