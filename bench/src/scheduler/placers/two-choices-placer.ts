import type { NodeReport, Placer } from "./placer.js";

/** Two nodes by lot, of which the one with fewer streams (Mitzenmacher, 2001): reported, and placed there since. */
export class TwoChoicesPlacer implements Placer {
  readonly name = "random two choices";
  readonly hasTable = true;
  readonly #random: () => number;
  readonly #nodeIds: string[] = [];
  readonly #streams = new Map<string, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  addNode(nodeId: string): void {
    this.#nodeIds.push(nodeId);
    this.#streams.set(nodeId, 0);
  }

  removeNode(nodeId: string): void {
    this.#nodeIds.splice(this.#nodeIds.indexOf(nodeId), 1);
  }

  choose(): string {
    const first = Math.floor(this.#random() * this.#nodeIds.length);
    // Another one than the first.
    const second = (first + 1 + Math.floor(this.#random() * (this.#nodeIds.length - 1))) % this.#nodeIds.length;
    const [one, other] = [this.#nodeIds[first] as string, this.#nodeIds[second] as string];
    return (this.#streams.get(one) ?? 0) <= (this.#streams.get(other) ?? 0) ? one : other;
  }

  handlePlaced(nodeId: string): void {
    this.#streams.set(nodeId, (this.#streams.get(nodeId) ?? 0) + 1);
  }

  handleReports(reports: readonly NodeReport[]): void {
    for (const { nodeId, streams } of reports) this.#streams.set(nodeId, streams);
  }
}
