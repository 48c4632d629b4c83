import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { metricTable } from "./metric-table.js";

test("docs/reference/metrics.md has the table of metrics as they are", () => {
  const page = readFileSync(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  const [table = ""] = /\| metric \|[\s\S]*?(?=\n\n|\n*$)/.exec(page) ?? [];
  assert.equal(table.trim(), metricTable());
});
