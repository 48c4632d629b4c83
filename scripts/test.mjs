// `npm test [-- FILTER…]`: installs and builds what is missing, then runs every test file whose path contains a FILTER.
import { availableParallelism } from "node:os";
import { buildProjects } from "./build.mjs";
import { installPackages } from "./install.mjs";
import { findPrograms, PROGRAMS } from "./programs.mjs";
import { listFiles, listProjects, requireNode } from "./repository.mjs";
import { killRunning, runTestFile } from "./test-file.mjs";

/** How long one test file may take, in ms: of one project, and of a whole system with browsers. */
const UNIT_TIMEOUT_MS = 120_000;
const WHOLE_TIMEOUT_MS = 300_000;

/**
 * Whole systems run in real time, on machines that may stop for seconds: so many files that failed run once more, at the end. If they
 * pass then, the run does, and says what failed at first. More than that is no chance, and neither is what fails twice.
 */
const MAX_SECOND_TRIES = 3;

requireNode();
installPackages();
buildProjects();
const isCi = process.env.CI === "true";
const filters = process.argv.slice(2);
const { unit, whole } = listTestFiles(filters);
if (unit.length + whole.length === 0) {
  console.error(`No test file matches ${filters.join(" ")}.`);
  process.exit(1);
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => {
    killRunning();
    process.exit(130);
  });
}

/** @type {import("./test-file.mjs").FileResult[]} */
const results = [];
/** What failed at first and passed then. @type {import("./test-file.mjs").FileResult[]} */
const overcome = [];
const startedAt = performance.now();
await runAll(unit, Math.min(2, availableParallelism()), UNIT_TIMEOUT_MS, findPrograms(programsOf(unit)));
// Whole systems one at a time: each starts nodes, browsers and bots, and two at once would only measure the machine.
if (whole.length > 0) {
  const environment = findPrograms([PROGRAMS.chromium]);
  await runAll(whole, 1, WHOLE_TIMEOUT_MS, environment);
  await tryAgain(environment);
}
process.exit(summarize() ? 0 : 1);

/**
 * The built test files, found by their sources, so that what a deleted source left in dist does not run.
 *
 * @param {string[]} filters
 */
function listTestFiles(filters) {
  const isWanted = (/** @type {string} */ path) => filters.length === 0 || filters.some((filter) => path.includes(filter));
  const built = listProjects().flatMap((project) =>
    listFiles(`${project}/src`)
      .filter((path) => path.endsWith(".test.ts"))
      .map((source) => ({ source, path: source.replace(`${project}/src/`, `${project}/dist/`).replace(/\.ts$/, ".js") })),
  );
  const scripts = listFiles("scripts").filter((path) => path.endsWith(".test.mjs"));
  const wanted = [...scripts.map((path) => ({ source: path, path })), ...built].filter(
    ({ source, path }) => isWanted(source) || isWanted(path),
  );
  const isWhole = (/** @type {string} */ path) => path.startsWith("test/");
  return {
    unit: wanted.map(({ path }) => path).filter((path) => !isWhole(path)),
    whole: wanted.map(({ path }) => path).filter(isWhole),
  };
}

/**
 * Programs that one of these test files needs.
 *
 * @param {string[]} paths
 */
function programsOf(paths) {
  /** @type {import("./programs.mjs").Program[]} */
  const programs = Object.values(PROGRAMS);
  return programs.filter(({ unitTests }) => unitTests !== undefined && paths.some((path) => unitTests.test(path)));
}

/**
 * @param {string[]} paths
 * @param {number} concurrency
 * @param {number} timeoutMs
 * @param {Record<string, string>} environment
 */
async function runAll(paths, concurrency, timeoutMs, environment) {
  const queue = [...paths];
  const next = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const result = await runTestFile(path, timeoutMs, environment);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, next));
}

/** @param {Record<string, string>} environment */
async function tryAgain(environment) {
  const failed = results.filter(({ path, failure }) => failure && whole.includes(path));
  if (failed.length === 0 || failed.length > MAX_SECOND_TRIES) return;
  console.log(`\nOnce more: ${failed.map(({ path }) => path).join(", ")}`);
  for (const first of failed) {
    const second = await runTestFile(first.path, WHOLE_TIMEOUT_MS, environment);
    report(second);
    results[results.indexOf(first)] = second;
    if (!second.failure) overcome.push(first);
  }
}

/** @param {import("./test-file.mjs").FileResult} result */
function report({ path, durationMs, tests, failure, output }) {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`;
  if (failure) console.log(`${output}\n✖ ${path}: ${failure} (${seconds})`);
  else console.log(`✔ ${path}: ${tests.length} tests (${seconds})`);
  for (const { name, reason } of skipped(tests)) console.log(`  ﹣ skipped: ${name}${reason ? `: ${reason}` : ""}`);
}

/** @param {import("./test-file.mjs").FileResult["tests"]} tests */
function skipped(tests) {
  return tests.filter((test) => test.outcome === "skipped");
}

/** Prints what came of the run; true when it may pass. */
function summarize() {
  const tests = results.flatMap((result) => result.tests);
  const passed = tests.filter((test) => test.outcome === "passed").length;
  const skips = skipped(tests).length;
  const failures = results.filter((result) => result.failure);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n${results.length} files in ${seconds} s`);
  for (const { path, failure, tests } of failures) {
    console.log(`  ✖ ${path}: ${failure}`);
    for (const { name } of tests.filter((test) => test.outcome === "failed")) console.log(`      ${name}`);
  }
  for (const { path, failure, tests } of overcome) {
    console.log(`  ! ${path}: ${failure} at first, passed then`);
    for (const { name } of tests.filter((test) => test.outcome === "failed")) console.log(`      ${name}`);
  }
  if (isCi && skips > 0) console.log("  ✖ CI=true: a skipped test is a failure");
  // A file that died took tests with it that nobody can count: it is one failure at least.
  const failed = Math.max(failures.length, tests.filter((test) => test.outcome === "failed").length);
  console.log(`${passed} passed, ${failed} failed, ${skips} skipped`);
  return failures.length === 0 && !(isCi && skips > 0);
}
