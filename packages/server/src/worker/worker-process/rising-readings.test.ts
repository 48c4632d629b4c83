import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricReadings } from "../../telemetry/metric-readings.js";
import { RisingReadings } from "./rising-readings.js";

function raise(rising: RisingReadings, lost: number, routers: number): (number | undefined)[] {
  const readings = new MetricReadings();
  readings.add("sluice_rtp_packets_lost_total", lost, { worker: 0, leg: "client", kind: "video" });
  readings.add("sluice_rtp_packets_lost_total", 1, { worker: 0, leg: "client", kind: "audio" });
  readings.add("sluice_routers", routers, { worker: 0 });
  const text = new MetricReadings();
  text.merge(rising.raise(readings.toPlain()));
  return [/kind="video"} (\d+)/, /kind="audio"} (\d+)/, /sluice_routers{worker="0"} (\d+)/].map((pattern) =>
    Number(pattern.exec(text.toText())?.[1]),
  );
}

test("a counter never falls, each by itself, and a gauge does as it likes", () => {
  const rising = new RisingReadings();
  assert.deepEqual(raise(rising, 5, 2), [5, 1, 2]);
  assert.deepEqual(raise(rising, 3, 1), [5, 1, 1]);
  assert.deepEqual(raise(rising, 6, 3), [6, 1, 3]);
});
