import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseClientDataMessage, parseServerDataMessage, serializeDataMessage } from "./data-message.js";
import { SluiceError } from "./error-code.js";
import {
  MAX_CHANNEL_MESSAGE_BYTES,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_ID_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_TOPIC_LENGTH,
} from "./limits.js";

const NOTHING = new Uint8Array();

/** Version, length and header as given, whatever they are. */
function message(header: string | Uint8Array, { version = 1, length = header.length, payload = NOTHING } = {}): Uint8Array {
  return Uint8Array.from([version, length >> 8, length & 0xff, ...Buffer.from(header), ...payload]);
}

test("a message is laid out as its format says", () => {
  const bytes = serializeDataMessage({ topic: "é" }, Uint8Array.of(7, 8));
  assert.deepEqual(Buffer.from(bytes).toString("latin1"), '\x01\x00\x12{"topic":"\\u00e9"}\x07\x08');
  assert.deepEqual(parseClientDataMessage(bytes), { header: { topic: "é" }, payload: Uint8Array.of(7, 8) });
});

test("a client's header may be absent, and in any form of UTF-8 JSON", () => {
  assert.deepEqual(parseClientDataMessage(message("", { payload: Uint8Array.of(9) })), {
    header: {},
    payload: Uint8Array.of(9),
  });
  const plain = Buffer.from(' { "topic": "100 % é €", "to": ["PA_1"], "more": {} }');
  assert.deepEqual(parseClientDataMessage(message(plain))?.header, { topic: "100 % é €", to: ["PA_1"] });
});

test("what breaks the format is nothing", () => {
  const broken: readonly Uint8Array[] = [
    NOTHING,
    Uint8Array.of(1),
    Uint8Array.of(1, 0),
    message("{}", { version: 2 }),
    message("{}", { length: 3 }),
    message("{"),
    message("[]"),
    message("null"),
    message(Uint8Array.of(0x22, 0xff, 0x22)),
    message('{"topic":1}'),
    message(JSON.stringify({ topic: "t".repeat(MAX_TOPIC_LENGTH + 1) })),
    message(JSON.stringify({ to: [""] })),
    message(JSON.stringify({ to: Array(MAX_IDS_PER_REQUEST + 1).fill("a") })),
    message("{}", { payload: new Uint8Array(MAX_CHANNEL_MESSAGE_BYTES) }),
  ];
  for (const bytes of broken) assert.equal(parseClientDataMessage(bytes), undefined, Buffer.from(bytes).toString("latin1"));
  assert.equal(parseServerDataMessage(message("{}")), undefined, "the node always says from whom");
  assert.throws(() => serializeDataMessage({ to: Array(MAX_IDS_PER_REQUEST).fill("x".repeat(200)) }, NOTHING), SluiceError);
});

test("`__proto__` in a header reaches nothing", () => {
  const parsed = parseClientDataMessage(message('{"__proto__":{"topic":"x"},"constructor":1}'));
  assert.deepEqual(Object.keys(parsed?.header ?? { no: 1 }), []);
  assert.equal(parsed?.header.topic, undefined);
});

test("the largest payload fits with the largest header of the node", () => {
  const header = { from: "x".repeat(MAX_ID_LENGTH), topic: "\u0000".repeat(MAX_TOPIC_LENGTH) };
  const bytes = serializeDataMessage(header, new Uint8Array(MAX_DATA_PAYLOAD_BYTES));
  assert.ok(bytes.length <= MAX_CHANNEL_MESSAGE_BYTES, String(bytes.length));
  assert.equal(parseServerDataMessage(bytes)?.payload.length, MAX_DATA_PAYLOAD_BYTES);
});

test("parsing gives back what was serialized", () => {
  const header = fc.record(
    {
      topic: fc.string({ unit: "binary", maxLength: MAX_TOPIC_LENGTH / 2 }),
      to: fc.array(fc.string({ minLength: 1, maxLength: MAX_ID_LENGTH }), { maxLength: 20 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 200 }), (given, payload) => {
      assert.deepEqual(parseClientDataMessage(serializeDataMessage(given, payload)), { header: given, payload });
    }),
  );
});

test("no bytes at all make the parsers throw, or read outside their input", () => {
  const mutated = fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }))
    .map(([payload, mutations]) => {
      const bytes = serializeDataMessage({ from: "PA_1", topic: "ä", to: ["PA_2"] }, payload);
      for (const [at, value] of mutations) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      for (const parsed of [parseClientDataMessage(bytes), parseServerDataMessage(bytes)]) {
        if (parsed === undefined) continue;
        assert.equal(parsed.payload.buffer, bytes.buffer);
        assert.ok(parsed.payload.length <= bytes.length - 3);
      }
    }),
    { numRuns: 2000 },
  );
});
