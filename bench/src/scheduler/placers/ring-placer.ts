import { HashRing } from "@sluice/server/scheduler";
import type { Placer } from "./placer.js";

/** The ring and nothing else. */
export class RingPlacer implements Placer {
  readonly name = "plain ring";
  readonly hasTable = false;
  readonly #ring = new HashRing();

  addNode(nodeId: string): void {
    this.#ring.add(nodeId);
  }

  removeNode(nodeId: string): void {
    this.#ring.remove(nodeId);
  }

  choose(key: string): string {
    return this.#ring.lookup(key) as string;
  }

  handlePlaced(): void {}

  handleReports(): void {}
}
