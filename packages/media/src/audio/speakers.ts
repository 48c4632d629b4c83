import type { Instant } from "../time/instant.js";
import { DominantSpeaker } from "./dominant-speaker.js";
import { LoudestSpeakers, Loudness } from "./loudest-speakers.js";
import { SpeechActivity } from "./speech-activity.js";

/** One Producer whose packets tell their audio level. */
export class Speaker {
  readonly producerId: string;
  readonly activity = new SpeechActivity();
  readonly loudness = new Loudness();
  readonly #speakers: Speakers;

  constructor(speakers: Speakers, producerId: string) {
    this.#speakers = speakers;
    this.producerId = producerId;
  }

  /** One packet in order; false when it is not to be forwarded, for enough others are louder. */
  handleLevel(level: number, timestamp: number, clockRate: number, now: Instant): boolean {
    return this.#speakers.handleLevel(this, level, timestamp, clockRate, now);
  }

  /** Nothing of it is heard for now: it is not dominant any more, nor one of the loudest. */
  handlePaused(): void {
    this.#speakers.silence(this);
  }
}

/** Everybody in one Router who can be heard: who is dominant, and who is forwarded. */
export class Speakers {
  readonly #speakers: Speaker[] = [];
  readonly #dominant = new DominantSpeaker<Speaker>();
  readonly #loudest: LoudestSpeakers | undefined;
  #told: Speaker | undefined;

  /** `loudestSpeakers`: how many are forwarded besides the dominant one; 0 is all. */
  constructor(loudestSpeakers: number) {
    this.#loudest = loudestSpeakers === 0 ? undefined : new LoudestSpeakers(loudestSpeakers);
  }

  open(producerId: string): Speaker {
    const speaker = new Speaker(this, producerId);
    this.#speakers.push(speaker);
    return speaker;
  }

  close(speaker: Speaker): void {
    this.silence(speaker);
    const index = this.#speakers.indexOf(speaker);
    if (index !== -1) this.#speakers.splice(index, 1);
  }

  silence(speaker: Speaker): void {
    speaker.activity.reset();
    this.#dominant.remove(speaker);
    this.#loudest?.remove(speaker.loudness);
  }

  handleLevel(speaker: Speaker, level: number, timestamp: number, clockRate: number, now: Instant): boolean {
    speaker.activity.handleLevel(level, timestamp, clockRate, now);
    if (this.#loudest === undefined) return true;
    return this.#loudest.handleLevel(speaker.loudness, level, speaker === this.#dominant.dominant, now);
  }

  handleTimeout(now: Instant): void {
    if (this.#speakers.length > 0) this.#dominant.handleTimeout(this.#speakers, now);
  }

  /** The dominant speaker when it is another one than at the last call; null: there is none any more. */
  pollDominant(): Speaker | null | undefined {
    const { dominant } = this.#dominant;
    if (dominant === this.#told) return undefined;
    this.#told = dominant;
    return dominant ?? null;
  }
}
