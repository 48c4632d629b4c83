// Part of `npm run lint`: reads every source and names each breach of a wall, one line each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findBreaches } from "./lint/walls.mjs";
import { listFiles, listProjects, ROOT } from "./repository.mjs";

const paths = [...listProjects().flatMap((project) => listFiles(`${project}/src`)), ...listFiles("scripts")];
// The walls' own test is made of breaches.
const sources = paths.filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith("walls.test.mjs"));
const breaches = findBreaches(sources.map((path) => ({ path, source: readFileSync(join(ROOT, path), "utf8") })));
for (const { path, line, wall, message } of breaches) console.error(`${path}:${line} ${wall}: ${message}`);
console.error(
  `Checked the walls of ${sources.length} files: ${breaches.length === 0 ? "all stand" : `${breaches.length} breached`}.`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
