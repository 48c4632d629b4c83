// `npm run bench -- NAME [ARGUMENTS]`: builds, then measures. Without a name everything is measured.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { ROOT, requireNode } from "./repository.mjs";

requireNode();
installPackages();
buildProjects();

const main = join(ROOT, "bench/dist/main.js");
const result = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { cwd: ROOT, stdio: "inherit" });
process.exitCode = result.status ?? 1;
