import assert from "node:assert/strict";
import { test } from "node:test";
import { RandomGenerator } from "@sluice/netem";
import { AssociationPair, bytesOf, type End } from "./association-pair.test.js";
import { packetChecksum } from "./wire/packet-parser.js";

/** Changes one to four bytes and repairs the checksum, for otherwise nothing would get further than that. */
function mutate(packet: Uint8Array, random: RandomGenerator): Uint8Array {
  let mutated = packet.slice();
  for (let count = 1 + (random.nextUint32() % 4); count > 0; count--) {
    const at = random.nextUint32() % mutated.length;
    const kind = random.nextUint32() % 4;
    if (kind === 0) mutated[at] = random.nextUint32() & 0xff;
    else if (kind === 1) mutated[at] = [0, 1, 0x7f, 0x80, 0xff][random.nextUint32() % 5] ?? 0;
    else if (kind === 2 && mutated.length > 20) mutated = mutated.slice(0, 13 + (random.nextUint32() % (mutated.length - 13)));
    else if (mutated.length < 8000) mutated = new Uint8Array(Buffer.concat([mutated, mutated.subarray(12)]));
  }
  new DataView(mutated.buffer).setUint32(8, packetChecksum(mutated), true);
  return mutated;
}

/** Uses everything there is, for all chunks to be seen. */
function talk(end: End, pair: AssociationPair, random: RandomGenerator): void {
  const { association } = end;
  const streamId = random.nextUint32() % 8;
  const kind = random.nextUint32() % 8;
  if (kind < 3) association.send(streamId, 53, new Uint8Array(1 + (random.nextUint32() % 4000)), { isOrdered: true }, pair.now);
  else if (kind < 6) {
    const limits = { isOrdered: random.isHit(0.5), maxRetransmits: random.nextUint32() % 2 };
    association.send(streamId, 53, new Uint8Array(1 + (random.nextUint32() % 3000)), limits, pair.now);
  } else if (kind === 6) association.resetStream(streamId);
  else association.send(streamId, 50, bytesOf("x"), { isOrdered: true, maxLifetimeMs: 50 }, pair.now);
}

for (let seed = 1; seed <= 12; seed++) {
  test(`packets changed on their way end an association at worst: seed ${seed}`, () => {
    const random = new RandomGenerator(seed);
    const link = { delayMs: 10, loss: { kind: "uniform", probability: 0.05 }, reorderProbability: 0.1 } as const;
    for (let round = 0; round < 8; round++) {
      const pair = new AssociationPair({ seed: seed * 100 + round, link, constants: { handshakesPerSecond: 1000 } });
      const ends = [pair.left, pair.right];
      pair.left.association.connect(pair.now);
      pair.right.association.connect(pair.now);
      for (let step = 0; step < 150; step++) {
        for (const end of ends) talk(end, pair, random);
        pair.run(7);
        for (const [index, end] of ends.entries()) {
          const packet = end.link.pollDatagram(Number.MAX_SAFE_INTEGER);
          if (packet === undefined) continue;
          const peer = ends[1 - index];
          for (let count = 0; count < 5; count++) peer?.association.handlePacket(mutate(packet, random), pair.now);
          peer?.association.handlePacket(packet, pair.now);
        }
        for (const { association } of ends) {
          assert.ok(association.heldBytes <= 1_048_576 + 327_680 + 100_000);
          assert.ok(association.receivedBytes <= 1_048_576 + 262_144 + 64);
        }
      }
      pair.run(2000);
      for (const { association } of ends) {
        const deadline = association.pollTimeout();
        assert.ok(deadline === undefined || deadline > pair.now, "a deadline that does not move on");
      }
    }
  });
}
