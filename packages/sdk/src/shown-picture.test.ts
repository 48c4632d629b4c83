import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualScheduler } from "@sluice/protocol/testing";
import { type Shown, ShownPicture } from "./shown-picture.js";

const visible = (width: number, height: number): Shown => ({ type: "visible", width, height });
const hidden: Shown = { type: "hidden" };

function createPicture() {
  const scheduler = new VirtualScheduler();
  const said: (Shown | undefined)[] = [];
  const picture = new ShownPicture<{ name: string }>(scheduler, (shown) => said.push(shown));
  const saidAfter = async (ms: number) => {
    await scheduler.advance(ms);
    return said.splice(0);
  };
  return { picture, saidAfter, a: { name: "a" }, b: { name: "b" } };
}

test("a size is said when it has come to rest: growing soon, shrinking later", async () => {
  const { picture, saidAfter, a } = createPicture();
  picture.handleView(a, visible(100, 50));
  assert.deepEqual(await saidAfter(99), []);
  picture.handleView(a, visible(200, 100));
  assert.deepEqual(await saidAfter(99), []);
  assert.deepEqual(await saidAfter(1), [visible(200, 100)]);
  picture.handleView(a, visible(100, 50));
  assert.deepEqual(await saidAfter(999), []);
  assert.deepEqual(await saidAfter(1), [visible(100, 50)]);
});

test("what is hidden from the start is said so soon; what is hidden for a moment is not said", async () => {
  const { picture, saidAfter, a } = createPicture();
  picture.handleView(a, hidden);
  assert.deepEqual(await saidAfter(100), [hidden]);
  picture.handleView(a, visible(10, 10));
  assert.deepEqual(await saidAfter(100), [visible(10, 10)]);
  picture.handleView(a, hidden);
  await saidAfter(500);
  picture.handleView(a, visible(10, 10));
  assert.deepEqual(await saidAfter(5_000), []);
});

test("of several elements the largest counts, and one that is seen is enough", async () => {
  const { picture, saidAfter, a, b } = createPicture();
  picture.handleView(a, hidden);
  picture.handleView(b, visible(300, 20));
  assert.deepEqual(await saidAfter(100), [visible(300, 20)]);
  picture.handleView(a, visible(20, 300));
  assert.deepEqual(await saidAfter(100), [visible(300, 300)]);
  picture.remove(b);
  assert.deepEqual(await saidAfter(1_000), [visible(20, 300)]);
  picture.remove(a);
  assert.deepEqual(await saidAfter(100), [undefined]);
});

test("nothing is said after the end", async () => {
  const { picture, saidAfter, a } = createPicture();
  picture.handleView(a, visible(1, 1));
  picture.close();
  assert.deepEqual(await saidAfter(5_000), []);
});
