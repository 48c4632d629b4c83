import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsumerCounters } from "./bus-consumer.js";
import { InboxCounters } from "./bus-inbox.js";
import { BUS_METRICS, readBusMetrics } from "./bus-metrics.js";
import { OutboxCounters } from "./bus-outbox.js";

test("every metric has a sample, every drop a cause of its own, and labels are those declared", () => {
  const samples = readBusMetrics({
    isConnected: true,
    interruptions: 1,
    subscriptions: 2,
    waiting: 3,
    waitingBytes: 4,
    outbox: 5,
    outboxBytes: 6,
    inboxCounters: Object.assign(new InboxCounters(), { unauthenticated: 7, expired: 8 }),
    consumerCounters: Object.assign(new ConsumerCounters(), { expired: 9 }),
    outboxCounters: Object.assign(new OutboxCounters(), { overflowed: 10 }),
  });
  assert.deepEqual([...new Set(samples.map(({ name }) => name))].sort(), Object.keys(BUS_METRICS).sort());
  for (const { name, labels } of samples) assert.deepEqual(Object.keys(labels), [...BUS_METRICS[name].labels]);
  const keys = samples.map(({ name, labels }) => `${name} ${Object.values(labels).join(" ")}`);
  assert.equal(new Set(keys).size, keys.length);
  const drops = Object.fromEntries(samples.filter(({ value }) => value >= 7).map(({ labels, value }) => [labels.cause, value]));
  assert.deepEqual(drops, { unauthenticated: 7, arrived_expired: 8, expired: 9, overflowed: 10 });
});
