import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { killMarked } from "./marked-processes.mjs";
import { ROOT } from "./repository.mjs";

/** How long a test file has to clean up after it was told to end, in ms. */
const GRACE_MS = 5_000;

/** Environment variable by which the processes of a test file are found again. */
const MARK = "SLUICE_TEST_MARK";

/** Result folder: one file of events per test file, removed once read. */
const EVENTS = join(ROOT, ".cache/tests");

/** The test files running now, each the leader of its own process group. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/**
 * What came of one test file.
 *
 * @typedef {object} FileResult
 * @property {string} path relative to the repository's root
 * @property {number} durationMs
 * @property {import("./test-events.mjs").TestOutcome[]} tests
 * @property {string | undefined} failure why the file failed, in one line; undefined when it passed
 * @property {string} output everything the file printed
 */

/**
 * Runs one built test file in a process group of its own, and leaves no process of it behind.
 *
 * @param {string} path relative to the repository's root
 * @param {number} timeoutMs
 * @param {Record<string, string>} environment added to this process's own
 * @returns {Promise<FileResult>}
 */
export async function runTestFile(path, timeoutMs, environment) {
  mkdirSync(EVENTS, { recursive: true });
  const mark = `${process.pid}-${path.replaceAll("/", "-")}`;
  const events = join(EVENTS, `${mark}.jsonl`);
  const startedAt = performance.now();
  const exit = await run(path, timeoutMs, events, { ...environment, [MARK]: mark });
  const tests = readOutcomes(events);
  rmSync(events, { force: true });
  const durationMs = performance.now() - startedAt;
  return { path, durationMs, tests, output: exit.output, failure: findFailure(exit, tests, timeoutMs) };
}

/** Ends every test file that is running, for when the run itself is interrupted. */
export function killRunning() {
  for (const child of running) killGroup(child, "SIGKILL");
}

/**
 * @typedef {{ code: number | null, isTimedOut: boolean, output: string, leftBehind: string[] }} Exit
 * @param {string} path
 * @param {number} timeoutMs
 * @param {string} events
 * @param {Record<string, string>} environment
 * @returns {Promise<Exit>}
 */
function run(path, timeoutMs, events, environment) {
  const reporters = [
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...[
      `--test-reporter=${pathToFileURL(join(ROOT, "scripts/test-events.mjs")).href}`,
      `--test-reporter-destination=${events}`,
    ],
  ];
  // The file itself is the program, as under `node --test`, but without the runner's process in between.
  const child = spawn(process.execPath, ["--enable-source-maps", ...reporters, path], {
    cwd: ROOT,
    detached: process.platform !== "win32",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  return new Promise((resolve) => {
    let output = "";
    let isTimedOut = false;
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    timers.push(
      setTimeout(() => {
        isTimedOut = true;
        killGroup(child, "SIGTERM");
        timers.push(setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS));
      }, timeoutMs),
    );
    const closed = new Promise((resume) => child.on("close", resume));
    child.on("error", (error) => collect(Buffer.from(`${error.message}\n`)));
    // "exit", not "close": a process that the file left behind may hold its pipes open for ever.
    child.on("exit", async (code) => {
      for (const timer of timers) clearTimeout(timer);
      const leftBehind = await killMarked(`${MARK}=${environment[MARK]}`);
      killGroup(child, "SIGKILL");
      await Promise.race([closed, new Promise((resume) => setTimeout(resume, GRACE_MS).unref())]);
      running.delete(child);
      resolve({ code, isTimedOut, output, leftBehind });
    });
  });
}

/** Signals the child and everything in its process group. @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function killGroup(child, signal) {
  if (child.pid === undefined) return;
  if (process.platform === "win32") return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // No such group: everything in it has ended, which is what was wanted.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/** @param {string} events @returns {import("./test-events.mjs").TestOutcome[]} */
function readOutcomes(events) {
  if (!existsSync(events)) return [];
  return readFileSync(events, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/**
 * @param {Exit} exit
 * @param {import("./test-events.mjs").TestOutcome[]} tests
 * @param {number} timeoutMs
 */
function findFailure(exit, tests, timeoutMs) {
  const failed = tests.filter((test) => test.outcome === "failed").length;
  if (exit.isTimedOut) return `did not end within ${timeoutMs / 1000} s`;
  if (failed > 0) return `${failed} failed`;
  if (exit.code !== 0) return `ended with ${exit.code === null ? "a signal" : `code ${exit.code}`}`;
  if (exit.leftBehind.length > 0) return `left processes behind: ${exit.leftBehind.join(", ")}`;
  return undefined;
}
