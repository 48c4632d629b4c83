import assert from "node:assert/strict";
import { createCipheriv, createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { type CryptoPort, SCRATCH, SCRATCH_BYTES } from "@sluice/media";
import fc from "fast-check";
import { COUNTER_VECTORS, GCM_VECTORS, HMAC_SHA1_VECTORS } from "./crypto-vectors.js";

/** Where the suite keeps things: scratch as the core uses it, then two slots far apart. */
const IV = SCRATCH.iv;
const AAD = SCRATCH.aad;
const SLOT_A = SCRATCH_BYTES;
const SLOT_B = SCRATCH_BYTES + 4096;
/** Size that {@link cryptoPortContract} expects of the memory. */
export const CONTRACT_MEMORY_BYTES = SCRATCH_BYTES + 8192;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const key = fc.oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 32, maxLength: 32 }));
const payload = fc.uint8Array({ minLength: 0, maxLength: 1500 });
const BAD_OFFSETS = [-1, CONTRACT_MEMORY_BYTES - 5, CONTRACT_MEMORY_BYTES, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];

/** What every adapter of {@link CryptoPort} owes its callers. `create` gives a port over {@link CONTRACT_MEMORY_BYTES}. */
export function cryptoPortContract(adapter: string, create: () => CryptoPort): void {
  describe(`crypto port on ${adapter}`, () => {
    const port = create();
    const { bytes } = port.memory;
    const put = (offset: number, data: Uint8Array) => bytes.set(data, offset);
    const get = (offset: number, length: number) => bytes.slice(offset, offset + length);

    for (const vector of GCM_VECTORS) {
      test(`[SP 800-38D] seals and opens ${vector.name}`, () => {
        const plaintext = bytesOf(vector.plaintext);
        const aad = bytesOf(vector.aad);
        put(IV, bytesOf(vector.iv));
        put(SLOT_A, aad);
        put(SLOT_A + 64, plaintext);
        const sealer = port.createAeadSealer(bytesOf(vector.key));
        sealer.seal(IV, SLOT_A, aad.length, SLOT_A + 64, plaintext.length, SLOT_B);
        assert.equal(hexOf(get(SLOT_B, plaintext.length)), vector.ciphertext);
        assert.equal(hexOf(get(SLOT_B + plaintext.length, 16)), vector.tag);
        const opener = port.createAeadOpener(bytesOf(vector.key));
        assert.equal(opener.open(IV, SLOT_A, aad.length, SLOT_B, plaintext.length), true);
        assert.equal(hexOf(get(SLOT_B, plaintext.length)), vector.plaintext);
        sealer.close();
        opener.close();
      });
    }

    for (const vector of COUNTER_VECTORS) {
      test(`applies ${vector.name}`, () => {
        const plaintext = bytesOf(vector.plaintext);
        put(IV, bytesOf(vector.iv));
        put(SLOT_A, plaintext);
        const cipher = port.createCounterCipher(bytesOf(vector.key));
        cipher.apply(IV, SLOT_A, plaintext.length, SLOT_B);
        assert.equal(hexOf(get(SLOT_B, plaintext.length)), vector.ciphertext);
        cipher.apply(IV, SLOT_B, plaintext.length, SLOT_B);
        assert.equal(hexOf(get(SLOT_B, plaintext.length)), vector.plaintext);
        cipher.close();
      });
    }

    for (const vector of HMAC_SHA1_VECTORS) {
      test(`signs ${vector.name}`, () => {
        const data = bytesOf(vector.data);
        put(SLOT_A, data);
        const authenticator = port.createAuthenticator(bytesOf(vector.key));
        authenticator.sign(SLOT_A, data.length, SLOT_A + data.length);
        assert.equal(hexOf(get(SLOT_A + data.length, 20)), vector.code);
        authenticator.sign(SLOT_A, data.length, SCRATCH.tag);
        assert.equal(hexOf(get(SCRATCH.tag, 20)), vector.code, "a second time with the same context");
        assert.equal(hexOf(port.hmacSha1(bytesOf(vector.key), data)), vector.code);
        authenticator.close();
      });
    }

    test("seals as node:crypto does, in place and out of place, and opens again", () => {
      fc.assert(
        fc.property(
          key,
          fc.uint8Array({ minLength: 12, maxLength: 12 }),
          fc.uint8Array({ maxLength: 64 }),
          payload,
          fc.boolean(),
          (secret, iv, aad, plaintext, inPlace) => {
            const sealer = port.createAeadSealer(secret);
            const opener = port.createAeadOpener(secret);
            const cipher = createCipheriv(secret.length === 16 ? "aes-128-gcm" : "aes-256-gcm", secret, iv);
            cipher.setAAD(aad);
            const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
            const destination = inPlace ? SLOT_A : SLOT_B;
            // Twice: the second packet of a context must not depend on the first.
            for (let round = 0; round < 2; round++) {
              put(IV, iv);
              put(AAD, aad);
              put(SLOT_A, plaintext);
              sealer.seal(IV, AAD, aad.length, SLOT_A, plaintext.length, destination);
              assert.equal(hexOf(get(destination, plaintext.length + 16)), hexOf(expected));
              assert.equal(opener.open(IV, AAD, aad.length, destination, plaintext.length), true);
              assert.equal(hexOf(get(destination, plaintext.length)), hexOf(plaintext));
            }
            sealer.close();
            opener.close();
          },
        ),
        { numRuns: 150 },
      );
    });

    test("counts and signs as node:crypto does", () => {
      fc.assert(
        fc.property(
          key,
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
          payload,
          fc.boolean(),
          (secret, iv, data, inPlace) => {
            const counter = port.createCounterCipher(secret);
            const authenticator = port.createAuthenticator(secret);
            const reference = createCipheriv(secret.length === 16 ? "aes-128-ctr" : "aes-256-ctr", secret, iv).update(data);
            const code = createHmac("sha1", secret).update(reference).digest();
            const destination = inPlace ? SLOT_A : SLOT_B;
            for (let round = 0; round < 2; round++) {
              put(IV, iv);
              put(SLOT_A, data);
              counter.apply(IV, SLOT_A, data.length, destination);
              assert.equal(hexOf(get(destination, data.length)), hexOf(reference));
              authenticator.sign(destination, data.length, destination + data.length);
              assert.equal(hexOf(get(destination + data.length, 20)), hexOf(code));
            }
            counter.close();
            authenticator.close();
          },
        ),
        { numRuns: 150 },
      );
    });

    test("says false, and does not throw, when any one bit is wrong", () => {
      fc.assert(
        fc.property(key, payload, fc.nat(), fc.nat(7), (secret, plaintext, position, bit) => {
          const sealer = port.createAeadSealer(secret);
          const opener = port.createAeadOpener(secret);
          put(IV, new Uint8Array(12));
          put(AAD, new Uint8Array(12));
          put(SLOT_A, plaintext);
          const seal = () => sealer.seal(IV, AAD, 12, SLOT_A, plaintext.length, SLOT_B);
          const open = () => opener.open(IV, AAD, 12, SLOT_B, plaintext.length);
          const flip = (offset: number) => put(offset, Uint8Array.of((bytes[offset] ?? 0) ^ (1 << bit)));
          const places = [IV + (position % 12), AAD + (position % 12), SLOT_B + (position % (plaintext.length + 16))];
          for (const place of places) {
            seal();
            flip(place);
            assert.equal(open(), false);
            if (place < SLOT_B) flip(place);
          }
          seal();
          assert.equal(open(), true, "the opener still works after refusals");
          sealer.close();
          opener.close();
        }),
        { numRuns: 100 },
      );
    });

    test("writes nothing outside the destination and its tag", () => {
      const sealer = port.createAeadSealer(new Uint8Array(16));
      bytes.fill(0xa5);
      sealer.seal(IV, AAD, 12, SLOT_A, 100, SLOT_B);
      const touched = [...bytes.keys()].filter((offset) => bytes[offset] !== 0xa5);
      assert.ok(touched.every((offset) => offset >= SLOT_B && offset < SLOT_B + 116));
      sealer.close();
    });

    test("throws RangeError for any range outside the memory, and changes nothing", () => {
      const sealer = port.createAeadSealer(new Uint8Array(16));
      const opener = port.createAeadOpener(new Uint8Array(16));
      const counter = port.createCounterCipher(new Uint8Array(16));
      const authenticator = port.createAuthenticator(new Uint8Array(20));
      const before = hexOf(bytes);
      for (const bad of BAD_OFFSETS) {
        const refusals: readonly (() => unknown)[] = [
          () => sealer.seal(bad, AAD, 12, SLOT_A, 100, SLOT_B),
          () => sealer.seal(IV, bad, 12, SLOT_A, 100, SLOT_B),
          () => sealer.seal(IV, AAD, bad, SLOT_A, 100, SLOT_B),
          () => sealer.seal(IV, AAD, 12, bad, 100, SLOT_B),
          () => sealer.seal(IV, AAD, 12, SLOT_A, bad, SLOT_B),
          () => sealer.seal(IV, AAD, 12, SLOT_A, 100, bad),
          () => opener.open(bad, AAD, 12, SLOT_A, 100),
          () => opener.open(IV, bad, 12, SLOT_A, 100),
          () => opener.open(IV, AAD, bad, SLOT_A, 100),
          () => opener.open(IV, AAD, 12, bad, 100),
          () => opener.open(IV, AAD, 12, SLOT_A, bad),
          () => counter.apply(bad, SLOT_A, 100, SLOT_B),
          () => counter.apply(IV, bad, 100, SLOT_B),
          () => counter.apply(IV, SLOT_A, bad, SLOT_B),
          () => counter.apply(IV, SLOT_A, 100, bad),
          () => authenticator.sign(bad, 100, SLOT_B),
          () => authenticator.sign(SLOT_A, bad, SLOT_B),
          () => authenticator.sign(SLOT_A, 100, bad),
        ];
        for (const refusal of refusals) assert.throws(refusal, RangeError, `${bad} in ${refusal}`);
      }
      assert.equal(hexOf(bytes), before);
      for (const cipher of [sealer, opener, counter, authenticator]) cipher.close();
    });

    test("needs room for the whole tag: one byte too few is refused", () => {
      const sealer = port.createAeadSealer(new Uint8Array(16));
      const opener = port.createAeadOpener(new Uint8Array(16));
      const authenticator = port.createAuthenticator(new Uint8Array(20));
      const last = CONTRACT_MEMORY_BYTES - 116;
      sealer.seal(IV, AAD, 12, SLOT_A, 100, last);
      assert.equal(opener.open(IV, AAD, 12, last, 100), true);
      assert.throws(() => sealer.seal(IV, AAD, 12, SLOT_A, 100, last + 1), RangeError);
      assert.throws(() => opener.open(IV, AAD, 12, last + 1, 100), RangeError);
      authenticator.sign(SLOT_A, 100, CONTRACT_MEMORY_BYTES - 20);
      assert.throws(() => authenticator.sign(SLOT_A, 100, CONTRACT_MEMORY_BYTES - 19), RangeError);
      for (const cipher of [sealer, opener, authenticator]) cipher.close();
    });

    test("refuses a destination that overlaps its source without being it", () => {
      const sealer = port.createAeadSealer(new Uint8Array(16));
      const counter = port.createCounterCipher(new Uint8Array(16));
      for (const shift of [-99, -1, 1, 99]) {
        assert.throws(() => sealer.seal(IV, AAD, 12, SLOT_A, 100, SLOT_A + shift), RangeError);
        assert.throws(() => counter.apply(IV, SLOT_A, 100, SLOT_A + shift), RangeError);
      }
      counter.apply(IV, SLOT_A, 100, SLOT_A + 100);
      counter.apply(IV, SLOT_A, 100, SLOT_A - 100);
      for (const cipher of [sealer, counter]) cipher.close();
    });

    test("throws after close, and closes twice without harm", () => {
      const sealer = port.createAeadSealer(new Uint8Array(16));
      const opener = port.createAeadOpener(new Uint8Array(32));
      const counter = port.createCounterCipher(new Uint8Array(16));
      const authenticator = port.createAuthenticator(new Uint8Array(20));
      for (const cipher of [sealer, opener, counter, authenticator]) {
        cipher.close();
        cipher.close();
      }
      assert.throws(() => sealer.seal(IV, AAD, 12, SLOT_A, 100, SLOT_B), /closed/);
      assert.throws(() => opener.open(IV, AAD, 12, SLOT_A, 100), /closed/);
      assert.throws(() => counter.apply(IV, SLOT_A, 100, SLOT_B), /closed/);
      assert.throws(() => authenticator.sign(SLOT_A, 100, SLOT_B), /closed/);
    });

    test("refuses keys of any other length", () => {
      for (const length of [0, 15, 17, 24, 31, 33]) {
        const secret = new Uint8Array(length);
        assert.throws(() => port.createAeadSealer(secret), RangeError);
        assert.throws(() => port.createAeadOpener(secret), RangeError);
        assert.throws(() => port.createCounterCipher(secret), RangeError);
      }
      assert.throws(() => port.createAuthenticator(new Uint8Array(0)), RangeError);
      assert.throws(() => port.createAuthenticator(new Uint8Array(256)), RangeError);
    });

    test("does not keep or change the caller's key", () => {
      const secret = Uint8Array.from({ length: 16 }, (_, i) => i);
      const counter = port.createCounterCipher(secret);
      put(IV, new Uint8Array(16));
      put(SLOT_A, new Uint8Array(64));
      counter.apply(IV, SLOT_A, 64, SLOT_B);
      const first = hexOf(get(SLOT_B, 64));
      assert.equal(hexOf(secret), "000102030405060708090a0b0c0d0e0f");
      secret.fill(0);
      counter.apply(IV, SLOT_A, 64, SLOT_B);
      assert.equal(hexOf(get(SLOT_B, 64)), first);
      counter.close();
    });

    test("gives random bytes of the length asked for, different each time", () => {
      assert.equal(port.randomBytes(0).length, 0);
      assert.equal(port.randomBytes(33).length, 33);
      assert.notEqual(hexOf(port.randomBytes(16)), hexOf(port.randomBytes(16)));
    });
  });
}
