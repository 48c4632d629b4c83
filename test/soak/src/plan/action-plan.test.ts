import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Action, ActionType } from "./action.js";
import { ActionPlan, MAX_GUESTS } from "./action-plan.js";

const ROUND = 60;
const planned = (seed: number, rounds: number): Action[] => {
  const plan = new ActionPlan(seed);
  return Array.from({ length: rounds }, () => [
    ...Array.from({ length: ROUND }, () => plan.next().action),
    ...plan.endRound(),
  ]).flat();
};

test("one seed is one plan, another seed another", () => {
  assert.deepEqual(planned(1, 5), planned(1, 5));
  assert.notDeepEqual(planned(1, 5), planned(2, 5));
});

test("whoever does something is there, and nobody is there when a round is over", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const plan = new ActionPlan(seed);
      for (let round = 0; round < 4; round++) {
        const present = new Map<number, Set<string>>();
        const actions = [...Array.from({ length: ROUND }, () => plan.next().action), ...plan.endRound()];
        for (const action of actions) follow(present, action);
        assert.equal(present.size, 0);
      }
    }),
  );
});

test("within minutes everything happens, to the mean at the pace that is meant", () => {
  const plan = new ActionPlan(3);
  const seen = new Map<ActionType, number>();
  let totalMs = 0;
  for (let index = 0; index < 2_000; index++) {
    const { afterMs, action } = plan.next();
    totalMs += afterMs;
    seen.set(action.type, (seen.get(action.type) ?? 0) + 1);
  }
  assert.equal(seen.size, 12);
  assert.ok(Math.min(...seen.values()) >= 20, JSON.stringify([...seen]));
  assert.ok(totalMs / 2_000 > 200 && totalMs / 2_000 < 240);
});

/** `present`: what each publishes. */
function follow(present: Map<number, Set<string>>, action: Action): void {
  const { guest, type } = action;
  assert.ok(guest >= 0 && guest < MAX_GUESTS);
  const publishes = present.get(guest);
  if (type === "join") {
    assert.equal(publishes, undefined, "it is there already");
    present.set(guest, new Set(action.publishes));
    return;
  }
  assert.ok(publishes !== undefined, `${type} of somebody who is not there`);
  if (type === "leave" || type === "kick" || type === "vanish") present.delete(guest);
  else if (type === "publish") assert.ok(!publishes.has(action.kind) && publishes.add(action.kind));
  else if (type === "unpublish") assert.ok(publishes.delete(action.kind));
  else if (type === "mute") assert.ok(publishes.has(action.kind));
}
