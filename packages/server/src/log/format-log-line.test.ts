import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLogLine } from "./format-log-line.js";

const line = (entry: Record<string, unknown>) =>
  JSON.stringify({ level: 30, time: "2026-01-02T03:04:05.678Z", pid: 1, ...entry });

test("a line for people: time, level, text, details", () => {
  assert.equal(
    formatLogLine(line({ msg: "listening", url: "http://127.0.0.1:7880", workers: 2 })),
    "03:04:05.678 info  listening url=http://127.0.0.1:7880 workers=2\n",
  );
});

test("what a client chose cannot move the cursor, colour the terminal or forge a line", () => {
  const text = formatLogLine(line({ msg: "joined\u001b[2J", identity: "ann\n03:04:05 FATAL forged\u009b1m\u2028" }));
  assert.equal(text.split("\n").length, 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(text.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u2028]/);
  assert.match(text, /identity="ann\\n03:04:05 FATAL forged/);
});
