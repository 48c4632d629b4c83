// What the codec tests share: the test media that bots publish, and damage done to it.
import { readFileSync } from "node:fs";
import fc from "fast-check";

/** Bytes of a file in packages/cli/assets. */
export function readAsset(name: string): Uint8Array {
  const file = readFileSync(new URL(`../../../cli/assets/${name}`, import.meta.url));
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

/** `whole` with some bytes changed, a piece removed, and the end cut off. */
export function damaged(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat({ max: whole.length - 1 });
  const changes = fc.array(fc.tuple(position, fc.nat({ max: 255 })), { maxLength: 8 });
  return fc.tuple(changes, position, fc.nat({ max: 40 }), position).map(([writes, hole, holeBytes, end]) => {
    const bytes = whole.slice();
    for (const [at, value] of writes) bytes[at] = value;
    return Uint8Array.from([...bytes.subarray(0, hole), ...bytes.subarray(hole + holeBytes)]).subarray(0, end);
  });
}
