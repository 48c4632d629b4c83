import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Link } from "./link.js";
import type { LinkParameters } from "./link-parameters.js";
import type { Loss } from "./loss-model.js";

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const loss: fc.Arbitrary<Loss> = fc.oneof(
  fc.constant<Loss>({ kind: "none" }),
  fc.record({ kind: fc.constant("uniform" as const), probability: chance }),
  fc.record({
    kind: fc.constant("gilbert-elliott" as const),
    enterBad: chance,
    leaveBad: chance,
    lossInBad: chance,
    lossInGood: chance,
  }),
);
const parameters: fc.Arbitrary<LinkParameters> = fc.record({
  loss,
  delayMs: fc.integer({ min: 0, max: 500 }),
  jitterMs: fc.integer({ min: 0, max: 500 }),
  reorderProbability: chance,
  reorderMs: fc.integer({ min: 0, max: 100 }),
  duplicateProbability: chance,
  rateBps: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1_000, max: 1e9 })),
  queueLimitBytes: fc.integer({ min: 0, max: 100_000 }),
});
const steps = fc.array(
  fc.record({
    waitUs: fc.integer({ min: 0, max: 50_000 }),
    sizeBytes: fc.integer({ min: 0, max: 1_500 }),
    change: fc.option(parameters, { nil: undefined, freq: 10 }),
  }),
  { maxLength: 200 },
);
const seed = fc.integer();

interface Trace {
  readonly number: number;
  readonly at: number;
}

/** Plays `script` through a link; checks at every step that time and the books are right. */
function play(seedOfLink: number, first: LinkParameters, script: readonly Step[]): { link: Link; trace: Trace[] } {
  const link = new Link(seedOfLink, first);
  const trace: Trace[] = [];
  const sizes: number[] = [];
  let now = 0;
  const drain = (until: number): void => {
    for (let due = link.pollTimeout(); due !== undefined && due <= until; due = link.pollTimeout()) {
      assert.equal(link.pollDatagram(due - 1), undefined);
      const data = link.pollDatagram(due);
      assert.ok(data);
      trace.push({ number: data.length, at: due });
    }
  };
  for (const { waitUs, sizeBytes, change } of script) {
    now += waitUs;
    drain(now);
    if (change) link.setParameters(change);
    link.handleDatagram(new Uint8Array(sizeBytes), now);
    sizes.push(sizeBytes);
    const { handled, duplicated, lost, overflowed, delivered } = link.counters;
    assert.equal(handled + duplicated, lost + overflowed + delivered + link.inFlight);
    const due = link.pollTimeout();
    assert.ok(due === undefined || (Number.isSafeInteger(due) && due >= now));
  }
  drain(Number.POSITIVE_INFINITY);
  assert.equal(link.inFlight, 0);
  assert.equal(link.counters.delivered, trace.length);
  return { link, trace };
}

interface Step {
  readonly waitUs: number;
  readonly sizeBytes: number;
  readonly change: LinkParameters | undefined;
}

test("every datagram is delivered, lost, dropped or under way, and none comes early", () => {
  fc.assert(fc.property(seed, parameters, steps, (seedOfLink, first, script) => void play(seedOfLink, first, script)));
});

test("equal seeds and inputs give equal outputs", () => {
  fc.assert(
    fc.property(seed, parameters, steps, (seedOfLink, first, script) => {
      assert.deepEqual(play(seedOfLink, first, script).trace, play(seedOfLink, first, script).trace);
    }),
  );
});

test("without reordering and duplication the order is kept", () => {
  fc.assert(
    fc.property(seed, parameters, fc.integer({ min: 1, max: 100 }), (seedOfLink, first, count) => {
      const inOrder = { ...first, reorderProbability: 0, duplicateProbability: 0 };
      // The size is the number, so that the trace shows the order.
      const script = Array.from({ length: count }, (_, index) => ({ waitUs: 700, sizeBytes: index, change: undefined }));
      const order = play(seedOfLink, inOrder, script).trace.map(({ number }) => number);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("turning jitter on does not change which datagrams are lost", () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 1, max: 400 }), (seedOfLink, jitterMs) => {
      const script = Array.from({ length: 200 }, (_, index) => ({ waitUs: 500_000, sizeBytes: index, change: undefined }));
      const lossy: LinkParameters = { ...new Link(0).parameters, loss: { kind: "uniform", probability: 0.3 } };
      const arrived = (link: LinkParameters): number[] => play(seedOfLink, link, script).trace.map(({ number }) => number);
      assert.deepEqual(arrived(lossy), arrived({ ...lossy, jitterMs }));
    }),
  );
});
