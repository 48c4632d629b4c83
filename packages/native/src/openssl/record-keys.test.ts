import assert from "node:assert/strict";
import { test } from "node:test";
import { pseudoRandom } from "./record-keys.js";

/** The vectors that the TLS working group's mailing list knows, secret, seed and the first bytes of what comes out. */
const VECTORS = [
  {
    hash: "sha256",
    secret: "9bbe436ba940f017b17652849a71db35",
    seed: "a0ba9f936cda311827a6f796ffd5198c",
    output:
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab",
  },
  {
    hash: "sha384",
    secret: "b80b733d6ceefcdc71566ea48e5567df",
    seed: "cd665cf6a8447dd6ff8b27555edb7465",
    output:
      "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd",
  },
] as const;

for (const { hash, secret, seed, output } of VECTORS) {
  test(`[RFC5246 §5] the pseudo-random function on ${hash}, cut to any length`, () => {
    const bytes = (hex: string) => Buffer.from(hex, "hex");
    for (const length of [0, 1, 40, 64]) {
      const random = pseudoRandom(hash, bytes(secret), "test label", bytes(seed), length);
      assert.equal(Buffer.from(random).toString("hex"), output.slice(0, 2 * length));
    }
  });
}
