import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PayloadParts } from "./payload-parts.js";

test("the fewest parts, none too long, equal but for one byte, and nothing left over", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 1_500 }), (totalBytes, maxPartBytes) => {
      const parts = new PayloadParts();
      parts.begin(totalBytes, maxPartBytes);
      const sizes: number[] = [];
      while (!parts.isDone) {
        assert.equal(parts.isFirst, sizes.length === 0);
        sizes.push(parts.take());
      }
      assert.equal(sizes.length, Math.ceil(totalBytes / maxPartBytes));
      assert.equal(
        sizes.reduce((total, size) => total + size, 0),
        totalBytes,
      );
      assert.equal(parts.take(), 0);
      if (sizes.length === 0) return;
      assert.ok(Math.max(...sizes) <= maxPartBytes);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});
