// `npm start [-- ARGUMENTS]`: installs and builds what is missing, then serves with the development key.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { ROOT, requireNode } from "./repository.mjs";

requireNode();
installPackages();
buildProjects();

// The command runs in this process: starting another Node would cost a third of the second that a start may take.
const main = join(ROOT, "packages/cli/dist/main.js");
process.argv = [process.execPath, main, "serve", "--dev", ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
