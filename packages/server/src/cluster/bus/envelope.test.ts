import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BUS_LIMITS } from "./bus-limits.js";
import { roomChannel } from "./channel.js";
import { type Envelope, MAX_ENVELOPE_BYTES, parseEnvelope, serializeEnvelope } from "./envelope.js";
import { MessageAuthenticator, TAG_BYTES } from "./message-authenticator.js";
import { isUtf8Text } from "./utf8-text.js";

const OURS = new MessageAuthenticator(["the secret of this cluster, which is long"]);
const THEIRS = new MessageAuthenticator(["the secret of another cluster, also long"]);
const MAX_UINT48 = 2 ** 48 - 1;

const text = (maxBytes: number) => fc.string({ unit: "binary", minLength: 1, maxLength: maxBytes / 4 });
const envelopes: fc.Arbitrary<Envelope> = fc
  .record({
    kind: fc.constantFrom("message" as const, "mark" as const),
    sender: text(BUS_LIMITS.maxNodeIdBytes),
    epoch: fc.nat({ max: MAX_UINT48 }),
    sequence: fc.integer({ min: 1, max: MAX_UINT48 }),
    previous: fc.double({ min: 0, max: 0.999, noNaN: true }),
    sentAtMs: fc.nat({ max: MAX_UINT48 }),
    ttlMs: fc.nat({ max: BUS_LIMITS.maxTtlMs }),
    channel: text(200).map(roomChannel),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ previous, ...rest }) => ({
    ...rest,
    previousSequence: Math.floor(rest.sequence * previous),
    payload: rest.kind === "mark" ? new Uint8Array(0) : rest.payload,
  }));

test("what is serialised is parsed back as it was", () => {
  fc.assert(
    fc.property(envelopes, (envelope) => {
      const parsed = parseEnvelope(serializeEnvelope(envelope, OURS), OURS);
      assert.ok(typeof parsed !== "string", String(parsed));
      assert.deepEqual({ ...parsed, payload: [...parsed.payload] }, { ...envelope, payload: [...envelope.payload] });
    }),
  );
});

test("a bit that was changed, and a byte too few or too many, is no message", () => {
  fc.assert(
    fc.property(envelopes, fc.nat(), fc.nat({ max: 7 }), (envelope, place, bit) => {
      const good = serializeEnvelope(envelope, OURS);
      const flipped = Uint8Array.from(good);
      const index = place % good.length;
      flipped[index] = (good[index] ?? 0) ^ (1 << bit);
      assert.equal(typeof parseEnvelope(flipped, OURS), "string");
      assert.equal(typeof parseEnvelope(good.subarray(0, index), OURS), "string");
      assert.equal(typeof parseEnvelope(Uint8Array.from([...good, 0]), OURS), "string");
      assert.equal(parseEnvelope(good, THEIRS), "unauthenticated");
    }),
  );
});

test("whatever somebody with the secret signs is parsed within bounds, or is malformed", () => {
  const fields = fc.record({
    head: fc.uint8Array({ minLength: 37, maxLength: 37 }),
    rest: fc.uint8Array({ maxLength: 400, size: "max" }),
    isFitted: fc.boolean(),
    sender: fc.nat({ max: 70 }),
    channel: fc.nat({ max: 300 }),
  });
  let parsedCount = 0;
  fc.assert(
    fc.property(fields, ({ head, rest, isFitted, sender, channel }) => {
      const body = Buffer.concat([Buffer.from([0x53, 0x42, 1]), head, rest]);
      if (isFitted) {
        // Lengths that are right lead further in.
        body[3] = (body[3] ?? 0) % 3;
        body[32] = sender;
        body[33] = 0;
        body.writeUInt16BE(channel, 34);
        body.writeUInt32BE(Math.max(0, rest.length - sender - channel), 36);
        body.writeUInt32BE(body.readUInt32BE(28) % (2 * BUS_LIMITS.maxTtlMs), 28);
        if (rest.length % 2 === 0) rest.fill(0x61);
        body.set(rest, 40);
      }
      const parsed = parseEnvelope(Buffer.concat([body, OURS.sign(body)]), OURS);
      if (typeof parsed === "string") {
        assert.equal(parsed, "malformed");
        return;
      }
      parsedCount += 1;
      assert.ok(parsed.sequence > parsed.previousSequence && parsed.ttlMs <= BUS_LIMITS.maxTtlMs);
      assert.ok(isUtf8Text(parsed.sender, BUS_LIMITS.maxNodeIdBytes));
      assert.ok(isUtf8Text(parsed.channel, BUS_LIMITS.maxChannelBytes));
    }),
    { numRuns: 6_000, seed: 11 },
  );
  assert.ok(parsedCount > 20, `only ${parsedCount} went all the way`);
});

test("arbitrary bytes of any length are no message and do not throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof parseEnvelope(bytes, OURS) === "string"),
    { numRuns: 2_000 },
  );
  assert.equal(parseEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1), OURS), "oversized");
});

test("two ids of bytes that are no UTF-8 do not become one", () => {
  const bytes = Buffer.from(
    serializeEnvelope(
      {
        kind: "message",
        sender: "ab",
        epoch: 1,
        sequence: 1,
        previousSequence: 0,
        sentAtMs: 0,
        ttlMs: 1,
        channel: roomChannel("r"),
        payload: new Uint8Array(0),
      },
      OURS,
    ),
  );
  bytes[40] = 0xff;
  const body = bytes.subarray(0, bytes.length - TAG_BYTES);
  assert.equal(parseEnvelope(Buffer.concat([body, OURS.sign(body)]), OURS), "malformed");
});

test("secrets that are too short, or none, or too many are refused", () => {
  for (const secrets of [[], ["short"], ["x".repeat(BUS_LIMITS.minSecretBytes), ""], Array(5).fill("y".repeat(40))]) {
    assert.throws(() => new MessageAuthenticator(secrets), { name: "SluiceError", code: "invalidArgument" });
  }
});

test("a channel's name is bounded and is text", () => {
  assert.throws(() => roomChannel("x".repeat(BUS_LIMITS.maxChannelBytes)), RangeError);
  assert.throws(() => roomChannel("half \ud800"), RangeError);
});
