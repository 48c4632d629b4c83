import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_GCM_RECORD_BYTES, openRecord, RECORD_EXPANSION_BYTES, sealRecord } from "./record-cipher.js";

const HEADER_BYTES = 13;
const uint32 = fc.nat(2 ** 32 - 1);
const key = fc.oneof(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.uint8Array({ minLength: 36, maxLength: 36 }));
const input = fc.record({
  key,
  type: fc.constantFrom(20, 21, 22, 23),
  sequenceNumber: fc.nat(2 ** 48 - 1),
  nonceHigh: uint32,
  nonceLow: uint32,
  plaintext: fc.uint8Array({ maxLength: MAX_GCM_RECORD_BYTES - HEADER_BYTES - RECORD_EXPANSION_BYTES }),
});

/** The same with node:crypto, put together from the words of RFC 6347 §4.1, RFC 5246 §6.2.3.3 and RFC 5288 §3. */
function reference(fields: typeof input extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const { plaintext } = fields;
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt8(fields.type, 0);
  head.writeUInt16BE(0xfefd, 1);
  head.writeUInt16BE(1, 3);
  head.writeUIntBE(fields.sequenceNumber, 5, 6);
  head.writeUInt16BE(plaintext.length + 24, 11);
  const explicit = Buffer.alloc(8);
  explicit.writeUInt32BE(fields.nonceHigh, 0);
  explicit.writeUInt32BE(fields.nonceLow, 4);
  const length = Buffer.from([plaintext.length >> 8, plaintext.length & 0xff]);
  const secret = fields.key.subarray(0, -4);
  const cipher = createCipheriv(
    secret.length === 16 ? "aes-128-gcm" : "aes-256-gcm",
    secret,
    Buffer.concat([fields.key.subarray(-4), explicit]),
  );
  cipher.setAAD(Buffer.concat([head.subarray(3, 11), head.subarray(0, 3), length]));
  return Buffer.concat([head, explicit, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

const seal = (fields: Parameters<typeof reference>[0]) =>
  sealRecord(fields.key, fields.type, fields.sequenceNumber, fields.nonceHigh, fields.nonceLow, fields.plaintext);

test("[RFC5288 §3] seals the same records as node:crypto, byte for byte, and opens them", () => {
  fc.assert(
    fc.property(input, (fields) => {
      const record = seal(fields);
      assert.deepEqual(Buffer.from(record), reference(fields));
      assert.deepEqual(Buffer.from(openRecord(fields.key, record) ?? []), Buffer.from(fields.plaintext));
    }),
  );
});

test("opens nothing of which a single bit is another, and nothing under another key", () => {
  fc.assert(
    fc.property(input, fc.nat(), key, (fields, place, otherKey) => {
      const record = seal(fields);
      const bit = place % (8 * record.length);
      // The length on the wire is for finding the end of the record, which is given here.
      fc.pre(Math.floor(bit / 8) < 11 || Math.floor(bit / 8) > 12);
      record[bit >> 3] = (record[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(openRecord(fields.key, record), undefined);
      record[bit >> 3] = (record[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(openRecord(otherKey, record), undefined);
      assert.notEqual(openRecord(fields.key, record), undefined);
    }),
  );
});

test("opens nothing that is cut short, has something behind it, or is no record at all", () => {
  fc.assert(
    fc.property(input, fc.nat(), fc.uint8Array({ maxLength: 3000 }), (fields, cut, junk) => {
      const record = seal(fields);
      assert.equal(openRecord(fields.key, record.subarray(0, cut % record.length)), undefined);
      assert.equal(openRecord(fields.key, Buffer.concat([record, Uint8Array.of(0)])), undefined);
      assert.equal(openRecord(fields.key, junk), undefined);
    }),
  );
});

test("a record that no datagram could carry is a mistake of the caller", () => {
  const plaintext = new Uint8Array(MAX_GCM_RECORD_BYTES - HEADER_BYTES - RECORD_EXPANSION_BYTES + 1);
  assert.throws(() => sealRecord(new Uint8Array(20), 23, 1, 0, 1, plaintext), RangeError);
});
