import { crc32 } from "node:zlib";
import type { Placer } from "./placer.js";

/** The hash of a key, modulo the number of nodes. */
export class ModuloPlacer implements Placer {
  readonly name = "modulo";
  readonly hasTable = false;
  readonly #nodeIds: string[] = [];

  addNode(nodeId: string): void {
    this.#nodeIds.push(nodeId);
    this.#nodeIds.sort();
  }

  removeNode(nodeId: string): void {
    this.#nodeIds.splice(this.#nodeIds.indexOf(nodeId), 1);
  }

  choose(key: string): string {
    return this.#nodeIds[crc32(key) % this.#nodeIds.length] as string;
  }

  handlePlaced(): void {}

  handleReports(): void {}
}
