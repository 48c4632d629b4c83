import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * A program that some tests need and npm cannot install.
 *
 * @typedef {object} Program
 * @property {string} name what it is called when it is missing
 * @property {string} variable environment variable that holds its path; tests skip themselves by name when it is unset
 * @property {string} aptPackage what Debian and Ubuntu call it
 * @property {string} proof argument with which it says something of itself and ends well
 * @property {string[]} commands names to look for on the PATH, and absolute paths
 * @property {RegExp} [unitTests] test files of packages that need it, by their paths; without, only those in test/ do
 */

/** @satisfies {Record<string, Program>} */
export const PROGRAMS = {
  chromium: {
    name: "chromium",
    variable: "SLUICE_CHROMIUM",
    aptPackage: "chromium",
    proof: "--version",
    commands: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
  },
  janus: {
    name: "janus",
    variable: "SLUICE_JANUS",
    aptPackage: "janus",
    proof: "--help",
    commands: ["janus", "/opt/janus/bin/janus"],
  },
  redisServer: {
    name: "redis-server",
    variable: "SLUICE_REDIS_SERVER",
    aptPackage: "redis-server",
    proof: "--version",
    commands: ["redis-server"],
    unitTests: /\/redis-[^/]*\.test\.js$/,
  },
  etcd: {
    name: "etcd",
    variable: "SLUICE_ETCD",
    aptPackage: "etcd-server",
    proof: "--version",
    commands: ["etcd"],
    unitTests: /\/etcd-[^/]*\.test\.js$/,
  },
};

/**
 * Where these programs are, as environment variables for the tests and benches.
 *
 * What is missing is installed on Debian and Ubuntu when this process is root; elsewhere it is named on standard error.
 *
 * @param {readonly Program[]} programs
 * @returns {Record<string, string>}
 */
export function findPrograms(programs) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const program of programs) {
    const path = findProgram(program) ?? (installByApt(program) ? findProgram(program) : undefined);
    if (path) found[program.variable] = path;
    else console.error(`${program.name} is not installed (nor named by ${program.variable}): what needs it is skipped.`);
  }
  return found;
}

/** @param {Program} program */
function findProgram(program) {
  const named = process.env[program.variable];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = program.commands.flatMap((command) =>
    command.startsWith("/") ? [command] : folders.map((folder) => join(folder, command)),
  );
  return [...(named ? [named] : []), ...candidates].find((path) => existsSync(path) && canRun(path, program.proof));
}

/**
 * Whether it starts at all: Ubuntu's `chromium-browser` may be an empty shell around a snap.
 *
 * @param {string} path
 * @param {string} proof
 */
function canRun(path, proof) {
  return spawnSync(path, [proof], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/** @param {Program} program */
function installByApt(program) {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const isDebian = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
  if (!isDebian || process.getuid?.() !== 0) return false;
  console.error(`Installing ${program.aptPackage} (apt-get)…`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-qq", "--yes", "--no-install-recommends", program.aptPackage],
  ]) {
    const result = spawnSync("apt-get", args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    if (result.status === 0) continue;
    console.error(`apt-get ${args.join(" ")} failed:\n${result.stderr ?? ""}`);
    return false;
  }
  return true;
}
