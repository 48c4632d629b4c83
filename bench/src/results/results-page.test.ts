import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DESIGN_ROWS } from "./design-rows.js";
import { renderResults } from "./results-page.js";
import { benchFile } from "./saved-run.js";

test("results.md and its plot are what the saved lines say", () => {
  const { page, plot } = renderResults();
  assert.equal(readFileSync(benchFile("results.md"), "utf8"), page);
  assert.equal(readFileSync(benchFile("peers.svg"), "utf8"), plot);
});

test("a row that misses its target says why", () => {
  for (const { what, measure, note } of DESIGN_ROWS) {
    if (measure()?.isMet === false) assert.ok(note !== undefined && note.length > 20, what);
  }
});
