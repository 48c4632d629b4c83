import { elapsedMs, type Instant } from "../time/instant.js";

/**
 * Constants of the dominant-speaker algorithm by Volfin and Cohen ("Dominant speaker identification for multipoint
 * videoconferencing", 2013), with the values of Jitsi and mediasoup.
 */

/** Media time that one level stands for, ms. */
export const LEVEL_MS = 20;
/** Sub-bands of an immediate interval (one level). */
const N1 = 13;
/** Immediate intervals in a medium one: 100 ms. */
const N2 = 5;
/** Medium intervals in a long one: 1 s. */
const N3 = 10;
/** Volumes in one sub-band. */
const SUB_BAND = Math.floor((127 + N1 - 1) / N1);
/** An immediate interval above this is active: a volume of 80, which is -47 dBov. */
const MEDIUM_THRESHOLD = 7;
/** A medium interval with more active immediate ones than this is active: all of them. */
const LONG_THRESHOLD = 4;
/** Without a packet for longer than this, ms, a speaker is silent. */
const LEVEL_IDLE_MS = 40;
/** Levels in which the background noise of a speaker may rise: 15 s. */
const MIN_LEVEL_WINDOW = 15_000 / LEVEL_MS;
/** Media time of the longest packet there is, in levels: Opus has 120 ms. */
const MAX_PACKET_LEVELS = 6;
/** Levels that are kept: one long interval. */
const LEVELS = N2 * N3;

/** λ of the paper for the three kinds of interval; its p is 0.5 for all. */
const LOG_IMMEDIATE_SCORES = logScores(N1, 0.78);
const LOG_MEDIUM_SCORES = logScores(N2, 24);
const LOG_LONG_SCORES = logScores(N3, 47);

/**
 * How much one speaker speaks, in three intervals: now (20 ms), for 100 ms, and for a second.
 *
 * Takes a packet's audio level with its RTP timestamp, so that neither jitter nor the packet time matters: a level holds until
 * the next packet's. Nothing is allocated by a packet; the scores are worked out in {@link evaluate}.
 */
export class SpeechActivity {
  /** Volumes (127 − level), newest before {@link #next}. */
  readonly #levels = new Uint8Array(LEVELS);
  #next = 0;
  #newest = 0;
  #timestamp = 0;
  #arrival: Instant | undefined;
  /** Up to when silence was filled in; undefined while packets come. */
  #idleSince: Instant | undefined;
  /** Background noise; 0 until known. */
  #minLevel = 0;
  #nextMinLevel = 0;
  #nextMinLevelCount = 0;
  /** Logarithms of the speech activity scores, as of the last {@link evaluate}. */
  immediate: number = LOG_IMMEDIATE_SCORES[0] as number;
  medium: number = LOG_MEDIUM_SCORES[0] as number;
  long: number = LOG_LONG_SCORES[0] as number;

  /** One packet: `level` 0–127 in -dBov (RFC 6464), `timestamp` of RTP in units of `clockRate`. Late packets change nothing. */
  handleLevel(level: number, timestamp: number, clockRate: number, now: Instant): void {
    if (this.#arrival !== undefined) {
      const passed = Math.round((((timestamp - this.#timestamp) | 0) * 1000) / (clockRate * LEVEL_MS));
      if (passed <= 0 && passed > -LEVELS) return;
      if (this.#idleSince === undefined) this.#hold(passed - 1);
    }
    this.#timestamp = timestamp;
    this.#arrival = now;
    this.#idleSince = undefined;
    this.#push(127 - level);
  }

  /** The last level held for `count` levels more: as long as a packet can be; from then on it is silent. */
  #hold(count: number): void {
    const volume = count < MAX_PACKET_LEVELS ? this.#newest : 0;
    for (let index = Math.min(count, LEVELS); index > 0; index--) this.#push(volume);
  }

  /** Works out the scores as they are at `now`. */
  evaluate(now: Instant): void {
    this.#fillIdle(now);
    const floor = this.#minLevel + SUB_BAND;
    let position = this.#next;
    let newest = 0;
    let firstMedium = 0;
    let active = 0;
    let long = 0;
    for (let age = 0; age < LEVELS; age++) {
      position = position === 0 ? LEVELS - 1 : position - 1;
      const volume = this.#levels[position] as number;
      const immediate = volume < floor ? 0 : Math.floor(volume / SUB_BAND);
      if (age === 0) newest = immediate;
      if (immediate > MEDIUM_THRESHOLD) active++;
      if (age % N2 !== N2 - 1) continue;
      if (age === N2 - 1) firstMedium = active;
      if (active > LONG_THRESHOLD) long++;
      active = 0;
    }
    this.immediate = LOG_IMMEDIATE_SCORES[newest] as number;
    this.medium = LOG_MEDIUM_SCORES[firstMedium] as number;
    this.long = LOG_LONG_SCORES[long] as number;
  }

  /** Forgets what was said, for example before a pause. The background noise stays what it is. */
  reset(): void {
    this.#levels.fill(0);
    this.#newest = 0;
    this.#arrival = undefined;
    this.#idleSince = undefined;
  }

  #fillIdle(now: Instant): void {
    if (this.#arrival === undefined || elapsedMs(this.#arrival, now) <= LEVEL_IDLE_MS) return;
    const since = this.#idleSince ?? this.#arrival;
    const count = Math.floor(elapsedMs(since, now) / LEVEL_MS);
    for (let index = Math.min(count, LEVELS); index > 0; index--) this.#push(0);
    this.#idleSince = (since + count * LEVEL_MS * 1000) as Instant;
  }

  #push(volume: number): void {
    this.#levels[this.#next] = volume;
    this.#next = this.#next === LEVELS - 1 ? 0 : this.#next + 1;
    this.#newest = volume;
    if (volume > 0) this.#updateMinLevel(volume);
  }

  /** Follows quieter levels at once, louder ones by the geometric mean after a window in which nothing was as quiet. */
  #updateMinLevel(volume: number): void {
    if (this.#minLevel === 0 || volume < this.#minLevel) {
      this.#minLevel = volume;
      this.#nextMinLevel = 0;
      this.#nextMinLevelCount = 0;
      return;
    }
    if (this.#nextMinLevel === 0 || volume < this.#nextMinLevel) this.#nextMinLevel = volume;
    this.#nextMinLevelCount++;
    if (this.#nextMinLevelCount < MIN_LEVEL_WINDOW) return;
    this.#minLevel = Math.floor(Math.sqrt(this.#minLevel * this.#nextMinLevel));
    this.#nextMinLevel = 0;
    this.#nextMinLevelCount = 0;
  }
}

/** Logarithms of the speech activity score for 0 to `count` active parts (equation 5 of the paper, p = 0.5). */
function logScores(count: number, lambda: number): Float64Array {
  const scores = new Float64Array(count + 1);
  let binomial = 1;
  for (let active = 0; active <= count; active++) {
    const score = Math.log(binomial) + count * Math.log(0.5) - Math.log(lambda) + lambda * active;
    // Nothing is so silent that its ratio to something else has no meaning.
    scores[active] = Math.log(Math.max(1e-10, score));
    binomial = (binomial * (count - active)) / (active + 1);
  }
  return scores;
}

/** What somebody who says nothing scores. */
export const SILENCE = {
  immediate: LOG_IMMEDIATE_SCORES[0] as number,
  medium: LOG_MEDIUM_SCORES[0] as number,
  long: LOG_LONG_SCORES[0] as number,
} as const;
