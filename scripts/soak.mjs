// `npm run soak [-- --minutes N --seed N --json]`: installs and builds what is missing, then keeps a node busy for as long as that.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { ROOT, requireNode } from "./repository.mjs";

requireNode();
installPackages();
buildProjects();

// Its own heap is watched as well, after a collection.
const program = [join(ROOT, "test/soak/dist/main.js"), ...process.argv.slice(2)];
const child = spawn(process.execPath, ["--expose-gc", ...program], { stdio: "inherit" });
// Ctrl-C goes to both: the soak ends by itself, with its verdict.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
