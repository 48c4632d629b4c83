import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DtlsRecordGate, MAX_DATAGRAM_BYTES } from "./dtls-record-gate.js";
import { CONTENT_TYPE } from "./dtls-records.js";

interface RecordFields {
  readonly type?: number;
  readonly version?: number;
  readonly epoch?: number;
  readonly body?: readonly number[];
}

function record({ type = CONTENT_TYPE.handshake, version = 0xfefd, epoch = 0, body = [] }: RecordFields): Uint8Array {
  const header = [type, version >> 8, version & 0xff, 0, epoch, 0, 0, 0, 0, 0, 0, body.length >> 8, body.length & 0xff];
  return Uint8Array.from([...header, ...body]);
}

/** A handshake fragment (RFC 6347 §4.2.2) of message type 1, sequence 0. */
function fragment(messageLength: number, fragmentOffset: number, fragmentLength: number, bodyBytes = fragmentLength): number[] {
  const uint24 = (value: number) => [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
  const body = new Array<number>(bodyBytes).fill(7);
  return [1, ...uint24(messageLength), 0, 0, ...uint24(fragmentOffset), ...uint24(fragmentLength), ...body];
}

const admits = (bytes: Uint8Array) => new DtlsRecordGate().admit(bytes)?.length === bytes.length;

test("lets the records of a handshake through", () => {
  assert.ok(admits(record({ version: 0xfeff, body: fragment(40, 0, 40) })));
  assert.ok(admits(record({ body: fragment(4000, 1000, 500) })));
  assert.ok(admits(record({ body: [...fragment(0, 0, 0), ...fragment(20, 0, 20)] })), "ServerHelloDone and another message");
  assert.ok(admits(record({ type: CONTENT_TYPE.changeCipherSpec, body: [1] })));
  assert.ok(admits(record({ type: CONTENT_TYPE.alert, body: [2, 40] })));
  assert.ok(admits(record({ epoch: 1, body: new Array(40).fill(9) })), "an encrypted Finished");
});

test("attack 2: drops handshake fragments that contradict themselves", () => {
  const attacks: Record<string, number[]> = {
    "empty fragment of a message that is not empty": fragment(100, 50, 0),
    "fragment that begins behind its message": fragment(100, 101, 1),
    "fragment that ends behind its message": fragment(100, 90, 11),
    "24-bit message length": fragment(0xffffff, 0, 100),
    "message longer than any certificate": fragment(16_385, 0, 100),
    "fragment longer than its record": fragment(100, 0, 100, 99),
    "record that ends inside a fragment header": [...fragment(4, 0, 4), 1, 0, 0],
    "record without a fragment": [],
  };
  for (const [name, body] of Object.entries(attacks)) assert.equal(admits(record({ body })), false, name);
});

test("attack 3: drops application data under epoch 0, and any before the handshake is done", () => {
  const data = { type: CONTENT_TYPE.applicationData, body: new Array<number>(25).fill(9) };
  assert.equal(admits(record({ ...data, epoch: 0 })), false);
  assert.equal(admits(record({ ...data, epoch: 1 })), false);
});

test("[RFC5288 §3] drops encrypted records too short for a nonce and a tag", () => {
  for (const type of [CONTENT_TYPE.alert, CONTENT_TYPE.handshake]) {
    const admitted = (bytes: number) => admits(record({ type, epoch: 1, body: new Array(bytes).fill(9) }));
    assert.deepEqual([0, 1, 23, 24, 25].map(admitted), [false, false, false, true, true]);
  }
});

test("drops what is not DTLS, or not of a version we speak", () => {
  assert.equal(admits(record({ version: 0x0303, body: fragment(4, 0, 4) })), false);
  assert.equal(admits(record({ type: 24, body: [1, 0, 1] })), false, "heartbeat");
  assert.equal(admits(record({ type: 19, body: [1] })), false);
  assert.equal(admits(new Uint8Array(MAX_DATAGRAM_BYTES + 1)), false);
});

test("drops the bad records of a datagram and keeps the good ones", () => {
  const good = record({ body: fragment(4, 0, 4) });
  const bad = record({ type: CONTENT_TYPE.applicationData, body: [1] });
  const admitted = new DtlsRecordGate().admit(Buffer.concat([bad, good, bad, good, good.subarray(0, 9)]));
  assert.deepEqual(Buffer.from(admitted ?? []), Buffer.concat([good, good]));
});

test("stops a peer that sends without end before the handshake is done, by datagrams and by bytes", () => {
  const count = (bytes: Uint8Array) => {
    const gate = new DtlsRecordGate();
    let admitted = 0;
    while (admitted < 10_000 && gate.admit(bytes) !== undefined) admitted += 1;
    return admitted;
  };
  assert.equal(count(record({ body: fragment(4, 0, 4) })), 256);
  assert.equal(count(record({ body: fragment(1400, 0, 1400) })), Math.floor(131_072 / 1425));
  assert.equal(count(Uint8Array.of(1, 2, 3)), 10_000, "bytes that are no record cost an honest peer nothing");
});

test("lets only a few records through that arrive before their keys", () => {
  const gate = new DtlsRecordGate();
  const early = record({ epoch: 1, body: new Array(40).fill(9) });
  const sizes = Array.from({ length: 20 }, () => gate.admit(early)?.length);
  assert.equal(sizes.filter((size) => size === early.length).length, 16);
});

test("never throws and never makes bytes up, whatever arrives", () => {
  const valid = fc.record({
    type: fc.integer({ min: 18, max: 25 }),
    version: fc.constantFrom(0xfefd, 0xfeff, 0x0303),
    epoch: fc.nat(2),
    body: fc.oneof(
      fc.array(fc.nat(255), { maxLength: 80 }),
      fc.tuple(fc.nat(200), fc.nat(200), fc.nat(60)).map((f) => fragment(...f)),
    ),
  });
  const chunk = fc.oneof(valid.map(record), fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
      const datagram = Buffer.concat(chunks);
      const admitted = new DtlsRecordGate().admit(datagram);
      assert.ok(admitted !== undefined && admitted.length <= datagram.length);
      const again = new DtlsRecordGate().admit(Uint8Array.from(admitted));
      assert.deepEqual(again, admitted, "what was let in once is let in again");
    }),
  );
});
