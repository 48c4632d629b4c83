/** LiveKit's. */
const DEFAULT_ACTIVE_LEVEL = 35;

/** How loud a Producer was since the last reading (RFC 6464 levels: 0 loudest, 127 silence). */
export class AudioActivity {
  /** Levels at or below this count as speech, -dBov. */
  activeLevel = DEFAULT_ACTIVE_LEVEL;
  #loudest = 127;
  #active = 0;
  #packets = 0;

  handleLevel(level: number): void {
    this.#packets++;
    if (level < this.#loudest) this.#loudest = level;
    if (level <= this.activeLevel) this.#active++;
  }

  /** Reads and begins a new interval; undefined when no packet carried a level. */
  take(): { readonly level: number; readonly activeRatio: number } | undefined {
    if (this.#packets === 0) return undefined;
    const reading = { level: this.#loudest, activeRatio: this.#active / this.#packets };
    this.#loudest = 127;
    this.#active = 0;
    this.#packets = 0;
    return reading;
  }
}
