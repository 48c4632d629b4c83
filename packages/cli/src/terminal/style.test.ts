import assert from "node:assert/strict";
import { test } from "node:test";
import { createStyle } from "./style.js";

test("colours on a terminal, and nowhere else", () => {
  assert.equal(createStyle({ isTTY: true }, {}).red("x"), "\u001b[31mx\u001b[39m");
  assert.equal(createStyle({ isTTY: false }, {}).red("x"), "x");
  assert.equal(createStyle({}, {}).bold("x"), "x");
});

test("NO_COLOR and a dumb terminal are honoured; an empty NO_COLOR says nothing", () => {
  assert.equal(createStyle({ isTTY: true }, { NO_COLOR: "1" }).red("x"), "x");
  assert.equal(createStyle({ isTTY: true }, { TERM: "dumb" }).red("x"), "x");
  assert.notEqual(createStyle({ isTTY: true }, { NO_COLOR: "" }).red("x"), "x");
});
