/** docs/spec/room.md has every rule that code and tests name, and every rule of it has a test. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../../../", import.meta.url);
const page = readFileSync(new URL("docs/spec/room.md", ROOT), "utf8");
const RULES = new Set([...page.matchAll(/^- \*\*\[(RM\d+)\]\*\*/gm)].map(([, id = ""]) => id));

/** Ids that the sources of a folder name, to one file that does. */
function named(folder: string, isWanted: (file: string) => boolean): Map<string, string> {
  const files = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" });
  const ids = files.filter(isWanted).flatMap((file) => {
    const text = readFileSync(new URL(`${folder}/${file}`, ROOT), "utf8");
    return [...text.matchAll(/\bRM\d+\b/g)].map(([id]): [string, string] => [id, file]);
  });
  return new Map(ids);
}

test("docs/spec/room.md has every rule that the code names, once", () => {
  const inCode = named("packages/server/src", (file) => file.endsWith(".ts"));
  const missing = [...inCode].filter(([id]) => !RULES.has(id));
  assert.deepEqual(missing, []);
  assert.equal(RULES.size, page.match(/\*\*\[RM/g)?.length);
});

test("every rule of docs/spec/room.md is named by a test", () => {
  const isTest = (file: string) => file.endsWith(".test.ts");
  const tested = new Set(["packages/server/src", "test/interop/src"].flatMap((folder) => [...named(folder, isTest).keys()]));
  assert.deepEqual(
    [...RULES].filter((id) => !tested.has(id)),
    [],
  );
});
