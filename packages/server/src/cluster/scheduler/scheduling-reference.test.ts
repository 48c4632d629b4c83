/** docs/reference/scheduling.md has the formulas as they are. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { RING } from "../ring/hash-ring.js";
import { LOAD_BOUND } from "./candidate-group.js";
import { QOS } from "./qos-weight.js";
import { type Exclusion, MAX_NODE_STREAMS } from "./scheduled-node.js";
import { SCHEDULER_DEFAULTS, STEPS_PER_NODE } from "./scheduler.js";
import type { CandidateOutcome } from "./scheduling-decision.js";
import { HYBRID_SHARES } from "./strategies/hybrid-strategy.js";
import { DEFAULT_STRATEGY, STRATEGIES } from "./strategies/strategies.js";

const page = readFileSync(new URL("../../../../../docs/reference/scheduling.md", import.meta.url), "utf8");
const text = page.replaceAll(/\s+/g, " ");
const { latency, loss, cpu, minWeight, maxWeight } = QOS;

for (const sentence of [
  `| a node is full from | ${SCHEDULER_DEFAULTS.fullCpuPercent} % of its CPU,`,
  `| 0 to ${MAX_NODE_STREAMS};`,
  `| virtual nodes of a node | ${RING.virtualNodes}: the hashes of \`<nodeId>#0\` to \`<nodeId>#${RING.virtualNodes - 1}\``,
  `| nodes at most | ${RING.maxNodes};`,
  `The product of three factors, between ${minWeight} and ${maxWeight}:`,
  `| latency | max(${latency.floor}, 1 − ms/${latency.noneMs}) of the round trip to the node | ${latency.intervalMs / 1e3} s |`,
  `| loss | 1 − lossRate | ${loss.intervalMs / 1e3} s |`,
  `| cpu | max(${cpu.floor}, 1 − cpu/${cpu.nonePercent}) of its CPU in per cent | ${cpu.intervalMs / 1e3} s |`,
  `| \`hybrid\` | ${HYBRID_SHARES.cpu}·cpu + ${HYBRID_SHARES.streams}·streams,`,
  `| ${LOAD_BOUND} times the mean of the streams, rounded up |`,
  `as ${STEPS_PER_NODE} times the number of nodes`,
]) {
  test(`docs/reference/scheduling.md says "${sentence}"`, () => assert.ok(text.includes(sentence)));
}

test("docs/reference/scheduling.md has every strategy, and names the default", () => {
  const part = page.slice(page.indexOf("\n## Strategies"), page.indexOf("\n## The bound"));
  const rows = [...part.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), Object.keys(STRATEGIES).sort());
  assert.deepEqual(
    rows.filter(([, , rest = ""]) => rest.includes("the default")).map(([, name]) => name),
    [DEFAULT_STRATEGY],
  );
});

test("docs/reference/scheduling.md names every reason for which a node is left out or not chosen", () => {
  // Compiled as the unions are, so that a new reason is missed here.
  const reasons: Record<Exclusion | "otherRegion" | CandidateOutcome, true> = {
    draining: true,
    stale: true,
    cpuFull: true,
    streamsFull: true,
    unreadable: true,
    otherRegion: true,
    chosen: true,
    overBound: true,
    passedOver: true,
    notReached: true,
  };
  for (const reason of Object.keys(reasons)) assert.ok(page.includes(`\`${reason}\``), reason);
});
