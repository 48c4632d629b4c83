import type { PacketPool } from "@sluice/media";

/**
 * Slots to receive one batch into. All are taken from the pool before the batch begins: one that the core gives back during it
 * may still hold a packet that waits to be forwarded.
 */
export class ReceiveSlots {
  readonly #pool: PacketPool;
  readonly #count: number;
  readonly #fresh: number[] = [];
  readonly #used: number[] = [];

  constructor(pool: PacketPool, count: number) {
    this.#pool = pool;
    this.#count = count;
    this.refill();
  }

  /** How many {@link take} has left. */
  get available(): number {
    return this.#fresh.length;
  }

  /** A slot to write into, or -1: the batch has to end. */
  take(): number {
    return this.#fresh.pop() ?? -1;
  }

  /** The core did not keep it. */
  giveBack(slot: number): void {
    this.#used.push(slot);
  }

  /** Between two batches. */
  refill(): void {
    this.#fresh.push(...this.#used);
    this.#used.length = 0;
    while (this.#fresh.length < this.#count) {
      const slot = this.#pool.take();
      if (slot < 0) return;
      this.#fresh.push(slot);
    }
  }

  close(): void {
    for (const slot of [...this.#fresh, ...this.#used]) this.#pool.release(slot);
    this.#fresh.length = 0;
    this.#used.length = 0;
  }
}
