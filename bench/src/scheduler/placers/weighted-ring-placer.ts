import { after, instant } from "@sluice/media";
import { HashRing, QosMeter, RING, STRATEGIES } from "@sluice/server/scheduler";
import type { NodeReport, Placer } from "./placer.js";

/** What we do not do: score and QoS weight of a node are its number of virtual nodes. */
export class WeightedRingPlacer implements Placer {
  readonly name = "ring, weight as virtual nodes";
  readonly hasTable = false;
  readonly #ring = new HashRing();
  readonly #meters = new Map<string, QosMeter>();
  readonly #counts = new Map<string, number>();

  addNode(nodeId: string): void {
    this.#meters.set(nodeId, new QosMeter());
    this.#counts.set(nodeId, RING.virtualNodes);
    this.#ring.add(nodeId);
  }

  removeNode(nodeId: string): void {
    this.#meters.delete(nodeId);
    this.#ring.remove(nodeId);
  }

  choose(key: string): string {
    return this.#ring.lookup(key) as string;
  }

  handlePlaced(): void {}

  handleReports(reports: readonly NodeReport[], seconds: number): void {
    const scores = STRATEGIES.hybrid(reports);
    const weights = reports.map(({ nodeId, cpuPercent }, index) => {
      const meter = this.#meters.get(nodeId) ?? new QosMeter();
      meter.handleReadings({ cpuPercent }, after(instant(0), seconds * 1e3));
      return meter.weight * (scores[index] as number);
    });
    const best = Math.max(...weights);
    for (const [index, { nodeId }] of reports.entries()) {
      const count = Math.max(1, Math.round((RING.virtualNodes * (weights[index] as number)) / best));
      if (this.#counts.get(nodeId) === count) continue;
      this.#counts.set(nodeId, count);
      this.#ring.remove(nodeId);
      this.#ring.add(nodeId, count);
    }
  }
}
