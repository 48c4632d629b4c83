import assert from "node:assert/strict";
import type { PrefixEvent, PrefixWatch, Registry } from "../registry.js";

const DECODER = new TextDecoder();

/** What somebody knows who watches a prefix, and how they came to know it. */
export class PrefixView {
  readonly values = new Map<string, string>();
  /** `reset`, `+key=value` or `-key`, in order. */
  readonly log: string[] = [];
  readonly watch: PrefixWatch;

  constructor(registry: Registry, prefix: string) {
    this.watch = registry.watch(prefix, (event) => this.#handleEvent(event));
  }

  get resets(): number {
    return this.log.filter((line) => line === "reset").length;
  }

  get text(): string {
    return [...this.values]
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(" ");
  }

  #handleEvent(event: PrefixEvent): void {
    switch (event.type) {
      case "reset":
        this.log.push("reset");
        this.values.clear();
        for (const { key, value } of event.entries) this.values.set(key, DECODER.decode(value));
        return;
      case "put":
        assert.ok(this.resets > 0, "the first event is a reset");
        this.log.push(`+${event.key}=${DECODER.decode(event.value)}`);
        this.values.set(event.key, DECODER.decode(event.value));
        return;
      case "delete":
        this.log.push(`-${event.key}`);
        this.values.delete(event.key);
        return;
    }
  }
}
