import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository's root. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Oldest Node the project runs on: `[major, minor]`. */
const OLDEST_NODE = [20, 19];

/** Ends the process with one clear sentence when this Node is too old. Called first by every script. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(`Sluice needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node} (${process.execPath}).`);
  process.exit(1);
}

/**
 * The projects that `tsc -b` builds, as paths relative to {@link ROOT}: packages/*, test/* and bench.
 *
 * @returns {string[]}
 */
export function listProjects() {
  const projects = ["packages", "test"].flatMap((parent) =>
    existsSync(join(ROOT, parent)) ? readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`) : [],
  );
  return [...projects, "bench"].filter((project) => existsSync(join(ROOT, project, "tsconfig.json"))).sort();
}

/**
 * Every file below `folder` (relative to {@link ROOT}, forward slashes), in a stable order; none when it does not exist.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function listFiles(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(path) : [path];
    })
    .sort();
}
