import type { Instant } from "@sluice/media";

/** Whoever takes turns. */
interface Turning {
  handleTick(now: Instant): void;
}

/**
 * Endpoints that are looked at in turns: those in no hurry every `slowTicks` ticks, the others every `fastTicks`. A tick touches only those whose turn it may be: with
 * a thousand endpoints looking at each of them two hundred times a second to find out would cost more than the turns of many.
 */
export class EndpointTurns<E extends Turning> {
  readonly #places: readonly Set<E>[];
  readonly #fastTicks: number;
  readonly #isSlow: (endpoint: E) => boolean;

  /** `slowTicks`: a multiple of `fastTicks`. `isSlow` is asked at every turn. */
  constructor(fastTicks: number, slowTicks: number, isSlow: (endpoint: E) => boolean) {
    if (slowTicks % fastTicks !== 0) throw new RangeError(`${slowTicks} ticks are no multiple of ${fastTicks}`);
    this.#places = Array.from({ length: slowTicks }, () => new Set<E>());
    this.#fastTicks = fastTicks;
    this.#isSlow = isSlow;
  }

  /** Into the place with the fewest. */
  add(endpoint: E): void {
    const [emptiest] = [...this.#places].sort((one, other) => one.size - other.size);
    emptiest?.add(endpoint);
  }

  delete(endpoint: E): void {
    for (const place of this.#places) place.delete(endpoint);
  }

  /** `turn` grows by one from tick to tick. */
  handleTick(turn: number, now: Instant): void {
    const count = this.#places.length;
    for (let offset = 0; offset < count; offset += this.#fastTicks) {
      for (const endpoint of this.#places[(turn + offset) % count] as Set<E>) {
        if (offset === 0 || !this.#isSlow(endpoint)) endpoint.handleTick(now);
      }
    }
  }
}
