import { after, type Instant } from "@sluice/media";
import type { Notifications } from "@sluice/protocol";

export type Speakers = Notifications["activeSpeakers"]["speakers"];

/** LiveKit: somebody speaks who was loud enough for this share of the interval. */
const MIN_ACTIVE_RATIO = 0.4;
/** Exponential smoothing over two intervals (LiveKit's smooth_intervals): 2 / (2 + 1). */
const SMOOTHING = 2 / 3;
/** The quietest who can speak by that rule, as an amplitude: -35 dBov for 40 % of the time. */
const MIN_LOUDNESS = 10 ** (-35 / 20) * MIN_ACTIVE_RATIO;
/** Levels are told in steps of 1/8, so that only changes one can see are sent. */
const STEPS = 8;
/** Workers report every 400 ms, and only what they heard: after two reports that did not come it is silent. */
const SILENCE_AFTER_MS = 900;

export interface SpeakerLevel {
  readonly participantId: string;
  /** 0–127, -dBov (RFC 6464); 0 is loudest. */
  readonly level: number;
  /** Share of the interval in which the level was 35 or louder, 0–1. */
  readonly activeRatio: number;
}

/**
 * Who speaks in one room, by LiveKit's rule: a level of at least -35 dBov for at least 40 % of an interval, smoothed over two
 * intervals. Levels are amplitudes from 0 to 1.
 */
export class ActiveSpeakers {
  readonly #smoothed = new Map<string, number>();
  #told: Speakers = [];
  #silentAt: Instant | undefined;

  /** Who speaks now, loudest first, as it was last told. */
  get speakers(): Speakers {
    return this.#told;
  }

  /** One report of a worker: everybody it heard. Returns the speakers when they have changed. */
  handleLevels(levels: readonly SpeakerLevel[], now: Instant): Speakers | undefined {
    const heard = new Map<string, number>();
    for (const { participantId, level, activeRatio } of levels) {
      const loudness = activeRatio >= MIN_ACTIVE_RATIO ? 10 ** (-level / 20) * activeRatio : 0;
      heard.set(participantId, Math.max(loudness, heard.get(participantId) ?? 0));
    }
    for (const participantId of new Set([...this.#smoothed.keys(), ...heard.keys()])) {
      const loudness = heard.get(participantId) ?? 0;
      const before = this.#smoothed.get(participantId) ?? loudness;
      const smoothed = before + (loudness - before) * SMOOTHING;
      if (smoothed < MIN_LOUDNESS) this.#smoothed.delete(participantId);
      else this.#smoothed.set(participantId, smoothed);
    }
    this.#silentAt = after(now, SILENCE_AFTER_MS);
    return this.#changes();
  }

  /** The participant has left, or nothing of it can be heard any more. */
  remove(participantId: string): Speakers | undefined {
    this.#smoothed.delete(participantId);
    return this.#changes();
  }

  pollTimeout(): Instant | undefined {
    return this.#told.length > 0 ? this.#silentAt : undefined;
  }

  handleTimeout(now: Instant): Speakers | undefined {
    if (this.#silentAt === undefined || this.#silentAt > now) return undefined;
    this.#smoothed.clear();
    return this.#changes();
  }

  #changes(): Speakers | undefined {
    const speakers = [...this.#smoothed]
      .map(([participantId, smoothed]) => ({ participantId, level: Math.min(1, Math.ceil(smoothed * STEPS) / STEPS) }))
      .sort((a, b) => b.level - a.level || (a.participantId < b.participantId ? -1 : 1));
    const isSame =
      speakers.length === this.#told.length &&
      speakers.every(
        (each, at) => each.participantId === this.#told[at]?.participantId && each.level === this.#told[at]?.level,
      );
    if (isSame) return undefined;
    this.#told = speakers;
    return speakers;
  }
}
