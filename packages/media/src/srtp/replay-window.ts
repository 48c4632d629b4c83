/** Packets behind the highest that are still accepted, once each. RFC 3711 §3.3.2 asks for at least 64. */
export const REPLAY_WINDOW_PACKETS = 128;

const WORD_BITS = 32;

/** A ring with room for one window and the words it moves into; a power of two, so that the modulo is a mask. */
const RING_WORDS = 8;

/**
 * Which packet indexes of one stream were accepted already (RFC 3711 §3.3.2), as a ring of bits (RFC 6479).
 * Asking and accepting are two steps, because only an authentic packet may move the window.
 */
export class ReplayWindow {
  readonly #bits = new Int32Array(RING_WORDS);
  #highest = -1;

  /** Highest index accepted; -1 when none was. */
  get highest(): number {
    return this.#highest;
  }

  /** True when the index was accepted already or is too old to tell. */
  isReplayed(index: number): boolean {
    if (index > this.#highest) return false;
    if (index <= this.#highest - REPLAY_WINDOW_PACKETS) return true;
    const word = this.#bits[Math.floor(index / WORD_BITS) & (RING_WORDS - 1)] ?? 0;
    return ((word >>> (index & (WORD_BITS - 1))) & 1) === 1;
  }

  /** Marks an index that {@link isReplayed} said no to. */
  accept(index: number): void {
    const word = Math.floor(index / WORD_BITS);
    if (index > this.#highest) {
      const steps = Math.min(word - Math.floor(this.#highest / WORD_BITS), RING_WORDS);
      for (let step = 0; step < steps; step++) this.#bits[(word - step) & (RING_WORDS - 1)] = 0;
      this.#highest = index;
    }
    const slot = word & (RING_WORDS - 1);
    this.#bits[slot] = (this.#bits[slot] ?? 0) | (1 << (index & (WORD_BITS - 1)));
  }
}
