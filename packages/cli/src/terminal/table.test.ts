import assert from "node:assert/strict";
import { test } from "node:test";
import { alignRows, cell } from "./table.js";

const bold = (text: string) => `<${text}>`;

test("columns are as wide as their widest text, colours do not count, and rows of text stay", () => {
  const rows = [[cell("NAME", bold), cell("X")], [cell("a"), cell("1")], "  text", [cell("longer")]];
  assert.deepEqual(alignRows(rows), ["<NAME>    X", "a       1", "  text", "longer"]);
});

test("what goes past the terminal is cut, between characters", () => {
  const rows = [[cell("ab"), cell("cdefgh", bold)], [cell("𝒳𝒴"), cell("")], "0123456789"];
  assert.deepEqual(alignRows(rows, 7), ["ab  <cd…>", "𝒳𝒴", "012345…"]);
  assert.deepEqual(alignRows(rows, 3), ["ab", "𝒳𝒴", "01…"]);
});
