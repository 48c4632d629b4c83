/** deploy/grafana/sluice.json asks for nothing that nobody tells. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { METRICS, type MetricName } from "./metrics.js";

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const text = readFileSync(new URL("../../../../deploy/grafana/sluice.json", import.meta.url), "utf8");
const { panels } = JSON.parse(text) as { readonly panels: readonly Panel[] };
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** The family that a sample belongs to; undefined: there is none that has such samples. */
function familyOf(sample: string): MetricName | undefined {
  const name = sample.replace(/_(bucket|sum|count)$/, "");
  if (name !== sample && name in METRICS && METRICS[name as MetricName].type === "histogram") return name as MetricName;
  return sample in METRICS && METRICS[sample as MetricName].type !== "histogram" ? (sample as MetricName) : undefined;
}

test("every query of the dashboard names metrics and labels that there are", () => {
  assert.ok(queries.length > 50);
  for (const { title, expr, legendFormat } of queries) {
    const selectors = [...expr.matchAll(/(sluice_\w+)\{([^}]*)\}/g)];
    assert.equal(selectors.length, [...expr.matchAll(/sluice_\w+/g)].length, `${title}: ${expr}`);
    assert.ok(selectors.length > 0, title);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/, */));
    for (const [, sample = "", matchers = ""] of selectors) {
      const family = familyOf(sample);
      assert.ok(family !== undefined, `${title}: ${sample}`);
      const known = ["instance", "le", ...METRICS[family].labels];
      const used = [...matchers.matchAll(/(\w+)[=!]~?"/g)].map(([, label]) => label);
      for (const label of [...used, ...grouped]) assert.ok(known.includes(label ?? ""), `${title}: ${sample} has no ${label}`);
    }
    // What is in the legend has to be left after grouping.
    for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(grouped.includes(label), `${title}: ${label}`);
  }
});

test("a counter is shown by how fast it grows", () => {
  for (const { title, expr } of queries) {
    for (const [all, before = ""] of expr.matchAll(/(\w*)\(?sluice_\w+_(?:total|bucket|sum|count)\{/g)) {
      assert.match(before, /^(rate|increase)$/, `${title}: ${all}`);
    }
  }
});
