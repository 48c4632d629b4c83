import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./repository.mjs";
import { runTestFile } from "./test-file.mjs";

const FOLDER = `.cache/test-file-${process.pid}`;
mkdirSync(join(ROOT, FOLDER), { recursive: true });
after(() => rmSync(join(ROOT, FOLDER), { recursive: true }));

/** Writes a test file and runs it. @param {string} name @param {string} source @param {number} [timeoutMs] */
function runSource(name, source, timeoutMs = 20_000) {
  const path = `${FOLDER}/${name}.test.mjs`;
  writeFileSync(join(ROOT, path), `import { test } from "node:test";\n${source}`);
  return runTestFile(path, timeoutMs, { SLUICE_SAMPLE: "yes" });
}

test("counts what passed and what was skipped, and hands the environment on", async () => {
  const source = `test("seen", () => { if (process.env.SLUICE_SAMPLE !== "yes") throw new Error("unset"); });
    test("left out", { skip: "chromium is not installed" }, () => {});`;
  const result = await runSource("passing", source);
  assert.equal(result.failure, undefined);
  assert.deepEqual(result.tests, [
    { name: "seen", outcome: "passed", reason: "" },
    { name: "left out", outcome: "skipped", reason: "chromium is not installed" },
  ]);
});

test("a failing test fails the file and its output is kept", async () => {
  const result = await runSource("failing", `test("breaks", () => { throw new Error("the reason"); });`);
  assert.equal(result.failure, "1 failed");
  assert.match(result.output, /the reason/);
});

test("an exception outside any test fails the file", async () => {
  const result = await runSource("throwing", `throw new Error("at the top");`);
  assert.match(result.failure ?? "", /ended with code 1|1 failed/);
});

test("a file that never ends is ended, with the processes it started", async () => {
  const source = `import { spawn } from "node:child_process";
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" });
    console.log("child", child.pid);
    test("hangs", () => new Promise(() => {}));`;
  const result = await runSource("hanging", source, 1_500);
  assert.equal(result.failure, "did not end within 1.5 s");
  assert.equal(isAlive(childOf(result)), false);
});

test("a process left behind in another process group is killed and named", { skip: process.platform !== "linux" }, async () => {
  const source = `import { spawn } from "node:child_process";
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit", detached: true });
    console.log("child", child.pid);
    child.unref();
    test("passes", () => {});`;
  const result = await runSource("leaking", source);
  assert.equal(result.failure, `left processes behind: node (${childOf(result)})`);
  assert.equal(isAlive(childOf(result)), false);
});

/** @param {import("./test-file.mjs").FileResult} result */
function childOf(result) {
  return Number(/child (\d+)/.exec(result.output)?.[1]);
}

/** False for a zombie too: where nothing reaps orphans, a killed one stays in the table. @param {number} pid */
function isAlive(pid) {
  try {
    if (process.platform === "linux") return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
