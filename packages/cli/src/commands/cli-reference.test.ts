/** docs/reference/cli.md is what `--help` says: every command, every flag with its meaning, and no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { OPTION_NAMES } from "@sluice/server/run";
import { join } from "./join.js";
import { loadgen } from "./loadgen.js";
import { loadtest } from "./loadtest.js";
import { profile } from "./profile.js";
import { room } from "./room/room.js";
import { ROOM_ACTIONS } from "./room/room-actions.js";
import { serve } from "./serve.js";
import { stats } from "./stats.js";
import { token } from "./token.js";

const PAGE = fileURLToPath(new URL("../../../../docs/reference/cli.md", import.meta.url));
/** Flags of `serve` that are options have their own page, config.md, and their own test. */
const OPTIONS = new Set<string>(OPTION_NAMES.map((name) => `--${name}`));

/** By command: rows of the tables in its section, first and second cell. */
function readSections(): Map<string, (readonly [string, string])[]> {
  const sections = readFileSync(PAGE, "utf8").split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [, name = ""] = /^`sluice (\w+)`/.exec(section) ?? [];
      const rows = [...section.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(
        ([, usage = "", meaning = ""]) => [usage, meaning] as const,
      );
      return [name, rows];
    }),
  );
}

const sections = readSections();

for (const [name, { flags }] of Object.entries({ serve, token, join, room, stats, profile, loadgen, loadtest })) {
  test(`docs/reference/cli.md has every flag of sluice ${name}, as --help has it`, () => {
    const written = (sections.get(name) ?? []).filter(([usage]) => usage.startsWith("-"));
    const shown = flags.filter(({ usage }) => name !== "serve" || !OPTIONS.has(usage.split(" ")[0] ?? ""));
    assert.deepEqual(
      written,
      shown.map(({ usage, meaning }) => [usage, meaning]),
    );
  });
}

test("docs/reference/cli.md has every action of sluice room", () => {
  const written = (sections.get("room") ?? []).filter(([usage]) => !usage.startsWith("-"));
  const shown = Object.entries(ROOM_ACTIONS).map(([name, { parameters, isVariadic, meaning }]) => [
    [name, ...parameters, ...(isVariadic === true ? ["…"] : [])].join(" "),
    meaning,
  ]);
  assert.deepEqual(written, shown);
});

test("docs/reference/cli.md has every command, in the order of --help", () => {
  assert.deepEqual(
    [...sections.keys()].filter((name) => name !== ""),
    ["serve", "token", "join", "room", "stats", "nodes", "profile", "loadgen", "loadtest"],
  );
});
