import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseIfMatch } from "./if-match.js";

test("[RFC9110 §13.1.1] absent, any, one tag or several", () => {
  assert.deepEqual(parseIfMatch(undefined), { type: "absent" });
  assert.deepEqual(parseIfMatch("*"), { type: "any" });
  assert.deepEqual(parseIfMatch('"*"'), { type: "any" });
  assert.deepEqual(parseIfMatch('"abc"'), { type: "tags", tags: ["abc"] });
  assert.deepEqual(parseIfMatch("abc"), { type: "tags", tags: ["abc"] });
  assert.deepEqual(parseIfMatch(' "a" ,"b/+"'), { type: "tags", tags: ["a", "b/+"] });
  assert.deepEqual(parseIfMatch('W/"a"'), { type: "tags", tags: ['W/"a"'] }, "a weak tag matches nothing");
});

test("any header is read, and no more of it than is looked at", () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const match = parseIfMatch(header);
      assert.ok(match.type === "any" || (match.type === "tags" && match.tags.length <= 16));
    }),
  );
});
