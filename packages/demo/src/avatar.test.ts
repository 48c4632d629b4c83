import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hueOf, initials } from "./avatar.js";

test("takes the first letters of the first and last word", () => {
  assert.equal(initials("Ada Lovelace"), "AL");
  assert.equal(initials("ann"), "A");
  assert.equal(initials("jean-luc de la tour"), "JT");
  assert.equal(initials("🦊 fox"), "🦊F");
  assert.equal(initials("Ann (phone)"), "AP");
  assert.equal(initials(" - "), "?");
});

test("every identity has a hue", () => {
  fc.assert(
    fc.property(fc.string(), (identity) => {
      const hue = hueOf(identity);
      assert.ok(Number.isInteger(hue) && hue >= 0 && hue < 360);
    }),
  );
});
