import assert from "node:assert/strict";

/** Far beyond what it takes, for machines that are busy with something else. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 20;

/** Resolves when `condition` holds; a real node has no virtual time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not within ${PATIENCE_MS / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
