/** docs/reference/attacks.md names tests that are there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../../", import.meta.url);
const page = readFileSync(new URL("docs/reference/attacks.md", ROOT), "utf8");

for (const [row, number] of page.matchAll(/^\| (\d+) \|.*$/gm)) {
  test(`attack ${number} of docs/reference/attacks.md is tried where it says`, () => {
    const files = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].flatMap(([, file]) => file ?? []);
    assert.ok(files.length > 0);
    const named = new RegExp(`attack ${number}\\b|\\[A${number}\\]`);
    for (const file of files) assert.match(readFileSync(new URL(file, ROOT), "utf8"), named, file);
  });
}
