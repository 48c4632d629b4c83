import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { counter, gauge, histogram } from "./metric.js";
import { serializeFamily } from "./serialize-metrics.js";
import { parseExposition } from "./testing/parse-exposition.js";

test("counters, gauges and histograms, as the description of the format shows them", () => {
  const requests = counter("Requests so far", "method", "code");
  assert.equal(
    serializeFamily("requests_total", requests, [
      { labelValues: ["post", "200"], value: 1_027 },
      { labelValues: ["post", "400"], value: 3 },
    ]),
    `# HELP requests_total Requests so far
# TYPE requests_total counter
requests_total{method="post",code="200"} 1027
requests_total{method="post",code="400"} 3
`,
  );
  const delay = { bounds: [0.1, 0.5], counts: [2, 0, 1], sum: 7.25 };
  assert.equal(
    serializeFamily("delay_seconds", histogram("How late"), [{ labelValues: [], value: delay }]),
    `# HELP delay_seconds How late
# TYPE delay_seconds histogram
delay_seconds_bucket{le="0.1"} 2
delay_seconds_bucket{le="0.5"} 2
delay_seconds_bucket{le="+Inf"} 3
delay_seconds_sum 7.25
delay_seconds_count 3
`,
  );
  assert.equal(serializeFamily("rooms", gauge("Rooms"), []), "");
});

test("what breaks out of quotes or lines is escaped, and nothing else", () => {
  const text = serializeFamily("a", gauge('A \\ and\na "quote"', "l"), [{ labelValues: ['x\\y\n"z"'], value: Number.NaN }]);
  assert.equal(text, '# HELP a A \\\\ and\\na "quote"\n# TYPE a gauge\na{l="x\\\\y\\n\\"z\\""} NaN\n');
});

test("a scraper reads what was written, whatever the labels and values are", () => {
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.MAX_VALUE, Number.MIN_VALUE, -Infinity));
  const samples = fc.uniqueArray(fc.record({ labelValues: fc.tuple(fc.string({ unit: "binary" }), fc.string()), value }), {
    minLength: 1,
    selector: ({ labelValues }) => JSON.stringify(labelValues),
  });
  const help = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(
    fc.property(samples, help, (written, text) => {
      const family = parseExposition(serializeFamily("a", gauge(text, "x", "y"), written)).get("a");
      assert.equal(family?.help, text);
      // There is one zero only.
      assert.deepEqual(
        family?.samples,
        written.map(({ labelValues: [x, y], value: number }) => ({ name: "a", labels: { x, y }, value: number + 0 })),
      );
    }),
  );
});

test("a scraper adds up what a histogram counted", () => {
  const counts = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(counts, fc.double({ noNaN: true }), (written, sum) => {
      const bounds = written.slice(1).map((_, index) => (index + 1) / 8);
      const text = serializeFamily("a", histogram("A"), [{ labelValues: [], value: { bounds, counts: written, sum } }]);
      const samples = parseExposition(text).get("a")?.samples ?? [];
      const total = written.reduce((all, count) => all + count, 0);
      assert.equal(samples.at(-1)?.value, total);
      assert.equal(samples.at(-2)?.value, sum + 0);
      assert.equal(samples.length, written.length + 2);
    }),
  );
});

test("a sample that does not fit its family is a mistake of ours", () => {
  const reading = { bounds: [], counts: [1], sum: 1 };
  assert.throws(() => serializeFamily("a", gauge("A", "x"), [{ labelValues: [], value: 1 }]), RangeError);
  assert.throws(() => serializeFamily("a", gauge("A"), [{ labelValues: [], value: reading }]), RangeError);
  assert.throws(() => serializeFamily("a", histogram("A"), [{ labelValues: [], value: 1 }]), RangeError);
});

for (const [what, text] of [
  ["no end", "# HELP a A\n# TYPE a gauge\na 1"],
  ["no TYPE", "# HELP a A\na 1\n"],
  ["another family", "# HELP a A\n# TYPE a gauge\nb 1\n"],
  ["twice the same", '# HELP a A\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n'],
  ["a counter without _total", "# HELP a A\n# TYPE a counter\na 1\n"],
  ["no number", "# HELP a A\n# TYPE a gauge\na one\n"],
  ["a quote", '# HELP a A\n# TYPE a gauge\na{x="""} 1\n'],
  ["buckets that shrink", '# HELP a A\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n'],
  ["no bucket for all", '# HELP a A\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
  ["milliseconds", "# HELP a_ms A\n# TYPE a_ms gauge\na_ms 1\n"],
] as const) {
  test(`the reader that tests go by refuses ${what}`, () => {
    assert.throws(() => parseExposition(text));
  });
}
