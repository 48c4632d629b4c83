import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { packRecords, RECORD_HEADER_BYTES, recordLength } from "./dtls-records.js";

function record(bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + bodyBytes).fill(bodyBytes & 0xff);
  bytes.set([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, bodyBytes >> 8, bodyBytes & 0xff]);
  return bytes;
}

test("[RFC6347 §4.1] packs whole records, in order, into as few datagrams as the MTU allows", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1500), { maxLength: 12 }), fc.integer({ min: 576, max: 1472 }), (sizes, mtuBytes) => {
      const records = sizes.map(record);
      const datagrams = packRecords(Buffer.concat(records), mtuBytes);
      assert.deepEqual(Buffer.concat(datagrams), Buffer.concat(records));
      for (const [index, datagram] of datagrams.entries()) {
        const first = recordLength(datagram, 0) ?? 0;
        assert.ok(datagram.length <= mtuBytes || datagram.length === first, "only a single record may be too long");
        const next = datagrams[index + 1];
        if (next !== undefined)
          assert.ok(datagram.length + (recordLength(next, 0) ?? 0) > mtuBytes, "the next record would fit");
      }
    }),
  );
});

test("gives datagrams that do not change with the stream they were cut from", () => {
  const stream = record(20);
  const [datagram] = packRecords(stream, 1200);
  stream.fill(0);
  assert.deepEqual(datagram, record(20));
});

test("knows no record where bytes are missing", () => {
  const bytes = record(30);
  assert.equal(recordLength(bytes, 0), bytes.length);
  for (let length = 0; length < bytes.length; length++) assert.equal(recordLength(bytes.subarray(0, length), 0), undefined);
  assert.equal(recordLength(bytes, 1000), undefined);
});
