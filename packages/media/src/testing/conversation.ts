import { type Speaker, Speakers } from "../audio/speakers.js";
import { after, type Instant, instant } from "../time/instant.js";

/** What somebody does at the moment. A cough lasts 300 ms. */
export type Sound = "speech" | "noise" | "cough" | "dtx" | "absent";

const CLOCK_RATE = 48_000;

export interface Voice {
  readonly speaker: Speaker;
  sound: Sound;
  /** Nobody breathes in step with the others, ms. */
  readonly phaseMs: number;
  /** Media time in one packet, ms. */
  packetMs: number;
  /** Whether the last packet was to be forwarded, and how many were and were not so far. */
  isForwarded: boolean;
  forwarded: number;
  withheld: number;
}

/** A simulated conversation for tests: people who say audio levels to a Router's speakers every 20 ms, the same in every run. */
export class Conversation {
  readonly speakers: Speakers;
  readonly voices: Voice[] = [];
  now: Instant = instant(1_000_000);
  /** Producer ids in the order in which they became dominant; "" for nobody. */
  readonly elected: string[] = [];
  #seed: number;
  #startedMs = 0;
  #timeMs = 0;

  constructor(seed: number, loudestSpeakers = 0) {
    this.#seed = seed;
    this.speakers = new Speakers(loudestSpeakers);
  }

  add(producerId: string, sound: Sound = "noise"): Voice {
    const speaker = this.speakers.open(producerId);
    const phaseMs = this.voices.length * 370;
    const voice: Voice = { speaker, sound, phaseMs, packetMs: 20, isForwarded: false, forwarded: 0, withheld: 0 };
    this.voices.push(voice);
    return voice;
  }

  /** Everybody goes on with what they do. */
  run(ms: number): void {
    this.#startedMs = this.#timeMs;
    for (const end = this.#timeMs + ms; this.#timeMs < end; this.#timeMs += 10) {
      this.now = after(this.now, 10);
      for (const voice of this.voices) if (this.#timeMs % voice.packetMs === 0) this.#say(voice);
      this.speakers.handleTimeout(this.now);
      const dominant = this.speakers.pollDominant();
      if (dominant !== undefined) this.elected.push(dominant?.producerId ?? "");
    }
  }

  #say(voice: Voice): void {
    const level = this.#level(voice.sound, this.#timeMs + voice.phaseMs);
    if (level < 0) return;
    // Other streams have other timestamp bases; all wrap within the test.
    const timestamp = (this.#timeMs * (CLOCK_RATE / 1000) - 1_000_000) >>> 0;
    voice.isForwarded = voice.speaker.handleLevel(level, timestamp, CLOCK_RATE, this.now);
    if (voice.isForwarded) voice.forwarded++;
    else voice.withheld++;
  }

  /** -dBov, or -1 for no packet. Speech: syllables of about 200 ms with dips between them, a breath every three seconds. */
  #level(sound: Sound, phaseMs: number): number {
    const random = this.#random();
    switch (sound) {
      case "speech": {
        if (phaseMs % 3000 > 2600) return 65 + Math.floor(random * 8);
        return phaseMs % 240 < 180 ? 22 + Math.floor(random * 10) : 45 + Math.floor(random * 15);
      }
      case "cough":
        return this.#timeMs - this.#startedMs < 300 ? 15 : 68;
      case "noise":
        return 66 + Math.floor(random * 8);
      case "dtx":
        return this.#timeMs % 400 === 0 ? 127 : -1;
      case "absent":
        return -1;
    }
  }

  /** Mulberry32. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
