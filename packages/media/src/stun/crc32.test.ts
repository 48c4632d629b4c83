import assert from "node:assert/strict";
import { test } from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { crc32 } from "./crc32.js";

test("gives the check value of the CRC catalogue", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test("agrees with zlib on any bytes and any end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
      const end = Math.min(cut, bytes.length);
      assert.equal(crc32(bytes, end), zlib.crc32(bytes.subarray(0, end)));
    }),
  );
});
