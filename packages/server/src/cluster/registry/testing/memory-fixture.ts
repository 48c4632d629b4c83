import assert from "node:assert/strict";
import { VirtualClock } from "../../../testing/virtual-clock.js";
import { MemoryRegistryStore } from "../memory/memory-registry-store.js";
import type { RegistryFixture } from "./registry-fixture.js";

const STEP_MS = 20;
const LATENCY_MS = 2;

export function createMemoryFixture(): RegistryFixture {
  const clock = new VirtualClock();
  const memory = new MemoryRegistryStore(clock);
  return {
    clock,
    async link() {
      const store = memory.connect(LATENCY_MS);
      return { store, cut: () => store.partition("both"), heal: () => store.partition("none") };
    },
    async eventually(condition, timeoutMs, what) {
      for (let passedMs = 0; !condition(); passedMs += STEP_MS) {
        assert.ok(passedMs < timeoutMs, `not within ${timeoutMs} ms: ${what}`);
        clock.advance(STEP_MS);
        // Promises of the code under test settle between steps.
        await Promise.resolve();
      }
    },
    stop: async () => memory.stop(),
    start: async () => memory.start(),
    compact: async () => memory.compact(),
    writeForeign: async (key, value) => memory.writeForeign(new TextDecoder().decode(key), value),
    async endLeaseOf(key) {
      const lease = memory.leaseOf(key);
      assert.ok(lease);
      memory.serve({ type: "revoke", lease });
    },
    close: async () => undefined,
  };
}
