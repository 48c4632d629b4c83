// `npm run bench -- NAME [ARGUMENTS]`: builds, then measures. Without a name everything is measured.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { findPrograms, PROGRAMS } from "./programs.mjs";
import { ROOT, requireNode } from "./repository.mjs";

requireNode();
installPackages();
buildProjects();

const main = join(ROOT, "bench/dist/main.js");
const args = process.argv.slice(2);
const env = { ...process.env, ...findPrograms(programsFor(args)) };
const result = spawnSync(process.execPath, [main, ...args], { cwd: ROOT, stdio: "inherit", env });
process.exitCode = result.status ?? 1;

/** What else is needed, which npm does not install. @param {readonly string[]} args */
function programsFor([name, ...options]) {
  if (options.includes("--help")) return [];
  if (name === "join") return [PROGRAMS.chromium];
  if (name === "peers") return [PROGRAMS.janus];
  if (name === "bus") return [PROGRAMS.redisServer];
  return name === undefined || name.startsWith("-") ? Object.values(PROGRAMS) : [];
}
