import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeBase64 } from "./base64.js";

test("[RFC4648 §4] bytes survive the way there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const text = encodeBase64(bytes);
      assert.equal(text, Buffer.from(bytes).toString("base64"));
      assert.deepEqual(decodeBase64(text), Uint8Array.from(bytes));
    }),
  );
});

test("what is no base64 gives undefined", () => {
  for (const text of ["*", "a", "ä==="]) assert.equal(decodeBase64(text), undefined);
  fc.assert(fc.property(fc.string(), (text) => void decodeBase64(text)));
});
