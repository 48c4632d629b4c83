/** Event name → the arguments its listeners get. */
export type EventArguments<E> = { readonly [K in keyof E]: readonly unknown[] };

/** A typed event emitter. A listener that throws is reported like any uncaught error and stops neither the others nor the SDK. */
export class TypedEmitter<E extends EventArguments<E>> {
  /** Event name → its listeners; {@link on} is where the two are paired. */
  readonly #listeners = new Map<keyof E, Set<unknown>>();
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Calls `listener` on every `event` from now on. The function returned takes it away again. */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(event, listeners);
    return () => this.off(event, listener);
  }

  off<K extends keyof E>(event: K, listener: (...args: E[K]) => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  emit<K extends keyof E>(event: K, ...args: E[K]): void {
    // A copy: a listener may remove itself or add others while we are at it.
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as (...args: E[K]) => void)(...args);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
