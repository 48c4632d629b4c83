import assert from "node:assert/strict";
import { test } from "node:test";
import { RandomGenerator } from "@sluice/netem";
import fc from "fast-check";
import type { DataChunk } from "../wire/chunk.js";
import { type AssembledMessage, FragmentAssembler } from "./fragment-assembler.js";

function fragment(payload: readonly number[], change: Partial<DataChunk> = {}): DataChunk {
  return {
    type: "data",
    tsn: 0,
    streamId: 1,
    ssn: 0,
    ppid: 53,
    isUnordered: true,
    isBeginning: false,
    isEnding: false,
    isImmediate: false,
    payload: Uint8Array.from(payload),
    ...change,
  };
}

test("[RFC9260 §6.9] messages come out whole in whatever order their fragments arrive", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.nat(), fc.boolean(), (fragments, seed, isUnordered) => {
      const random = new RandomGenerator(seed);
      const chunks: { readonly tsn: number; readonly chunk: DataChunk }[] = [];
      for (const [ssn, count] of fragments.entries()) {
        for (let part = 0; part < count; part++) {
          const change = { ssn, isUnordered, isBeginning: part === 0, isEnding: part === count - 1 };
          chunks.push({ tsn: chunks.length, chunk: fragment([ssn, part], change) });
        }
      }
      const assembler = new FragmentAssembler(1000, 64);
      const messages: AssembledMessage[] = [];
      while (chunks.length > 0) {
        const [next] = chunks.splice(random.nextUint32() % chunks.length, 1);
        assert.ok(next !== undefined);
        const message = assembler.add(next.chunk, next.tsn);
        if (message !== undefined) messages.push(message);
      }
      assert.equal(assembler.heldBytes, 0);
      assert.equal(assembler.runs, 0);
      messages.sort((a, b) => a.ssn - b.ssn);
      assert.deepEqual(
        messages.map(({ payload }) => [...payload]),
        fragments.map((count, ssn) => Array.from({ length: count }, (_, part) => [ssn, part]).flat()),
      );
    }),
  );
});

test("fragments of different messages are never put together", () => {
  const assembler = new FragmentAssembler(1000, 64);
  assert.equal(assembler.add(fragment([1], { isBeginning: true }), 10), undefined);
  assert.equal(assembler.add(fragment([2], { isEnding: true, streamId: 2 }), 11), undefined);
  assert.equal(assembler.add(fragment([3], { isBeginning: true }), 12), undefined);
  assert.equal(assembler.add(fragment([4], { isEnding: true, isUnordered: false }), 13), undefined);
  assert.equal(assembler.runs, 4);
});

test("[RFC3758 §3.6] what is given up is forgotten, and charged to nobody", () => {
  const assembler = new FragmentAssembler(1000, 64);
  for (let tsn = 0; tsn < 100; tsn += 2) assembler.add(fragment([1, 2, 3]), tsn);
  assembler.forget(49);
  assert.equal(assembler.runs, 25);
  assert.equal(assembler.heldBytes, 25 * 67);
  assembler.forget(1000);
  assert.equal(assembler.heldBytes, 0);
});

test("a message that grows too long keeps its place and loses its bytes", () => {
  const assembler = new FragmentAssembler(10, 64);
  assembler.add(fragment([1, 2, 3, 4, 5, 6], { isBeginning: true }), 0);
  assembler.add(fragment([1, 2, 3, 4, 5, 6]), 1);
  assert.equal(assembler.heldBytes, 64);
  const message = assembler.add(fragment([1], { isEnding: true }), 2);
  assert.equal(message?.isOversized, true);
  assert.equal(message.payload.length, 0);
  assert.equal(assembler.heldBytes, 0);
});
