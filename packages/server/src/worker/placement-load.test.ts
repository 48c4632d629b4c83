import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToWorker, WorkerLoad } from "./messages.js";
import { PlacementLoad } from "./placement-load.js";

const report = (load: Partial<WorkerLoad>): WorkerLoad => {
  const zero = { cpu: 0, transports: 0, producers: 0, consumers: 0, packetsInPerSecond: 0, packetsOutPerSecond: 0 };
  return { type: "load", ...zero, forwardingDelayP99Ms: 0, rssBytes: 0, heapUsedBytes: 0, ...load };
};

test("fewer Producers and Consumers win, then fewer Routers, then less CPU", () => {
  const [a, b] = [new PlacementLoad(), new PlacementLoad()];
  a.handleLoad(report({ producers: 1, consumers: 1 }));
  b.handleLoad(report({ consumers: 3 }));
  assert.ok(a.compare(b) < 0);
  b.handleLoad(report({ consumers: 2 }));
  a.handleCommand({ type: "openRouter", routerId: "r" });
  assert.ok(a.compare(b) > 0);
  a.handleCommand({ type: "closeRouter", routerId: "r" });
  assert.equal(a.compare(b), 0);
  b.handleLoad(report({ consumers: 2, cpu: 0.5 }));
  assert.ok(a.compare(b) < 0);
});

test("what was opened since the last report counts at once", () => {
  const [a, b] = [new PlacementLoad(), new PlacementLoad()];
  b.handleLoad(report({ consumers: 1 }));
  a.handleCommand({ type: "openConsumer" } as ToWorker);
  a.handleCommand({ type: "openProducer" } as ToWorker);
  assert.ok(a.compare(b) > 0);
});
