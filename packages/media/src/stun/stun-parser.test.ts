import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprint } from "./fingerprint.js";
import { isIntegrityValid } from "./message-integrity.js";
import {
  decodeMessageType,
  encodeMessageType,
  MAX_STUN_ATTRIBUTES,
  type StunContent,
  type StunMessage,
} from "./stun-message.js";
import { parseStun } from "./stun-parser.js";
import { serializeStun } from "./stun-serializer.js";

const crypto = { hmacSha1: (key: Uint8Array, data: Uint8Array) => createHmac("sha1", key).update(data).digest() };
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const key = new TextEncoder().encode("VOkJxbRl1RmTxUk/WvJxBt");
const transactionId = hex("b7e7a701bc34d686fa87dfae");

function parseValid(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  assert.ok(message);
  return message;
}

/** A Binding request with these raw attributes and a correct length. */
function request(...attributes: Uint8Array[]): Uint8Array {
  const size = attributes.reduce((sum, { length }) => sum + length, 0);
  const length = hex(size.toString(16).padStart(4, "0"));
  return new Uint8Array(Buffer.concat([hex("0001"), length, hex("2112a442"), transactionId, ...attributes]));
}

test("[RFC5769 §2.1] sample request", () => {
  const bytes = hex(`000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff
    80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf`);
  const message = parseValid(bytes);
  assert.equal(message.class, "request");
  assert.equal(message.method, 1);
  assert.deepEqual(message.transactionId, transactionId);
  assert.deepEqual(message.attributes, {
    software: "STUN test client",
    priority: 0x6e0001ff,
    iceControlled: 0x932ff9b151263b36n,
    username: "evtj:h6vY",
  });
  assert.equal(message.hasFingerprint, true);
  assert.equal(isIntegrityValid(bytes, message, key, crypto), true);
  assert.equal(isIntegrityValid(bytes, message, key.subarray(1), crypto), false);
});

test("[RFC5769 §2.2] sample IPv4 response", () => {
  const bytes = hex(`0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96`);
  const message = parseValid(bytes);
  assert.equal(message.class, "success");
  assert.deepEqual(message.attributes, {
    software: "test vector",
    xorMappedAddress: { family: "IPv4", ip: "192.0.2.1", port: 32_853 },
  });
  assert.equal(isIntegrityValid(bytes, message, key, crypto), true);
});

test("[RFC5769 §2.3] sample IPv6 response", () => {
  const bytes = hex(`010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a147
    0113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c`);
  const message = parseValid(bytes);
  assert.deepEqual(message.attributes.xorMappedAddress, {
    family: "IPv6",
    ip: "2001:db8:1234:5678:11:2233:4455:6677",
    port: 32_853,
  });
  assert.equal(isIntegrityValid(bytes, message, key, crypto), true);
});

test("[RFC8489 §5] the type interleaves class and method bits", () => {
  assert.equal(encodeMessageType("request", 1), 0x0001);
  assert.equal(encodeMessageType("indication", 1), 0x0011);
  assert.equal(encodeMessageType("success", 1), 0x0101);
  assert.equal(encodeMessageType("error", 1), 0x0111);
  for (let type = 0; type <= 0x3fff; type++) {
    const { class: messageClass, method } = decodeMessageType(type);
    assert.equal(encodeMessageType(messageClass, method), type);
  }
});

test("[RFC8489 §6.3] a wrong cookie, type or length is no STUN message", () => {
  const good = request(hex("00240004 6e0001ff"));
  assert.ok(parseStun(good));
  assert.equal(parseStun(good.with(0, 0x40)), undefined, "first two bits");
  assert.equal(parseStun(good.with(4, 0x20)), undefined, "cookie");
  assert.equal(parseStun(good.with(3, 4)), undefined, "length too short");
  assert.equal(parseStun(good.with(3, 12)), undefined, "length too long");
  assert.equal(parseStun(request(hex("8022 0001 41"))), undefined, "not a multiple of four");
  assert.equal(parseStun(new Uint8Array(19)), undefined);
  assert.equal(parseStun(request(hex(`8055 05c8 ${"00".repeat(0x5c8)}`))), undefined, "longer than a datagram may be");
});

test("[RFC8489 §14] an attribute that overruns, or is of the wrong size, makes the message malformed", () => {
  assert.equal(parseStun(request(hex("0006 0005 41424344"))), undefined, "overrun");
  assert.equal(parseStun(request(hex("0024 0002 6e000000"))), undefined, "PRIORITY of 2 bytes");
  assert.equal(parseStun(request(hex("0025 0001 00000000"))), undefined, "USE-CANDIDATE with a value");
  assert.equal(parseStun(request(hex("802a 0004 00000000"))), undefined, "ICE-CONTROLLING of 4 bytes");
  assert.equal(parseStun(request(hex("0020 0008 0003a147 e112a643"))), undefined, "address family 3");
  assert.equal(parseStun(request(hex("0020 0008 0002a147 e112a643"))), undefined, "IPv6 of 4 bytes");
  assert.equal(parseStun(request(hex("0009 0004 00000700"))), undefined, "error class 7");
  assert.equal(parseStun(request(hex("0009 0004 00000464"))), undefined, "error number 100");
  assert.equal(parseStun(request(hex("000a 0003 00010000"))), undefined, "half an attribute type");
  assert.equal(parseStun(request(hex("0008 0010"), new Uint8Array(16))), undefined, "MESSAGE-INTEGRITY of 16 bytes");
  assert.equal(parseStun(request(...Array<Uint8Array>(MAX_STUN_ATTRIBUTES + 1).fill(hex("80550000")))), undefined, "too many");
});

