import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { optionTable } from "./option-table.js";
import { parseConfig } from "./parse-config.js";

const page = readFileSync(new URL("../../../../docs/reference/config.md", import.meta.url), "utf8");

test("docs/reference/config.md has the table of options as they are", () => {
  const table = page
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");
  assert.equal(table, optionTable());
});

test("the example file of docs/reference/config.md is a good configuration", () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1];
  const config = parseConfig({ flags: {}, environment: {}, file: parseYaml(example ?? ""), cpuCores: 1 });
  assert.deepEqual(config.warnings, []);
});
