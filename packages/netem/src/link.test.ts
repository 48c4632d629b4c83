import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "./link.js";
import type { LinkParameters } from "./link-parameters.js";

/** A datagram of `sizeBytes` that starts with its number. */
function datagram(number: number, sizeBytes = 100): Uint8Array {
  const data = new Uint8Array(sizeBytes);
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

interface Delivery {
  readonly number: number;
  readonly at: number;
}

/** Sends `count` datagrams, one every `everyUs`, and lists what arrives and when. */
function exchange(link: Link, count: number, everyUs: number, sizeBytes = 100): Delivery[] {
  const deliveries: Delivery[] = [];
  const drain = (until: number): void => {
    for (let due = link.pollTimeout(); due !== undefined && due <= until; due = link.pollTimeout()) {
      const data = link.pollDatagram(due);
      assert.ok(data);
      deliveries.push({ number: new DataView(data.buffer).getUint32(0), at: due });
    }
  };
  for (let number = 0; number < count; number++) {
    drain(number * everyUs);
    link.handleDatagram(datagram(number, sizeBytes), number * everyUs);
  }
  drain(Number.POSITIVE_INFINITY);
  return deliveries;
}

const numbers = (deliveries: readonly Delivery[]): number[] => deliveries.map(({ number }) => number);

test("a perfect link delivers at once, in order, a copy", () => {
  const link = new Link(1);
  const data = datagram(1);
  link.handleDatagram(data, 5);
  data.fill(0xff);
  assert.deepEqual(link.pollDatagram(5), datagram(1));
  assert.equal(link.pollDatagram(5), undefined);
  assert.equal(link.pollTimeout(), undefined);
});

test("a datagram in a Buffer is copied too", () => {
  const link = new Link(1);
  const data = Buffer.from([1, 2, 3]);
  link.handleDatagram(data, 0);
  data.fill(0xff);
  assert.deepEqual(link.pollDatagram(0), Uint8Array.of(1, 2, 3));
});

test("nothing arrives before its delay, and pollTimeout says when", () => {
  const link = new Link(1, { delayMs: 20 });
  link.handleDatagram(datagram(1), 1_000);
  assert.equal(link.pollTimeout(), 21_000);
  assert.equal(link.pollDatagram(20_999), undefined);
  assert.ok(link.pollDatagram(21_000));
});

test("jitter stays within its bounds and keeps the order", () => {
  const deliveries = exchange(new Link(4, { delayMs: 50, jitterMs: 20 }), 2_000, 30_000);
  assert.deepEqual(
    numbers(deliveries),
    Array.from({ length: 2_000 }, (_, index) => index),
  );
  // One every 30 ms: too far apart for the order to move anyone.
  const delays = deliveries.map(({ number, at }) => (at - number * 30_000) / 1_000);
  assert.ok(Math.min(...delays) >= 30 && Math.min(...delays) < 31);
  assert.ok(Math.max(...delays) <= 70.001 && Math.max(...delays) > 69);
  const mean = delays.reduce((total, delay) => total + delay, 0) / delays.length;
  assert.ok(Math.abs(mean - 50) < 1, `${mean}`);
});

test("loss has its rate and is counted", () => {
  const link = new Link(5, { loss: { kind: "uniform", probability: 0.05 } });
  const deliveries = exchange(link, 20_000, 1_000);
  assert.ok(Math.abs(link.counters.lost / 20_000 - 0.05) < 0.006);
  assert.equal(deliveries.length, 20_000 - link.counters.lost);
});

test("reordering holds datagrams back past later ones", () => {
  const link = new Link(6, { delayMs: 10, reorderProbability: 0.1, reorderMs: 5 });
  const order = numbers(exchange(link, 5_000, 1_000));
  const late = order.filter((number, index) => order.slice(0, index).some((earlier) => earlier > number));
  assert.equal(late.length, link.counters.reordered);
  assert.ok(Math.abs(late.length / 5_000 - 0.1) < 0.02);
  assert.equal(order.length, 5_000);
});

test("duplicates arrive twice, as copies that share no memory", () => {
  const link = new Link(7, { duplicateProbability: 1 });
  link.handleDatagram(datagram(9), 0);
  const [first, second] = [link.pollDatagram(0), link.pollDatagram(0)];
  assert.deepEqual(first, second);
  assert.notEqual(first?.buffer, second?.buffer);
  assert.equal(link.counters.duplicated, 1);
});

test("a limited rate spaces datagrams out by their size", () => {
  // 1000 B at 1 Mbit/s take 8 ms.
  const deliveries = exchange(new Link(8, { rateBps: 1_000_000 }), 5, 0, 1_000);
  assert.deepEqual(
    deliveries.map(({ at }) => at),
    [8_000, 16_000, 24_000, 32_000, 40_000],
  );
});

test("rounding to microseconds does not change a rate", () => {
  // 100 B at 300 Mbit/s take 2.67 µs.
  const last = exchange(new Link(8, { rateBps: 300_000_000, queueLimitBytes: 1e9 }), 30_000, 0).at(-1);
  assert.equal(last?.at, 80_000);
});

test("a full queue drops at its tail, and drains at the rate", () => {
  const link = new Link(9, { rateBps: 1_000_000, queueLimitBytes: 5_000 });
  const deliveries = exchange(link, 50, 0, 1_000);
  assert.deepEqual(numbers(deliveries), [0, 1, 2, 3, 4]);
  assert.equal(link.counters.overflowed, 45);
  link.handleDatagram(datagram(60, 1_000), 100_000);
  assert.equal(link.pollTimeout(), 108_000);
});

test("under overload what is delivered is the rate", () => {
  const link = new Link(10, { rateBps: 500_000, queueLimitBytes: 20_000 });
  const deliveries = exchange(link, 2_000, 8_000, 1_000);
  const seconds = (deliveries.at(-1)?.at ?? 0) / 1e6;
  assert.ok(Math.abs((deliveries.length * 8_000) / seconds - 500_000) < 1_000);
});

test("parameters change in mid-run, for what comes after", () => {
  const link = new Link(11, { delayMs: 100 });
  link.handleDatagram(datagram(1), 0);
  link.setParameters({ loss: { kind: "uniform", probability: 1 } });
  link.handleDatagram(datagram(2), 1_000);
  link.setParameters({ loss: { kind: "none" }, delayMs: 200 });
  link.handleDatagram(datagram(3), 2_000);
  assert.equal(link.pollTimeout(), 100_000);
  assert.deepEqual(link.pollDatagram(100_000), datagram(1));
  assert.equal(link.pollTimeout(), 202_000);
  assert.equal(link.counters.lost, 1);
});

test("a shorter delay does not let later datagrams overtake", () => {
  const link = new Link(12, { delayMs: 100 });
  link.handleDatagram(datagram(1), 0);
  link.setParameters({ delayMs: 1 });
  link.handleDatagram(datagram(2), 1_000);
  assert.deepEqual(link.pollDatagram(100_000), datagram(1));
  assert.deepEqual(link.pollDatagram(100_000), datagram(2));
});

test("datagrams under way are bounded", () => {
  const link = new Link(13, { delayMs: 1_000 });
  const data = datagram(0, 4);
  for (let count = 0; count < 70_000; count++) link.handleDatagram(data, 0);
  assert.equal(link.inFlight, 65_536);
  assert.equal(link.counters.overflowed, 70_000 - 65_536);
});

const INVALID: Partial<LinkParameters>[] = [
  { delayMs: -1 },
  { jitterMs: Number.NaN },
  { rateBps: 0 },
  { reorderProbability: 1.5 },
  { loss: { kind: "uniform", probability: -0.1 } },
  { queueLimitBytes: Number.POSITIVE_INFINITY },
];
for (const parameters of INVALID) {
  const [name = ""] = Object.keys(parameters);
  test(`refuses ${name} out of its range and changes nothing`, () => {
    const link = new Link(1, { delayMs: 3 });
    assert.throws(() => link.setParameters(parameters), RangeError);
    assert.equal(link.parameters.delayMs, 3);
  });
}
