import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricReadings } from "./metric-readings.js";
import { ProcessMeter } from "./process-meter.js";
import { parseExposition } from "./testing/parse-exposition.js";

/** The sum of all samples of this name. */
function total(meter: ProcessMeter, sample: string): number {
  const readings = new MetricReadings();
  meter.read(readings);
  const samples = [...parseExposition(readings.toText()).values()].flatMap((family) => family.samples);
  return samples.filter(({ name }) => name === sample).reduce((sum, { value }) => sum + value, 0);
}

test("garbage and a blocked event loop are noticed", async (t) => {
  const meter = new ProcessMeter("control");
  t.after(() => meter.close());
  let kept: unknown[] = [];
  while (total(meter, "sluice_gc_pause_seconds_count") === 0) {
    for (let index = 0; index < 200_000; index++) kept.push({ index });
    kept = [];
    // What was observed is told in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(total(meter, "sluice_gc_pause_seconds_sum") > 0);
  while (total(meter, "sluice_event_loop_delay_seconds_sum") === 0) {
    const until = performance.now() + 50;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(total(meter, "sluice_process_resident_memory_bytes") > total(meter, "sluice_process_heap_used_bytes"));
});
