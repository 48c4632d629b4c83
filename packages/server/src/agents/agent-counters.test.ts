import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AgentCounters } from "./agent-counters.js";

test("docs/reference/agents.md names every counter, in order", () => {
  const text = readFileSync(new URL("../../../../docs/reference/agents.md", import.meta.url), "utf8");
  const section = text.slice(text.indexOf("## Counters"));
  assert.deepEqual(
    [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    Object.keys(new AgentCounters()),
  );
});
