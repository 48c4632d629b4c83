import { after, earliest, type Instant } from "@sluice/media";

/** How long a layer that nobody watches is still sent (LiveKit's dynacast pause delay): most who look away look back. */
export const UNWATCHED_DELAY_MS = 5_000;

/** How long an encoder that stood still takes until its picture is here, ms: a notification, a key frame, and a second of counting. */
const RESTART_MS = 2_000;

/**
 * Which layers of one video track are worth encoding. Whoever wants a layer may have to fall back to a lower one, so the demand is
 * a number: the lowest so many layers. More is granted at once; a layer is given up when nobody has wanted it for
 * {@link UNWATCHED_DELAY_MS}.
 */
export class LayerDemand {
  /** By layer. A publisher begins with all of them. */
  readonly #wanted: boolean[];
  /** By layer, of those that are still sent and not wanted any more. */
  readonly #endsAt: (Instant | undefined)[];
  /** When layers were wanted after there was none. */
  #restartedAt: Instant | undefined;

  constructor(layerCount: number) {
    this.#wanted = Array.from({ length: layerCount }, () => true);
    this.#endsAt = this.#wanted.map(() => undefined);
  }

  get layerCount(): number {
    return this.#wanted.length;
  }

  /** As the publisher is to know it, smallest first. */
  get wanted(): readonly boolean[] {
    return [...this.#wanted];
  }

  /** Somebody wants the lowest `layers` layers, nobody more. Returns whether {@link wanted} has changed. */
  handleDemand(layers: number, now: Instant): boolean {
    let isChanged = false;
    if (layers > 0 && !this.#wanted.includes(true)) this.#restartedAt = now;
    for (const [layer, isWanted] of this.#wanted.entries()) {
      if (layer >= layers) {
        if (isWanted) this.#endsAt[layer] ??= after(now, UNWATCHED_DELAY_MS);
        continue;
      }
      this.#endsAt[layer] = undefined;
      this.#wanted[layer] = true;
      if (!isWanted) isChanged = true;
    }
    return isChanged;
  }

  /** Whether some layer is wanted, and has been for so long that its picture should be there. */
  isPictureDue(now: Instant): boolean {
    return this.#wanted.includes(true) && (this.#restartedAt === undefined || after(this.#restartedAt, RESTART_MS) <= now);
  }

  pollTimeout(): Instant | undefined {
    let due: Instant | undefined;
    for (const endsAt of this.#endsAt) due = earliest(due, endsAt);
    return due;
  }

  /** Returns whether {@link wanted} has changed. */
  handleTimeout(now: Instant): boolean {
    let isChanged = false;
    for (const [layer, endsAt] of this.#endsAt.entries()) {
      if (endsAt === undefined || endsAt > now) continue;
      this.#endsAt[layer] = undefined;
      this.#wanted[layer] = false;
      isChanged = true;
    }
    return isChanged;
  }
}
