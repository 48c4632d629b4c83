import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackages } from "./install.mjs";
import { listFiles, listProjects, ROOT, requireNode } from "./repository.mjs";

const STAMP = join(ROOT, ".cache/build-stamp");

/**
 * Compiles every project, unless nothing changed since the last build that went well.
 *
 * Ends the process when the compiler finds an error.
 */
export function buildProjects() {
  const wanted = sourceStamp();
  const isBuilt = listProjects().every((project) => existsSync(join(ROOT, project, "dist/.tsbuildinfo")));
  if (isBuilt && existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  console.error("Building (tsc -b)…");
  rmSync(STAMP, { force: true });
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, "-b"], { cwd: ROOT, stdio: "inherit" });
  if (result.status !== 0) {
    console.error("The build failed; see above.");
    process.exit(1);
  }
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, wanted);
}

/** One line per source: path, size, time of change. Asking the compiler the same takes it most of a second. */
function sourceStamp() {
  const settings = ["package-lock.json", "tsconfig.json", "tsconfig.base.json"];
  const files = listProjects().flatMap((project) => [
    ...["package.json", "tsconfig.json", "tsconfig.test.json", "tsconfig.node.json"].map((name) => `${project}/${name}`),
    ...listFiles(`${project}/src`),
  ]);
  return [...settings, ...files]
    .map((path) => ({ path, stat: statSync(join(ROOT, path), { throwIfNoEntry: false }) }))
    .map(({ path, stat }) => (stat ? `${path} ${stat.size} ${stat.mtimeMs}\n` : ""))
    .join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  requireNode();
  installPackages();
  buildProjects();
}
