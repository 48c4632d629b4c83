import { elapsedMs, type Instant } from "../time/instant.js";

/** Weight of the newest packet in a speaker's energy (JVB: energy-alpha-percent 50). */
const ENERGY_ALPHA = 0.5;
/** A speaker without a packet for this long, ms, has no energy (JVB: energy-expire-time 150 ms). */
const ENERGY_EXPIRE_MS = 150;
/** How much louder than the quietest of the loudest one must be to take its place, dB: two equal ones must not alternate. */
const MIN_ADVANTAGE = 3;
/** Level of digital silence (RFC 6464). */
const SILENT_LEVEL = 127;
/** Silent packets that are still forwarded at the end of speech, so that a receiver fades instead of guessing (JVB). */
export const MAX_SILENT_PACKETS = 3;
/** More loudest speakers than this are no saving. */
export const MAX_LOUDEST_SPEAKERS = 50;

/** One speaker as the selection knows it. */
export class Loudness {
  /** Smoothed volume, 0 (silence) to 127. */
  energy = 0;
  /** When it was heard last; 0 before. */
  heardAt = 0 as Instant;
  isLoudest = false;
  silentPackets = MAX_SILENT_PACKETS;
}

/**
 * Which speakers of a room are the loudest, packet by packet (JVB's loudest-only routing): whom a receiver would not hear among
 * them need not be sent to hundreds. A packet costs one look at each of the chosen, and none when it is one of theirs.
 */
export class LoudestSpeakers {
  readonly #chosen: (Loudness | undefined)[];

  /** `count`: 1–{@link MAX_LOUDEST_SPEAKERS}. */
  constructor(count: number) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_LOUDEST_SPEAKERS) {
      throw new RangeError(`expected 1 to ${MAX_LOUDEST_SPEAKERS} loudest speakers, got ${count}`);
    }
    this.#chosen = new Array(count).fill(undefined);
  }

  /** Whether this packet is to be forwarded. `level` 0–127 in -dBov; `isDominant`: whatever others are. */
  handleLevel(speaker: Loudness, level: number, isDominant: boolean, now: Instant): boolean {
    const before = elapsedMs(speaker.heardAt, now) > ENERGY_EXPIRE_MS ? 0 : speaker.energy;
    speaker.energy = before + (127 - level - before) * ENERGY_ALPHA;
    speaker.heardAt = now;
    if (!speaker.isLoudest && level !== SILENT_LEVEL) this.#challenge(speaker, now);
    if (level === SILENT_LEVEL) {
      if (speaker.silentPackets >= MAX_SILENT_PACKETS) return false;
      speaker.silentPackets++;
      return true;
    }
    if (!speaker.isLoudest && !isDominant) return false;
    speaker.silentPackets = 0;
    return true;
  }

  remove(speaker: Loudness): void {
    speaker.energy = 0;
    speaker.isLoudest = false;
    speaker.silentPackets = MAX_SILENT_PACKETS;
    const index = this.#chosen.indexOf(speaker);
    if (index !== -1) this.#chosen[index] = undefined;
  }

  /** Gives the speaker a free place, or that of the quietest when it is clearly louder. */
  #challenge(speaker: Loudness, now: Instant): void {
    let place = -1;
    let least = speaker.energy - MIN_ADVANTAGE;
    for (let index = 0; index < this.#chosen.length; index++) {
      const other = this.#chosen[index];
      const isExpired = other === undefined || elapsedMs(other.heardAt, now) > ENERGY_EXPIRE_MS;
      const energy = isExpired ? -1 : other.energy;
      if (energy >= least && !isExpired) continue;
      place = index;
      least = energy;
      if (isExpired) break;
    }
    if (place === -1) return;
    const replaced = this.#chosen[place];
    if (replaced !== undefined) replaced.isLoudest = false;
    speaker.isLoudest = true;
    this.#chosen[place] = speaker;
  }
}
