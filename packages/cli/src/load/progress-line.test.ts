import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgressLine } from "./progress-line.js";

function write(terminal: object, environment = {}): string {
  let written = "";
  const line = new ProgressLine({ write: (text) => (written += text), ...terminal }, environment);
  line.show("x".repeat(100));
  line.clear();
  line.clear();
  return written;
}

test("a terminal has one line, as wide as it is, and then none", () => {
  assert.equal(write({ isTTY: true, columns: 10 }), `\r\u001b[K${"x".repeat(8)}…\r\u001b[K`);
});

test("what is no terminal, or a dumb one, has nothing", () => {
  assert.equal(write({}), "");
  assert.equal(write({ isTTY: true }, { TERM: "dumb" }), "");
});
