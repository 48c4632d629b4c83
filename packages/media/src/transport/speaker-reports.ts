import type { Router } from "../router/router.js";
import { after, type Instant } from "../time/instant.js";
import type { AudioLevel, MediaEvent } from "./parameters.js";

/** LiveKit's windows. */
const DEFAULT_AUDIO_LEVEL_INTERVAL_MS = 400;

/** Tells who is heard in each Router: audio levels at an interval, the dominant speaker when it changes. */
export class SpeakerReports {
  readonly #emit: (event: MediaEvent) => void;
  readonly #intervalMs: number;
  #nextAudioLevels: Instant | undefined;

  /** `intervalMs`: between two readings of the audio levels. */
  constructor(emit: (event: MediaEvent) => void, intervalMs = DEFAULT_AUDIO_LEVEL_INTERVAL_MS) {
    this.#emit = emit;
    this.#intervalMs = intervalMs;
  }

  handleTimeout(routers: Iterable<Router>, now: Instant): void {
    const isDue = this.#nextAudioLevels === undefined || this.#nextAudioLevels <= now;
    if (isDue) this.#nextAudioLevels = after(now, this.#intervalMs);
    for (const router of routers) {
      if (isDue) this.#reportAudioLevels(router);
      this.#electDominantSpeaker(router, now);
    }
  }

  #electDominantSpeaker({ id, speakers }: Router, now: Instant): void {
    speakers.handleTimeout(now);
    const dominant = speakers.pollDominant();
    if (dominant !== undefined) this.#emit({ type: "dominantSpeaker", routerId: id, producerId: dominant?.producerId });
  }

  #reportAudioLevels(router: Router): void {
    const levels: AudioLevel[] = [];
    for (const producer of router.producers.values()) {
      const reading = producer.activity.take();
      if (reading !== undefined) levels.push({ producerId: producer.id, ...reading });
    }
    if (levels.length === 0) return;
    levels.sort((a, b) => a.level - b.level);
    this.#emit({ type: "audioLevels", routerId: router.id, levels });
  }
}
