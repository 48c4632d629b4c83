import assert from "node:assert/strict";
import { test } from "node:test";
import { type TransportAddress, UNKNOWN_ADDRESS } from "@sluice/media";
import fc from "fast-check";
import { SOCKADDR_STRIDE_WORDS, writeSocketAddress } from "../libc/socket-address.js";
import { AddressTable } from "./address-table.js";

/** Few enough that registering, releasing and finding meet each other, in both families. */
const addresses: TransportAddress[] = [1, 2, 3].flatMap((port) =>
  [1, 2, 3, 4, 5, 6].map(
    (host): TransportAddress =>
      host % 2 === 0
        ? { family: "IPv4", ip: `10.0.0.${host}`, port }
        : { family: "IPv6", ip: `2001:db8::${host}:0:0:${7 - host}`, port },
  ),
);

const operations = fc.array(
  fc.record({
    type: fc.constantFrom("register", "register", "release", "reclaim"),
    which: fc.nat(addresses.length - 1),
  }),
  { maxLength: 200 },
);

function words(address: TransportAddress): Int32Array {
  const scratch = new Int32Array(SOCKADDR_STRIDE_WORDS);
  assert.ok(writeSocketAddress(new Uint8Array(scratch.buffer), 0, address));
  return scratch;
}

const KEYS: { name: string; keys: Int32Array | undefined }[] = [
  { name: "with random hash keys", keys: undefined },
  { name: "when every address hashes alike", keys: new Int32Array(5) },
  { name: "when only ports are hashed", keys: Int32Array.of(1, 0, 0, 0, 0) },
];

for (const { name, keys } of KEYS) {
  test(`it does what a Map does, ${name}`, () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 20 }), (steps, capacity) => {
        const storage = new Int32Array(capacity * SOCKADDR_STRIDE_WORDS);
        const table = keys === undefined ? new AddressTable(storage) : new AddressTable(storage, keys);
        const model = new Map<number, { id: number; references: number }>();
        let waiting = 0;
        for (const { type, which } of steps) {
          const address = words(addresses[which] as TransportAddress);
          const known = model.get(which);
          switch (type) {
            case "register": {
              const id = table.register(address, 0);
              if (known !== undefined) {
                assert.equal(id, known.id);
                known.references++;
              } else if (model.size + waiting === capacity) {
                assert.equal(id, UNKNOWN_ADDRESS);
              } else {
                assert.ok(id >= 0 && id < capacity && [...model.values()].every((other) => other.id !== id));
                model.set(which, { id, references: 1 });
              }
              break;
            }
            case "release":
              if (known === undefined) break;
              table.release(known.id);
              if (--known.references > 0) break;
              model.delete(which);
              waiting++;
              assert.equal(table.has(known.id), false);
              assert.throws(() => table.release(known.id), /released twice/);
              break;
            case "reclaim":
              table.reclaim();
              waiting = 0;
              break;
          }
          for (const [index, each] of addresses.entries()) {
            assert.equal(table.find(words(each), 0), model.get(index)?.id ?? UNKNOWN_ADDRESS);
          }
          assert.equal(table.hasReleased, waiting > 0);
        }
      }),
      { numRuns: 300 },
    );
  });
}

test("the key is family, port and address: what else the kernel fills in does not matter", () => {
  const table = new AddressTable(new Int32Array(2 * SOCKADDR_STRIDE_WORDS));
  const v6 = words({ family: "IPv6", ip: "2001:db8::1", port: 4000 });
  const id = table.register(v6, 0);
  v6[1] = 0x1234_5678;
  v6[6] = 9;
  v6[7] = -1;
  assert.equal(table.find(v6, 0), id);
  assert.equal(table.find(words({ family: "IPv6", ip: "2001:db8::1", port: 4001 }), 0), UNKNOWN_ADDRESS);
  const v4 = words({ family: "IPv4", ip: "192.0.2.1", port: 4000 });
  const v4Id = table.register(v4, 0);
  v4.fill(-1, 2);
  assert.equal(table.find(v4, 0), v4Id);
});

/** Looks 200,000 addresses up in a full table of so many of one subnet, some of which are there; ms of the fastest of several rounds. */
function lookupsMs(capacity: number): number {
  const table = new AddressTable(new Int32Array(capacity * SOCKADDR_STRIDE_WORDS));
  const scratch = words({ family: "IPv4", ip: "10.0.0.0", port: 1 });
  for (let index = 0; index < capacity; index++) {
    scratch[0] = 2 | ((index & 0xff) << 16);
    scratch[1] = 10 | ((index >> 8) << 24);
    assert.equal(table.register(scratch, 0), index);
  }
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    for (let index = 0; index < 200_000; index++) {
      scratch[0] = 2 | ((index & 0xffff) << 16);
      table.find(scratch, 0);
    }
    return performance.now() - startedAt;
  });
  return Math.min(...rounds);
}

test("16,384 addresses of one subnet spread: a lookup compares a handful of ids, not thousands", (t) => {
  const [fewMs, manyMs] = [lookupsMs(64), lookupsMs(16_384)];
  t.diagnostic(`among 64 addresses ${fewMs.toFixed(1)} ms, among 16,384 ${manyMs.toFixed(1)} ms`);
  // A table that degenerates to a list would need 256 times as long.
  assert.ok(manyMs < 20 * fewMs, `${manyMs} ms, among 64 ${fewMs} ms`);
});
