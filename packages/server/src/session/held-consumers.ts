import { after, type Instant } from "@sluice/media";

/**
 * A client that said it would tell when it has applied the answer is waited for so long, ms. Browsers take 10 to 100; one that does
 * not come back from it gets its media all the same.
 */
export const MAX_HOLD_MS = 200;

/** Transports with Consumers that are held back until the client has applied the answer that tells of them. */
export class HeldConsumers {
  /** With when they are held no longer, the first one first. */
  readonly #dueByTransport = new Map<string, Instant>();

  /** A Transport that is here already is not held longer for what is added to it. */
  add(transportId: string, now: Instant): void {
    if (!this.#dueByTransport.has(transportId)) this.#dueByTransport.set(transportId, after(now, MAX_HOLD_MS));
  }

  remove(transportId: string): void {
    this.#dueByTransport.delete(transportId);
  }

  pollTimeout(): Instant | undefined {
    const [first] = this.#dueByTransport.values();
    return first;
  }

  /** Transports that are held no longer, some of which may be gone by now. */
  takeDue(now: Instant): string[] {
    const due = [...this.#dueByTransport].filter(([, at]) => at <= now).map(([transportId]) => transportId);
    for (const transportId of due) this.remove(transportId);
    return due;
  }
}
