import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPacketMemory } from "../bytes/packet-memory.js";
import { redPrimaryOffset } from "./red-primary-block.js";

const AT = 64;

function offsetIn(payload: readonly number[]): number {
  const memory = createPacketMemory(2048);
  memory.bytes.fill(0xa5);
  memory.bytes.set(payload, AT);
  return redPrimaryOffset(memory, AT, payload.length);
}

/** A RED payload of these redundant blocks and this primary. */
function red(redundant: readonly (readonly number[])[], primary: readonly number[]): number[] {
  const headers = redundant.flatMap((block) => [0x80 | 111, 0x0f, block.length >> 8, block.length & 0xff]);
  return [...headers, 111, ...redundant.flat(), ...primary];
}

test("[RFC2198 §3] the primary block lies behind all headers and all redundant blocks", () => {
  assert.equal(offsetIn(red([], [7])), 1);
  assert.equal(offsetIn(red([[1, 2, 3]], [7, 8])), 4 + 1 + 3);
  assert.equal(offsetIn(red([new Array(300).fill(1), []], [7])), 8 + 1 + 300);
});

test("attack 18: a RED payload that does not add up is malformed", () => {
  assert.equal(offsetIn([]), -1, "nothing");
  assert.equal(offsetIn([111]), -1, "no primary");
  assert.equal(offsetIn([0x80 | 111, 0, 0]), -1, "half a header");
  assert.equal(offsetIn([0x80 | 111, 0, 0, 0]), -1, "no last header");
  assert.equal(offsetIn([0x80 | 111, 0, 0x03, 0xff, 111, 1, 2]), -1, "a block longer than the packet");
  assert.equal(offsetIn(new Array(1000).fill(0x80)), -1, "headers without end");
});

test("fuzz: whatever the bytes, the primary lies inside the payload and nothing outside is read", () => {
  const blocks = fc.array(fc.array(fc.nat(255), { maxLength: 40 }), { maxLength: 4 });
  fc.assert(
    fc.property(blocks, fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }), (redundant, primary) => {
      const payload = red(redundant, primary);
      assert.deepEqual(payload.slice(offsetIn(payload)), primary);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 60 }), (payload) => {
      const offset = offsetIn(payload);
      assert.ok(offset === -1 || (offset > 0 && offset < payload.length));
    }),
  );
});
