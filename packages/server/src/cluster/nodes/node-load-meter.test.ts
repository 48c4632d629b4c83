import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerLoad } from "../../worker/messages.js";
import { type MachineReading, NodeLoadMeter, readMachine } from "./node-load-meter.js";

const load = (some: Partial<WorkerLoad>): WorkerLoad => ({
  ...{ type: "load", cpu: 0, transports: 0, producers: 0, consumers: 0, packetsInPerSecond: 0, packetsOutPerSecond: 0 },
  ...{ forwardingDelayP99Ms: 0, rssBytes: 0, heapUsedBytes: 0 },
  ...some,
});

test("the machine since the last time, and all workers together", () => {
  let machine: MachineReading = { busyMs: 1_000, totalMs: 10_000, freeBytes: 25, totalBytes: 100 };
  const loads = [
    load({ producers: 1, consumers: 2, packetsInPerSecond: 10, packetsOutPerSecond: 20, forwardingDelayP99Ms: 2 }),
    load({ producers: 3, packetsInPerSecond: 5, forwardingDelayP99Ms: 5 }),
  ];
  const meter = new NodeLoadMeter({ loads }, () => machine);
  const first = meter.measure();
  assert.deepEqual(first, { cpuPercent: 0, memPercent: 75, streams: 6, packetsPerSecond: 35, forwardingDelayP99Ms: 5 });
  machine = { ...machine, busyMs: 2_500, totalMs: 12_000 };
  assert.equal(meter.measure().cpuPercent, 75);
  assert.equal(meter.measure().cpuPercent, 75, "nothing has passed since");
});

test("a node without workers is idle, and a real machine is between nothing and all", () => {
  const meter = new NodeLoadMeter({ loads: [] }, readMachine);
  const { cpuPercent, memPercent, streams, forwardingDelayP99Ms } = meter.measure();
  assert.deepEqual([streams, forwardingDelayP99Ms], [0, 0]);
  assert.ok(cpuPercent >= 0 && cpuPercent <= 100 && memPercent > 0 && memPercent < 100);
});
