import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureSize } from "./picture-size.js";

const box = { width: 400, height: 400 };

test("a picture that covers its box needs the pixels of the box", () => {
  assert.deepEqual(pictureSize(box, { width: 1280, height: 720 }, "cover", 1), box);
});

test("one that is contained in it needs only its own", () => {
  assert.deepEqual(pictureSize(box, { width: 1280, height: 720 }, "contain", 1), { width: 400, height: 225 });
  assert.deepEqual(pictureSize(box, { width: 0, height: 0 }, "contain", 1), box);
});

test("dense screens count, up to twice, and a zoomed-out page does not make it smaller", () => {
  assert.deepEqual(pictureSize(box, box, "cover", 1.5), { width: 600, height: 600 });
  assert.deepEqual(pictureSize(box, box, "cover", 3), { width: 800, height: 800 });
  assert.deepEqual(pictureSize(box, box, "cover", 0.5), box);
  assert.deepEqual(pictureSize({ width: 0.2, height: 0.2 }, box, "cover", 1), { width: 1, height: 1 });
});
