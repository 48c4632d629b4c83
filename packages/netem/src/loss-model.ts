import { RandomGenerator } from "./random-generator.js";

/** How datagrams are lost. Probabilities are in 0…1. */
export type Loss =
  | { readonly kind: "none" }
  /** Each datagram by itself. */
  | { readonly kind: "uniform"; readonly probability: number }
  /**
   * Bursts: a Markov chain of a good and a bad state, stepped once per datagram (Gilbert 1960, Elliott 1963; RFC 3611 §4.7.2
   * measures the same chain).
   *
   * The mean burst lasts 1 / `leaveBad` datagrams; the share of time in the bad state is
   * `enterBad` / (`enterBad` + `leaveBad`).
   */
  | {
      readonly kind: "gilbert-elliott";
      /** Chance to go from good to bad. */
      readonly enterBad: number;
      /** Chance to go from bad to good. */
      readonly leaveBad: number;
      /** Loss in the bad state; 1 in Gilbert's simple form. */
      readonly lossInBad: number;
      /** Loss in the good state; 0 in Gilbert's simple form. */
      readonly lossInGood: number;
    };

/** Decides datagram by datagram what is lost. The state of a burst survives a change of parameters. */
export class LossModel {
  loss: Loss = { kind: "none" };
  readonly #random: RandomGenerator;
  #state: "good" | "bad" = "good";

  constructor(seed: number) {
    this.#random = new RandomGenerator(seed);
  }

  /** Whether the next datagram is lost. */
  isNextLost(): boolean {
    switch (this.loss.kind) {
      case "none":
        return false;
      case "uniform":
        return this.#random.isHit(this.loss.probability);
      case "gilbert-elliott": {
        const { enterBad, leaveBad, lossInBad, lossInGood } = this.loss;
        const hasMoved = this.#random.isHit(this.#state === "good" ? enterBad : leaveBad);
        if (hasMoved) this.#state = this.#state === "good" ? "bad" : "good";
        return this.#random.isHit(this.#state === "good" ? lossInGood : lossInBad);
      }
    }
  }
}