test("[attack 10] MESSAGE-INTEGRITY twice or behind FINGERPRINT makes the message malformed", () => {
  const content: StunContent = { class: "request", method: 1, transactionId, attributes: { username: "a:b" } };
  const integrity = serializeStun(content, { key, crypto }).subarray(28, 52);
  assert.ok(parseStun(request(integrity)));
  assert.equal(parseStun(request(integrity, integrity)), undefined);
  const late = request(hex("80280004 00000000"), integrity);
  new DataView(late.buffer).setUint32(24, fingerprint(late, 20));
  assert.equal(parseStun(late), undefined);
});

test("[RFC8489 §14.5] what follows MESSAGE-INTEGRITY is ignored; [RFC8489 §14] of repeated attributes the first counts", () => {
  const integrity = hex(`0008 0014 ${"00".repeat(20)}`);
  const first = hex("0006 0003 613a6200");
  const second = hex("0006 0003 633a6400");
  assert.equal(parseValid(request(first, second, integrity)).attributes.username, "a:b");
  const behind = parseValid(request(first, integrity, second, hex("00250000"), hex("00240004 00000001")));
  assert.deepEqual(behind.attributes, { username: "a:b" });
});

test("[RFC8489 §6.3.1] unknown attributes that must be understood are reported, others skipped", () => {
  const message = parseValid(request(hex("7fff0000"), hex("80010000"), hex("0014 0001 41000000")));
  assert.deepEqual(message.unknownRequired, [0x7fff, 0x0014]);
});

test("the message owns its memory", () => {
  const bytes = request(hex("0006 0003 613a6200"));
  const message = parseValid(bytes);
  bytes.fill(0xff);
  assert.deepEqual(message.transactionId, transactionId);
});

const ascii = (maxLength: number) => fc.string({ unit: "binary-ascii", maxLength });
const address = fc
  .record({
    ip: fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((ip) => !ip.includes(".")),
    ),
    port: fc.nat(65_535),
  })
  .map(({ ip, port }) => {
    const family = ip.includes(":") ? ("IPv6" as const) : ("IPv4" as const);
    return { family, ip: family === "IPv6" ? new URL(`http://[${ip}]/`).hostname.slice(1, -1) : ip, port };
  });
const content: fc.Arbitrary<StunContent> = fc.record(
  {
    class: fc.constantFrom("request" as const, "indication" as const, "success" as const, "error" as const),
    method: fc.nat(0xfff),
    transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    attributes: fc.record(
      {
        username: ascii(120),
        xorMappedAddress: address,
        priority: fc.nat(0xffffffff),
        useCandidate: fc.constant(true as const),
        iceControlling: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        iceControlled: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        errorCode: fc.record({ code: fc.integer({ min: 300, max: 699 }), reason: ascii(80) }, { noNullPrototype: true }),
        unknownAttributes: fc.array(fc.nat(0xffff), { maxLength: 20 }),
        software: ascii(80),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

test("parse undoes serialize", () => {
  fc.assert(
    fc.property(content, fc.boolean(), (sent, isSigned) => {
      const bytes = serializeStun(sent, isSigned ? { key, crypto } : undefined);
      const message = parseValid(bytes);
      const { unknownRequired, integrityOffset, hasFingerprint, ...received } = message;
      assert.deepEqual(
        { ...received, attributes: { ...received.attributes } },
        { ...sent, attributes: { ...sent.attributes } },
      );
      assert.deepEqual(unknownRequired, []);
      assert.equal(integrityOffset !== undefined, isSigned);
      assert.equal(hasFingerprint, true);
      assert.equal(isIntegrityValid(bytes, message, key, crypto), isSigned);
    }),
    { numRuns: 500 },
  );
});

test("fuzz: random bytes, and random attributes behind a good header, never throw and never validate", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_600 }), fc.boolean(), (bytes, hasHeader) => {
      const datagram = hasHeader ? request(bytes.subarray(0, bytes.length & ~3)) : bytes;
      const message = parseStun(datagram);
      assert.equal(message !== undefined && isIntegrityValid(datagram, message, key, crypto), false);
    }),
    { numRuns: 3_000 },
  );
});

test("fuzz: no truncation of a valid message is one", () => {
  fc.assert(
    fc.property(content, (sent) => {
      const bytes = serializeStun(sent, { key, crypto });
      for (let size = 0; size < bytes.length; size++) assert.equal(parseStun(bytes.subarray(0, size)), undefined);
    }),
    { numRuns: 50 },
  );
});

test("fuzz: a mutated message is malformed, not authentic, or says the same as before", () => {
  const mutation = fc.record({ position: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(content, fc.array(mutation, { minLength: 1, maxLength: 4 }), (sent, mutations) => {
      const bytes = serializeStun(sent, { key, crypto });
      const original = parseValid(bytes);
      for (const { position, value } of mutations)
        bytes[position % bytes.length] = (bytes[position % bytes.length] as number) ^ value;
      const message = parseStun(bytes);
      if (message === undefined || !isIntegrityValid(bytes, message, key, crypto)) return;
      assert.deepEqual({ ...message, hasFingerprint: true }, original);
    }),
    { numRuns: 3_000 },
  );
});
