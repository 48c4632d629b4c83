import { after, type Instant } from "../time/instant.js";
import { SILENCE, type SpeechActivity } from "./speech-activity.js";

/** Between two elections, ms (mediasoup: 300, allowed 100–5000). */
export const ELECTION_INTERVAL_MS = 300;

/** By how much a challenger must surpass the dominant speaker now, for 100 ms and for a second: logarithms of score ratios. */
const C1 = 3;
const C2 = 2;
const C3 = 0;

/** Whoever can be elected. */
export interface Candidate {
  readonly activity: SpeechActivity;
}

/**
 * Whom the picture should follow: the dominant speaker by Volfin and Cohen, as Jitsi and mediasoup have it.
 *
 * A challenger must be ahead in the immediate, the medium and the long interval at once, so neither a cough nor a word thrown in
 * takes over, and nobody loses the floor by a pause in which the others are silent. Other than there, nobody is dominant
 * before the first has spoken, and none becomes it by being alone.
 */
export class DominantSpeaker<T extends Candidate> {
  #dominant: T | undefined;
  #next: Instant | undefined;

  /** Undefined before anybody has spoken, and after the dominant speaker has left until somebody else speaks. */
  get dominant(): T | undefined {
    return this.#dominant;
  }

  /** Holds an election when it is time for one. */
  handleTimeout(candidates: readonly T[], now: Instant): void {
    if (this.#next !== undefined && this.#next > now) return;
    this.#next = after(now, ELECTION_INTERVAL_MS);
    this.#dominant?.activity.evaluate(now);
    const { immediate, medium, long } = this.#dominant?.activity ?? SILENCE;
    let best = C2;
    let elected = this.#dominant;
    for (const candidate of candidates) {
      if (candidate === this.#dominant) continue;
      const { activity } = candidate;
      activity.evaluate(now);
      const c2 = activity.medium - medium;
      if (activity.immediate - immediate > C1 && c2 > best && activity.long - long > C3) {
        best = c2;
        elected = candidate;
      }
    }
    this.#dominant = elected;
  }

  /** The candidate has left. */
  remove(candidate: T): void {
    if (this.#dominant === candidate) this.#dominant = undefined;
  }
}
