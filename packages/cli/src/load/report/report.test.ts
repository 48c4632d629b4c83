import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { htmlPage, htmlTable } from "./html-page.js";
import { linePlot, niceStep } from "./line-plot.js";

test("whatever a text is, no element and no attribute comes of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("<", ">", '"', "&", "a", "'", "/") }), (text) => {
      const plain = "aaaa";
      const shape = (with_: string) => {
        const plot = linePlot({
          title: with_,
          yUnit: with_,
          series: [{ name: with_, points: [[0, 1]] }],
          xTicks: [
            [0, with_],
            [1, with_],
          ],
        });
        const page = htmlPage(with_, htmlTable([with_], [[with_]]) + plot);
        return [page.match(/</g)?.length, page.match(/"/g)?.length];
      };
      assert.deepEqual(shape(text), shape(plain));
    }),
  );
});

test("what is plotted lies within the picture", () => {
  const value = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (ys) => {
      const points = ys.map((y, x) => [x, y] as const);
      const plot = linePlot({
        title: "",
        yUnit: "",
        series: [{ name: "", points }],
        xTicks: [
          [0, "0"],
          [ys.length, "end"],
        ],
      });
      const [, path = ""] = /points="([^"]*)"/.exec(plot) ?? [];
      for (const pair of path.split(" ")) {
        const [x = Number.NaN, y = Number.NaN] = pair.split(",").map(Number);
        assert.ok(x >= 0 && x <= 720 && y >= 0 && y <= 260, pair);
      }
    }),
  );
});

test("steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([0.3, 1, 1.2, 4, 7, 90].map(niceStep), [0.5, 1, 2, 5, 10, 100]);
});

test("a page fetches nothing", () => {
  assert.doesNotMatch(htmlPage("t", ""), /src=|href=|@import|url\(|<script/);
});
