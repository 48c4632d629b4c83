import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DataChannelOpen, MAX_LABEL_BYTES, parseDcep, serializeDcep } from "./dcep-message.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

const text = fc.string({ unit: "grapheme", maxLength: 100 });
const open: fc.Arbitrary<DataChannelOpen> = fc
  .tuple(
    text,
    text,
    fc.boolean(),
    fc.oneof(
      fc.constant({}),
      fc.record({ maxRetransmits: fc.nat(0xffff_ffff) }),
      fc.record({ maxPacketLifeTimeMs: fc.nat(0xffff_ffff) }),
    ),
  )
  .map(([label, protocol, isOrdered, limit]) => ({ type: "open", label, protocol, isOrdered, ...limit }));

test("[RFC8832 §5] OPEN and ACK come back as they were written", () => {
  fc.assert(fc.property(open, (message) => assert.deepEqual(parseDcep(serializeDcep(message)), message)));
  assert.deepEqual(parseDcep(serializeDcep({ type: "ack" })), { type: "ack" });
});

test("[RFC8832 §5.1] the bytes of an OPEN: unordered, no retransmissions", () => {
  const hex = "0381010000000000000600005f6c6f737379";
  assert.deepEqual(parseDcep(new Uint8Array(Buffer.from(hex, "hex"))), {
    type: "open",
    label: "_lossy",
    protocol: "",
    isOrdered: false,
    maxRetransmits: 0,
  });
});

test("[A21] an OPEN whose label or protocol is longer than the message does not parse", () => {
  const whole = serializeDcep({ type: "open", label: "label", protocol: "protocol", isOrdered: true });
  for (let length = 0; length < whole.length; length++) assert.equal(parseDcep(whole.subarray(0, length)), undefined);
  for (const offset of [8, 10]) {
    for (const claimed of [20, 255, MAX_LABEL_BYTES, 0xffff]) {
      const lying = whole.slice();
      new DataView(lying.buffer).setUint16(offset, claimed);
      // Behind it lies other memory, as behind a payload in a packet.
      const memory = new Uint8Array(70_000).fill(0x41);
      memory.set(lying, 8);
      assert.equal(parseDcep(memory.subarray(8, 8 + lying.length)), undefined);
    }
  }
});

test("labels beyond the limit, unknown channel types and broken UTF-8 do not parse", () => {
  const atLimit = { type: "open", label: "x".repeat(MAX_LABEL_BYTES), protocol: "", isOrdered: true } as const;
  const whole = serializeDcep(atLimit);
  assert.deepEqual(parseDcep(whole), atLimit);
  const longer = new Uint8Array([...whole, 0x78]);
  new DataView(longer.buffer).setUint16(8, MAX_LABEL_BYTES + 1);
  assert.equal(parseDcep(longer), undefined);
  assert.throws(() => serializeDcep({ ...atLimit, label: "x".repeat(MAX_LABEL_BYTES + 1) }), RangeError);
  assert.throws(() => serializeDcep({ ...atLimit, maxRetransmits: 1, maxPacketLifeTimeMs: 1 }), RangeError);
  for (const type of [3, 0x7f, 0x83, 0xff]) {
    const unknown = whole.slice();
    unknown[1] = type;
    assert.equal(parseDcep(unknown), undefined);
  }
  const broken = whole.slice();
  broken[12] = 0xff;
  assert.equal(parseDcep(broken), undefined);
});

test("a DCEP parser takes any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(2, 3), (bytes, type) => {
      bytes[0] = type;
      const message = parseDcep(bytes);
      if (message !== undefined) assert.deepEqual(parseDcep(serializeDcep(message)), message);
    }),
    { numRuns: 2000 },
  );
});

test("[RFC3629] UTF-8 as the platform has it, both ways", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (string) => {
      assert.deepEqual(encodeUtf8(string), new TextEncoder().encode(string));
      assert.equal(decodeUtf8(encodeUtf8(string)), string);
    }),
  );
  assert.deepEqual(encodeUtf8("a\ud800b"), new TextEncoder().encode("a\ud800b"));
  const likely = fc.array(fc.constantFrom(0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5));
  fc.assert(
    fc.property(fc.oneof(likely, fc.array(fc.nat(0xff))), (values) => {
      const bytes = Uint8Array.from(values);
      let expected: string | undefined;
      try {
        expected = decoder.decode(bytes);
      } catch {
        expected = undefined;
      }
      assert.equal(decodeUtf8(bytes), expected);
    }),
    { numRuns: 3000 },
  );
});
