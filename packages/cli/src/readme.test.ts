/** README, the other pages at the top and all below docs/ do not lie: their commands exist with these flags, their links lead somewhere. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { join as joinCommand } from "./commands/join.js";
import { loadgen } from "./commands/loadgen.js";
import { loadtest } from "./commands/loadtest.js";
import { nodes } from "./commands/nodes.js";
import { profile } from "./commands/profile.js";
import { room } from "./commands/room/room.js";
import { serve } from "./commands/serve.js";
import { stats } from "./commands/stats.js";
import { token } from "./commands/token.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DOCS = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
const PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...DOCS.map((file) => join("docs", file))];
const COMMANDS = { serve, token, join: joinCommand, room, stats, nodes, profile, loadgen, loadtest };

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** Lines of the page's shell blocks, without comments. */
function shellLines(page: string): string[] {
  const blocks = [...read(page).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  return blocks.flatMap((text) => text.split("\n")).map((line) => line.replace(/\s+#.*$/, "").trim());
}

for (const page of PAGES) {
  test(`every npm command in ${page} is one of the repository's`, () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, run, own]) => run ?? own ?? "");
    for (const name of named) assert.ok(name in scripts, `npm run ${name}`);
  });

  test(`every sluice command in ${page} knows its flags`, () => {
    for (const line of shellLines(page).filter((each) => each.startsWith("npx sluice "))) {
      const [, , name = "", ...rest] = line.split(" ");
      if (name.startsWith("-")) continue;
      const command = COMMANDS[name as keyof typeof COMMANDS];
      assert.ok(command !== undefined, line);
      const known = command.flags.map(({ usage }) => usage).join("\n");
      for (const flag of rest.filter((word) => word.startsWith("--"))) assert.ok(known.includes(flag), `${line}: ${flag}`);
    }
  });

  test(`every link in ${page} leads to a file`, () => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
    for (const target of links.filter((each) => !/^[a-z]+:/.test(each))) {
      assert.ok(existsSync(join(ROOT, dirname(page), target)), target);
    }
  });
}

test("ARCHITECTURE.md has every package, and no other", () => {
  const workspaces = JSON.parse(read("package-lock.json")) as { packages: Record<string, unknown> };
  const present = Object.keys(workspaces.packages).filter((path) => /^packages\/[^/]+$/.test(path));
  const told = [...read("ARCHITECTURE.md").matchAll(/^\| `(packages\/\w+)` \|/gm)].map(([, path = ""]) => path);
  assert.deepEqual(told.sort(), present.sort());
});
