/** docs/reference/sdk.md names exactly the events there are, and every public method of a Room. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const page = read("docs/reference/sdk.md");

test("the table of events is that of the source", () => {
  const [, body = ""] = /export interface RoomEvents \{([\s\S]*?)\n\}/.exec(read("packages/sdk/src/room-events.ts")) ?? [];
  const events = [...body.matchAll(/^ {2}(\w+): \[/gm)].map(([, name]) => name);
  const [, table = ""] = page.split("## Events");
  const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.ok(events.length > 10);
  assert.deepEqual(told, events);
});

test("every public method of a Room is told", () => {
  const source = read("packages/sdk/src/room.ts");
  const methods = [...source.matchAll(/^ {2}(?:async )?(?:get )?([a-z]\w*)\([^)]*\).*\{$/gm)].map(([, name]) => name);
  const untold = methods.filter((name) => !["constructor", "whenJoined"].includes(name ?? "") && !page.includes(`\`${name}`));
  assert.deepEqual(untold, []);
});
