import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import fc from "fast-check";
import { StreamCounter } from "./stream-counter.js";

const SIZE = 100;

test("whatever is lost, doubled or late, each number is counted once and each gap is told, across the wrap", () => {
  const fate = fc.constantFrom("comes", "comes", "comes", "is lost", "comes twice", "is late");
  fc.assert(
    fc.property(fc.nat(65_535), fc.array(fate, { minLength: 1, maxLength: 200 }), (first, fates) => {
      const counter = new StreamCounter("video");
      const arrive = (index: number) => counter.handlePacket((first + index) % 65_536, index, SIZE, instant(index));
      // Known to be received at both ends, so that what is between them is known to be missing.
      arrive(0);
      const late: number[] = [];
      for (const [at, each] of fates.entries()) {
        if (each === "comes" || each === "comes twice") arrive(at + 1);
        if (each === "comes twice") arrive(at + 1);
        if (each === "is late") late.push(at + 1);
      }
      arrive(fates.length + 1);
      for (const index of late) arrive(index);
      const lost = fates.filter((each) => each === "is lost").length;
      assert.deepEqual(
        [counter.packets, counter.lost, counter.bytes],
        [fates.length + 2 - lost, lost, SIZE * (fates.length + 2 - lost)],
      );
    }),
  );
});

test("padding has a number, and is no packet", () => {
  const counter = new StreamCounter("video");
  for (const [number, sizeBytes] of [
    [1, SIZE],
    [2, 0],
    [3, SIZE],
  ] as const)
    counter.handlePacket(number, number, sizeBytes, instant(number));
  assert.deepEqual([counter.packets, counter.lost], [2, 0]);
});

test("a sender that begins anew elsewhere is no loss", () => {
  const counter = new StreamCounter("audio");
  for (const number of [10, 11, 30_000, 30_001, 5_000]) counter.handlePacket(number, number, SIZE, instant(number));
  assert.deepEqual([counter.packets, counter.lost], [5, 0]);
});

test("of a video each new timestamp is a frame, of which those that come much too late are freezes", () => {
  const counter = new StreamCounter("video");
  let number = 0;
  let us = 0;
  const pass = (ms: number) => {
    us += ms * 1_000;
    // Two packets a frame.
    for (let part = 0; part < 2; part++) counter.handlePacket(number++, us, SIZE, instant(us));
  };
  for (let frame = 0; frame < 60; frame++) pass(33);
  pass(170);
  assert.equal(counter.freezes.freezes, 0);
  for (let frame = 0; frame < 60; frame++) pass(33);
  pass(500);
  assert.deepEqual([counter.freezes.freezes, counter.freezes.frozenMs], [1, 500]);
});
