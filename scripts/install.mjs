import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, requireNode } from "./repository.mjs";

const LOCK = join(ROOT, "package-lock.json");
const MODULES = join(ROOT, "node_modules");
/** Lives inside node_modules, so that deleting that folder deletes it too. */
const STAMP = join(MODULES, ".sluice-installed");
/** npm's own record of what it installed. */
const NPM_RECORD = join(MODULES, ".package-lock.json");

/**
 * Makes node_modules what package-lock.json says; does nothing when it already is.
 *
 * Ends the process when npm fails: nothing else can run then.
 */
export function installPackages() {
  // The platform is part of the stamp because a folder shared with a container holds the wrong native packages.
  const wanted = `${createHash("sha256").update(readFileSync(LOCK)).digest("hex")} ${process.platform}-${process.arch}\n`;
  if (existsSync(STAMP) ? readFileSync(STAMP, "utf8") === wanted : isInstalledByHand()) {
    if (!existsSync(STAMP)) writeFileSync(STAMP, wanted);
    return;
  }
  console.error("Installing packages (npm ci)…");
  const npm = npmCommand();
  // NODE_ENV=production would leave out the compiler, hence --include=dev.
  const args = [...npm.args, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = spawnSync(npm.program, args, {
    cwd: ROOT,
    encoding: "utf8",
    shell: npm.shell,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status !== 0) {
    console.error(result.stdout ?? "", result.stderr ?? "", result.error?.message ?? "");
    console.error("npm ci failed; see above. Sluice needs a package registry the first time it runs.");
    process.exit(1);
  }
  writeFileSync(STAMP, wanted);
}

/** Whether somebody ran npm themselves since the lock file last changed. */
function isInstalledByHand() {
  return existsSync(NPM_RECORD) && statSync(NPM_RECORD).mtimeMs >= statSync(LOCK).mtimeMs;
}

/** The npm that started this script, else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) return { program: process.execPath, args: [script], shell: false };
  // npm is a .cmd file on Windows, which only a shell can start.
  return { program: "npm", args: [], shell: process.platform === "win32" };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  requireNode();
  installPackages();
}
