import type { RandomGenerator } from "@sluice/netem";

const MAX_FLIPS = 8;
const MAX_EXTENSION_BYTES = 64;
const MAX_RANDOM_BYTES = 1_500;
/** Bytes at the start in which headers, types and lengths are. */
const HEADER_BYTES = 32;
/** What counters and lengths overflow at. */
const EXTREMES = [0x0000, 0x0001, 0x7fff, 0x8000, 0xfffe, 0xffff] as const;

/** Another datagram than `datagram`, damaged in one of the ways that networks do not but attackers do. Same seed, same damage. */
export function damage(datagram: Buffer, random: RandomGenerator): Buffer {
  const damaged = tryDamage(datagram, random);
  if (!damaged.equals(datagram)) return damaged;
  return Buffer.concat([datagram, Buffer.from([random.nextUint32() & 0xff])]);
}

function tryDamage(datagram: Buffer, random: RandomGenerator): Buffer {
  const copy = Buffer.from(datagram);
  const below = (limit: number) => random.nextUint32() % Math.max(1, limit);
  switch (below(6)) {
    case 0:
      for (let flips = below(MAX_FLIPS) + 1; flips > 0; flips--) flipBit(copy, below(copy.length), below(8));
      return copy;
    case 1:
      flipBit(copy, below(Math.min(HEADER_BYTES, copy.length)), below(8));
      return copy;
    case 2:
      return copy.subarray(0, below(copy.length));
    case 3:
      return Buffer.concat([copy, randomBytes(below(MAX_EXTENSION_BYTES) + 1, random)]);
    case 4: {
      const at = below(Math.min(HEADER_BYTES, copy.length) - 1);
      if (at + 2 <= copy.length) copy.writeUInt16BE(EXTREMES[below(EXTREMES.length)] ?? 0, at);
      return copy;
    }
    default: {
      const noise = randomBytes(below(MAX_RANDOM_BYTES) + 1, random);
      // Keep the first byte, or nearly all of it would be dropped as unknown.
      noise[0] = copy[0] ?? 0;
      return noise;
    }
  }
}

export function randomBytes(sizeBytes: number, random: RandomGenerator): Buffer {
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, () => random.nextUint32() & 0xff));
}

function flipBit(bytes: Buffer, at: number, bit: number): void {
  if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << bit);
}
