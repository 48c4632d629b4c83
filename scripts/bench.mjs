// `npm run bench -- NAME [ARGUMENTS]`: builds, then measures. Without a name everything is measured.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { findPrograms } from "./programs.mjs";
import { ROOT, requireNode } from "./repository.mjs";

requireNode();
installPackages();
buildProjects();

const main = join(ROOT, "bench/dist/main.js");
const args = process.argv.slice(2);
const isNamed = args[0]?.startsWith("-") === false;
// Only joining needs a browser.
const env = { ...process.env, ...(isNamed && args[0] !== "join" ? {} : findPrograms()) };
const result = spawnSync(process.execPath, [main, ...args], { cwd: ROOT, stdio: "inherit", env });
process.exitCode = result.status ?? 1;
