// What a VP8 receiver makes of picture ids and TL0PICIDX: the rules by which libwebrtc finds a frame's references.

export interface Vp8Frame {
  readonly id: number;
  readonly isKey: boolean;
  readonly pictureId: number;
  readonly tl0PictureIndex: number;
  readonly temporalLayer: number;
  readonly isLayerSync: boolean;
}

const LAYERS = 4;

/** Which pictures a frame refers to, by their unwrapped numbers. */
export interface Vp8Verdict {
  readonly number: number;
  readonly references: readonly number[];
}

/** Tells what a frame refers to, or that it must wait to be told, or that it came too late. */
export class Vp8References {
  readonly #frames = new Map<number, Vp8Frame & { readonly number: number; readonly base: number }>();
  /** By unwrapped TL0PICIDX: the last picture of each layer since; -1 for none. */
  readonly #layers = new Map<number, number[]>();
  readonly #missing = new Set<number>();
  #newest: number | undefined;
  #newestBase = 0;

  add(frame: Vp8Frame): void {
    const number = this.#unwrap(frame.pictureId, 0x8000, this.#newest ?? frame.pictureId);
    const base = this.#unwrap(frame.tl0PictureIndex, 0x100, this.#newestBase);
    this.#newestBase = Math.max(base, this.#newestBase);
    this.#frames.set(frame.id, { ...frame, number, base });
  }

  decide(id: number): Vp8Verdict | "stash" | "drop" {
    const frame = this.#frames.get(id);
    if (frame === undefined) return "drop";
    const { number, base, temporalLayer, isKey, isLayerSync } = frame;
    for (this.#newest ??= number; this.#newest < number; ) this.#missing.add(++this.#newest);
    for (const missing of this.#missing) if (missing < number - 100) this.#missing.delete(missing);
    if (isKey) {
      this.#layers.set(base, new Array<number>(LAYERS).fill(-1));
      return this.#pass(number, base, temporalLayer, []);
    }
    const before = this.#layers.get(temporalLayer === 0 ? base - 1 : base);
    if (before === undefined) return "stash";
    const own = before[temporalLayer] ?? -1;
    if (temporalLayer === 0) {
      this.#layers.set(base, [...before]);
      return own >= number ? "drop" : this.#pass(number, base, 0, before.slice(0, 1));
    }
    if (isLayerSync) return own >= number ? "drop" : this.#pass(number, base, temporalLayer, before.slice(0, 1));
    for (const last of before.slice(0, temporalLayer + 1)) {
      if (last === -1) return "stash";
      if (last > number) return "drop";
      for (const missing of this.#missing) if (missing > last && missing < number) return "stash";
    }
    return this.#pass(number, base, temporalLayer, before.slice(0, temporalLayer + 1));
  }

  #pass(number: number, base: number, temporalLayer: number, references: readonly number[]): Vp8Verdict {
    for (let at = base; ; at++) {
      const layers = this.#layers.get(at);
      if (layers === undefined || (layers[temporalLayer] ?? -1) > number) break;
      layers[temporalLayer] = number;
    }
    this.#missing.delete(number);
    return { number, references };
  }

  #unwrap(value: number, range: number, reference: number): number {
    const difference = (((value - reference) % range) + range) % range;
    return reference + (difference > range / 2 ? difference - range : difference);
  }
}
