import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_VIDEO_LAYERS } from "@sluice/protocol";
import fc from "fast-check";
import { announcedLayers } from "../../room/announced-layers.js";
import { layersOfRids } from "./layers-of-rids.js";

function rid(name: string, restrictions = "") {
  return { rid: name, direction: "send" as const, restrictions };
}

function orderOf(...sent: string[]): string[] | undefined {
  return layersOfRids(
    sent.map((name) => rid(name)),
    sent,
  )?.map((layer) => layer.rid ?? "");
}

test("known names say which is which, in whatever order they are offered", () => {
  assert.deepEqual(orderOf("f", "h", "q"), ["q", "h", "f"]);
  assert.deepEqual(orderOf("q", "h", "f"), ["q", "h", "f"]);
  assert.deepEqual(orderOf("h", "l", "m"), ["l", "m", "h"]);
});

test("[RFC8853 §5.2] of other names the first one is preferred, so it is the largest", () => {
  assert.deepEqual(orderOf("0", "1", "2"), ["2", "1", "0"]);
});

test("[RFC8851 §5] sizes that all encodings restrict themselves to are announced", () => {
  const rids = [
    rid("a", "max-width=1280;max-height=720;max-fps=30"),
    rid("b", "max-fps=30;max-width=320;max-height=180"),
    rid("c", "max-width=640;max-height=360"),
  ];
  assert.deepEqual(layersOfRids(rids, ["a", "b", "c"]), [
    { rid: "b", width: 320, height: 180 },
    { rid: "c", width: 640, height: 360 },
    { rid: "a", width: 1280, height: 720 },
  ]);
  const [first] = layersOfRids([rid("0", "max-width=1280;max-height=720"), rid("1")], ["0", "1"]) ?? [];
  assert.deepEqual(first, { rid: "1", width: 0, height: 0 });
});

test("a single encoding, or more than a track may have, announces nothing", () => {
  assert.equal(orderOf(), undefined);
  assert.equal(orderOf("f"), undefined);
  assert.equal(orderOf(..."abcde"), undefined);
});

test("whatever is announced the room takes", () => {
  const restrictions = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(99_999), fc.nat(99_999)).map(([w, h]) => `max-width=${w};max-height=${h}`),
  );
  const rids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: MAX_VIDEO_LAYERS + 1 });
  fc.assert(
    fc.property(rids, fc.array(restrictions), (sent, texts) => {
      const layers = layersOfRids(
        sent.map((name, index) => rid(name, texts[index])),
        sent,
      );
      announcedLayers("video", layers);
      assert.equal(layers?.length ?? 0, sent.length >= 2 && sent.length <= MAX_VIDEO_LAYERS ? sent.length : 0);
    }),
  );
});
