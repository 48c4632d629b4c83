import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualScheduler } from "@sluice/protocol/testing";
import type { Shown } from "./shown-picture.js";
import { TrackViews } from "./track-views.js";

test("elements are observed once, as long as anything adapts to them", async () => {
  const scheduler = new VirtualScheduler();
  const observers = new Map<string, (view: Shown) => void>();
  const said: string[] = [];
  const views = new TrackViews<{ name: string }>(
    scheduler,
    ({ name }, handleView) => {
      assert.ok(!observers.has(name));
      observers.set(name, handleView);
      return () => observers.delete(name);
    },
    (trackId, shown) => said.push(`${trackId} ${shown?.type}`),
  );
  const [a, b] = [{ name: "a" }, { name: "b" }];
  const release = views.adaptTo("TR_1", a);
  views.adaptTo("TR_1", a);
  views.adaptTo("TR_2", b);
  for (const handleView of observers.values()) handleView({ type: "hidden" });
  await scheduler.advance(100);
  assert.deepEqual(said.splice(0), ["TR_1 hidden", "TR_2 hidden"]);
  release();
  release();
  await scheduler.advance(100);
  assert.deepEqual(said.splice(0), ["TR_1 undefined"]);
  assert.deepEqual([...observers.keys()], ["b"]);
  views.close();
  assert.equal(observers.size, 0);
  await scheduler.advance(5_000);
  assert.deepEqual(said, []);
});
