import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadConfig } from "./load-config.js";

const directory = mkdtempSync(join(tmpdir(), "sluice-config-"));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const KEYS = "mine: a-secret-of-at-least-thirty-two-bytes\nother: another-secret-of-at-least-32-bytes-too\n";

test("keys may be in a file of their own, besides those of the configuration", () => {
  const config = file(
    "sluice.yaml",
    `key_file: ${file("keys.yaml", KEYS)}\nkeys: {third: a-third-secret-of-at-least-32-bytes-too}`,
  );
  assert.deepEqual([...loadConfig({ config }).keys.keys()], ["third", "mine", "other"]);
  assert.deepEqual(loadConfig({ config }).warnings, []);
});

test("a file of keys that others can read, is not there or holds none is refused, and no secret with it", () => {
  const cases: [string, RegExp][] = [
    [file("open.yaml", KEYS, 0o644), /others can read .*open\.yaml; run chmod 600/],
    [join(directory, "absent.yaml"), /cannot read .*absent\.yaml/],
    [file("bad.yaml", "- secret"), /expected "key: secret"/],
    [file("worse.yaml", "mine: [secret"), /cannot read .*worse\.yaml/],
  ];
  for (const [keyFile, expected] of cases) {
    assert.throws(
      () => loadConfig({ keyFile }),
      (error) => error instanceof Error && expected.test(error.message) && !/secret(?!")/.test(error.message),
      String(expected),
    );
  }
});
