import { after, instant } from "@sluice/media";
import { Scheduler, type StrategyName } from "@sluice/server/scheduler";
import type { NodeReport, Placer } from "./placer.js";

export class SluicePlacer implements Placer {
  readonly name: string;
  readonly hasTable = true;
  readonly #scheduler: Scheduler;

  constructor(strategy: StrategyName) {
    this.name = `Sluice, ${strategy}`;
    this.#scheduler = new Scheduler({ strategy });
  }

  addNode(nodeId: string): void {
    this.#report({ nodeId, streams: 0, cpuPercent: 0 }, 0);
  }

  removeNode(nodeId: string): void {
    this.#scheduler.removeNode(nodeId);
  }

  choose(key: string): string {
    return this.#scheduler.choose({ key });
  }

  handlePlaced(nodeId: string): void {
    this.#scheduler.handlePlaced(nodeId);
  }

  handleReports(reports: readonly NodeReport[], seconds: number): void {
    for (const report of reports) this.#report(report, seconds);
  }

  #report(report: NodeReport, seconds: number): void {
    this.#scheduler.setNode({ ...report, region: "", state: "serving", isStale: false }, after(instant(0), seconds * 1e3));
  }
}
