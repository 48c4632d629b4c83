import { after, type Instant } from "@sluice/media";
import type { Notifications } from "@sluice/protocol";
import type { AudioConfig } from "../config/config.js";

export type Speakers = Notifications["activeSpeakers"]["speakers"];

/** Levels are told in steps of 1/8, so that only changes one can see are sent. */
const STEPS = 8;
/** Workers report only what they heard: after two reports that did not come, and this, it is silent, ms. */
const REPORT_DELAY_MS = 100;

export interface SpeakerLevel {
  readonly participantId: string;
  /** 0–127, -dBov (RFC 6464); 0 is loudest. */
  readonly level: number;
  /** Share of the interval in which the level was one of speech (AudioConfig.activeLevel), 0–1. */
  readonly activeRatio: number;
}

/**
 * Who speaks in one room, by LiveKit's rule: a level of at least -35 dBov for at least 40 % of an interval, exponentially smoothed
 * over two intervals, unless it is configured otherwise. Levels are amplitudes from 0 to 1.
 */
export class ActiveSpeakers {
  readonly #minActiveRatio: number;
  readonly #smoothing: number;
  /** The quietest who can speak by that rule. */
  readonly #minLoudness: number;
  readonly #silenceAfterMs: number;
  readonly #smoothed = new Map<string, number>();
  #told: Speakers = [];
  #silentAt: Instant | undefined;

  constructor({ activeLevel, minActiveRatio, smoothIntervals, updateIntervalMs }: Omit<AudioConfig, "loudestSpeakers">) {
    this.#minActiveRatio = minActiveRatio;
    this.#smoothing = 2 / (Math.max(1, smoothIntervals) + 1);
    this.#minLoudness = 10 ** (-activeLevel / 20) * minActiveRatio;
    this.#silenceAfterMs = 2 * updateIntervalMs + REPORT_DELAY_MS;
  }

  /** Who speaks now, loudest first, as it was last told. */
  get speakers(): Speakers {
    return this.#told;
  }

  /** One report of a worker: everybody it heard. Returns the speakers when they have changed. */
  handleLevels(levels: readonly SpeakerLevel[], now: Instant): Speakers | undefined {
    const heard = new Map<string, number>();
    for (const { participantId, level, activeRatio } of levels) {
      const loudness = activeRatio >= this.#minActiveRatio ? 10 ** (-level / 20) * activeRatio : 0;
      heard.set(participantId, Math.max(loudness, heard.get(participantId) ?? 0));
    }
    for (const participantId of new Set([...this.#smoothed.keys(), ...heard.keys()])) {
      const loudness = heard.get(participantId) ?? 0;
      const before = this.#smoothed.get(participantId) ?? loudness;
      const smoothed = before + (loudness - before) * this.#smoothing;
      if (smoothed < this.#minLoudness) this.#smoothed.delete(participantId);
      else this.#smoothed.set(participantId, smoothed);
    }
    this.#silentAt = after(now, this.#silenceAfterMs);
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
