import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { layoutRoom, type Rect } from "./layout.js";

const GAP = 8;
/** A pixel fraction lost in division is no fault. */
const EPSILON = 1e-6;

const isInside = (rect: Rect, width: number, height: number) =>
  rect.x >= -EPSILON &&
  rect.y >= -EPSILON &&
  rect.x + rect.width <= width + EPSILON &&
  rect.y + rect.height <= height + EPSILON;

const isApart = (a: Rect, b: Rect) =>
  a.x + a.width <= b.x + EPSILON ||
  b.x + b.width <= a.x + EPSILON ||
  a.y + a.height <= b.y + EPSILON ||
  b.y + b.height <= a.y + EPSILON;

test("every tile and the stage are inside and none lies on another", () => {
  const size = fc.integer({ min: 200, max: 3_000 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 0, max: 25 }), fc.boolean(), (width, height, count, hasStage) => {
      const { stage, tiles } = layoutRoom(width, height, count, hasStage, GAP);
      assert.equal(tiles.length, count);
      assert.equal(stage !== undefined, hasStage);
      const all = stage === undefined ? tiles : [stage, ...tiles];
      for (const [index, rect] of all.entries()) {
        assert.ok(rect.width > 0 && rect.height > 0);
        assert.ok(isInside(rect, width, height), `${JSON.stringify(rect)} leaves ${width} × ${height}`);
        for (const other of all.slice(index + 1)) assert.ok(isApart(rect, other), "two tiles overlap");
      }
    }),
  );
});

test("tiles are 16:9 on a desktop, and between that and 9:16 on a phone", () => {
  for (let count = 1; count <= 25; count++) {
    for (const { width, height } of layoutRoom(1_440, 740, count, false, GAP).tiles) {
      assert.ok(Math.abs(width / height - 16 / 9) < 0.001);
    }
    for (const { width, height } of layoutRoom(374, 680, count, false, GAP).tiles) {
      assert.ok(width / height > 9 / 16 - 0.001 && width / height < 16 / 9 + 0.001);
    }
  }
});

test("25 people can still be told apart", () => {
  const narrowest = (width: number, height: number, hasStage: boolean) =>
    Math.min(...layoutRoom(width, height, 25, hasStage, GAP).tiles.map((tile) => tile.width));
  assert.ok(narrowest(1_440, 740, false) >= 240);
  assert.ok(narrowest(374, 680, false) >= 100);
  assert.ok(narrowest(1_440, 740, true) >= 120);
  assert.ok(narrowest(374, 680, true) >= 72);
});

test("nobody makes room for nobody: more tiles are never larger tiles", () => {
  const size = fc.integer({ min: 300, max: 2_000 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 24 }), (width, height, count) => {
      const faceWidth = (tiles: readonly Rect[]) => Math.min(tiles[0]?.width ?? 0, ((tiles[0]?.height ?? 0) * 4) / 3);
      const fewer = faceWidth(layoutRoom(width, height, count, false, GAP).tiles);
      const more = faceWidth(layoutRoom(width, height, count + 1, false, GAP).tiles);
      assert.ok(more <= fewer + EPSILON);
    }),
  );
});

test("a shared screen gets most of the page", () => {
  const share = (width: number, height: number, count: number) => {
    const { stage } = layoutRoom(width, height, count, true, GAP);
    return ((stage?.width ?? 0) * (stage?.height ?? 0)) / (width * height);
  };
  assert.ok(share(1_440, 740, 5) > 0.75);
  assert.ok(share(1_440, 740, 25) > 0.5);
  assert.equal(layoutRoom(374, 680, 5, true, GAP).stage?.width, 374);
});
