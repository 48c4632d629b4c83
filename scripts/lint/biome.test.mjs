import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../repository.mjs";

/** A small repository with our settings, so that a sample of bad code never lies in the real one. */
const folder = mkdtempSync(join(tmpdir(), "sluice-biome-"));
after(() => rmSync(folder, { recursive: true }));
for (const path of ["biome.json", "scripts/lint/no-random.grit"]) cpSync(join(ROOT, path), join(folder, path));

/** Biome's words on one source at `path`. @param {string} path @param {string} source */
function lint(path, source) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), source);
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const args = [biome, "lint", "--vcs-enabled=false", "--colors=off", "--max-diagnostics=none", path];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  rmSync(join(folder, path));
  return stdout + stderr;
}

const settings = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
/** @type {string[]} */
const globals = Object.keys(settings.overrides[0].linter.rules.style.noRestrictedGlobals.options.deniedGlobals);

for (const path of ["packages/media/src/srtp/sample.ts", "packages/netem/src/sample.ts"]) {
  test(`no clock, timer or platform in ${path}`, () => {
    const words = lint(path, globals.map((name) => `export const my${name} = ${name};\n`).join(""));
    for (const name of globals) assert.match(words, new RegExp(`global variable ${name}\\.`));
  });

  test(`no way to Math.random in ${path}`, () => {
    for (const source of ["Math.random()", 'Math["random"]()', "(({ random } = Math) => random())()"]) {
      assert.match(lint(path, `export const a = ${source};\n`), /Randomness is an argument/, source);
    }
    assert.match(lint(path, "const { random } = Math;\nexport const a = random();\n"), /Randomness is an argument/);
    assert.doesNotMatch(lint(path, "export const a = Math.floor(1.5);\n"), /Randomness is an argument/);
  });
}

for (const path of [
  "packages/netem/src/node/sample.ts",
  "packages/media/src/sample.test.ts",
  "packages/server/src/sample.ts",
]) {
  test(`${path} may read a clock`, () => {
    assert.doesNotMatch(lint(path, "export const a = [Date.now(), Math.random()];\n"), /global variable|Randomness/);
  });
}

/** @type {[rule: string, source: string][]} */
const HABITS = [
  ["noDefaultExport", "export default 1;"],
  ["noExplicitAny", "export const a: any = 1;"],
  ["noNonNullAssertion", "export const a = (b?: string) => b!.length;"],
  ["noReExportAll", 'export * from "./other.js";'],
  ["noFloatingPromises", "const a = async () => {};\nexport const b = () => {\n  a();\n};"],
  ["useExhaustiveSwitchCases", 'export const a = (b: "x" | "y") => {\n  switch (b) {\n    case "x":\n      return 1;\n  }\n};'],
  ["useNodejsImportProtocol", 'import { join } from "path";\nexport const a = join("b");'],
];
test("a package imports only what its package.json names; its tests may use the root's", () => {
  const source = 'import { property } from "fast-check";\nexport const a = property;\n';
  writeFileSync(join(folder, "package.json"), '{ "name": "root" }');
  assert.match(lint("packages/server/src/sample.ts", source), /noUndeclaredDependencies/);
  assert.doesNotMatch(lint("packages/server/src/sample.test.ts", source), /noUndeclaredDependencies/);
});

for (const [rule, source] of HABITS) {
  test(`biome stops what ${rule} names`, () => {
    assert.match(lint("packages/server/src/sample.ts", `${source}\n`), new RegExp(rule));
  });
}
