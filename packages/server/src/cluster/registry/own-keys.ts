import { SluiceError } from "@sluice/protocol";
import { isRegistryKey, REGISTRY } from "./registry.js";
import type { StoreChange } from "./registry-store.js";

/** What a node declares, and which of it the store has yet to hear. Bounded by the number of keys, however long the store is away. */
export class OwnKeys {
  readonly #values = new Map<string, Uint8Array>();
  /** In the order of their declarations. */
  readonly #unwritten = new Set<string>();

  get isWritten(): boolean {
    return this.#unwritten.size === 0;
  }

  /** @throws SluiceError `invalidArgument`, `resourceExhausted` */
  set(key: string, value: Uint8Array): void {
    if (!isRegistryKey(key))
      throw new SluiceError("invalidArgument", `not a registry key: ${JSON.stringify(key.slice(0, 80))}`);
    if (value.byteLength > REGISTRY.maxValueBytes) {
      throw new SluiceError(
        "invalidArgument",
        `a registry value has ${REGISTRY.maxValueBytes} bytes at most, not ${value.byteLength}`,
      );
    }
    if (this.#values.size >= REGISTRY.maxOwnKeys && !this.#values.has(key)) {
      throw new SluiceError("resourceExhausted", `a node declares ${REGISTRY.maxOwnKeys} registry keys at most`);
    }
    this.#values.set(key, value);
    this.#queue(key);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#queue(key);
  }

  /** The next changes to write, as many as one request may carry; whoever takes them says what came of them. */
  takeBatch(): StoreChange[] {
    const batch: StoreChange[] = [];
    let sizeBytes = 0;
    for (const key of this.#unwritten) {
      const value = this.#values.get(key);
      sizeBytes += key.length + (value?.byteLength ?? 0);
      if (batch.length >= REGISTRY.maxBatchKeys || (batch.length > 0 && sizeBytes > REGISTRY.maxBatchBytes)) break;
      batch.push({ key, value });
      this.#unwritten.delete(key);
    }
    return batch;
  }

  /** The batch may not have arrived: it is to be written again, before everything else that waits. */
  handleFailed(batch: readonly StoreChange[]): void {
    const later = [...this.#unwritten];
    this.#unwritten.clear();
    for (const { key } of batch) this.#unwritten.add(key);
    for (const key of later) this.#unwritten.add(key);
  }

  /** The store has nothing of this node any more. */
  handleAllGone(): void {
    this.#unwritten.clear();
    for (const key of this.#values.keys()) this.#unwritten.add(key);
  }

  #queue(key: string): void {
    // Again at the end: what was declared last is written last.
    this.#unwritten.delete(key);
    this.#unwritten.add(key);
  }
}
