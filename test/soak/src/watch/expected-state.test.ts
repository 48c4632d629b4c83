import assert from "node:assert/strict";
import { test } from "node:test";
import { METRICS, parseExposition } from "@sluice/server/telemetry";
import { differences, expectedState } from "./expected-state.js";
import { Scrape } from "./scrape.js";

test("what is expected are metrics of a node, with labels that they have", () => {
  const metrics: Readonly<Record<string, { readonly labels: readonly string[] }>> = METRICS;
  for (const { name, labels = {} } of expectedState(2)) {
    assert.ok(Object.hasOwn(metrics, name), name);
    for (const label of Object.keys(labels)) assert.ok(metrics[name]?.labels.includes(label), `${name} ${label}`);
  }
});

test("a room that stays is told, and nothing else", () => {
  const lines = expectedState(2)
    .filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index)
    .flatMap(({ name }) => {
      const samples = expectedState(2).filter(
        (other) => other.name === name && (other.labels !== undefined || name !== "sluice_transports"),
      );
      return [
        `# HELP ${name} Text`,
        `# TYPE ${name} gauge`,
        ...samples.map(({ labels = {}, value }) => {
          const [[label, text] = ["any", "x"]] = Object.entries(labels);
          return `${name}{${label}="${text}"} ${name === "sluice_rooms" ? value + 1 : value}`;
        }),
      ];
    });
  const scrape = new Scrape(parseExposition(`${lines.join("\n")}\n`));
  assert.deepEqual(differences(scrape, expectedState(2)), ["sluice_rooms is 2, not 1"]);
});
