import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket, DataPacket_Kind, UserPacket } from "@livekit/protocol";
import { MAX_IDS_PER_REQUEST } from "@sluice/protocol";
import fc from "fast-check";
import { MAX_PACKET_BYTES, parseDataPacket, toText } from "./data-packet.js";
import { forwardPacket } from "./forwarded-packet.js";
import { PACKET_FIELDS, USER_FIELDS, VALUE_FIELDS } from "./packet-fields.js";
import { createUserPacket } from "./user-packet.js";

const SEED = 20_260_801;
const SENDER = { identity: Buffer.from("änn"), participantId: Buffer.from("PA_ann") };
const HIDDEN = { identity: new Uint8Array(), participantId: new Uint8Array() };

test("the field numbers are those of LiveKit's descriptors", () => {
  const numbers = (names: readonly string[], type: typeof DataPacket | typeof UserPacket) =>
    Object.fromEntries(names.map((name) => [name, type.fields.list().find(({ localName }) => localName === name)?.no]));
  assert.deepEqual(numbers(Object.keys(PACKET_FIELDS), DataPacket), PACKET_FIELDS);
  assert.deepEqual(numbers(Object.keys(USER_FIELDS), UserPacket), USER_FIELDS);
  const values = DataPacket.fields.list().filter(({ oneof }) => oneof?.name === "value");
  assert.deepEqual(Object.fromEntries(values.map(({ localName, no }) => [localName, no])), VALUE_FIELDS);
  const fields = Object.values({ ...PACKET_FIELDS, ...VALUE_FIELDS });
  assert.deepEqual(
    fields.sort(),
    DataPacket.fields
      .list()
      .map(({ no }) => no)
      .sort(),
    "every field is one that the node knows",
  );
});

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const identities = fc.array(text, { maxLength: 4 });
const bytes = fc.uint8Array({ maxLength: 300 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

const user = fc
  .record(
    {
      participantSid: text,
      participantIdentity: text,
      payload: bytes,
      destinationSids: identities,
      destinationIdentities: identities,
      topic: text,
      id: text,
      startTime: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      nonce: bytes,
    },
    { requiredKeys: [] },
  )
  .map((fields) => ({ case: "user" as const, value: new UserPacket(fields) }));

/** Of the others the node reads nothing, so any content does that their decoder takes. */
const otherValue = fc.oneof(
  text.map((digit) => ({ case: "sipDtmf", value: { code: 300, digit } }) as const),
  text.map((trackId) => ({ case: "transcription", value: { trackId, segments: [{ text: trackId }] } }) as const),
  text.map((message) => ({ case: "chatMessage", value: { id: "1", message, timestamp: 5n } }) as const),
  text.map((payload) => ({ case: "rpcRequest", value: { method: "m", payload, version: 1 } }) as const),
  text.map((requestId) => ({ case: "rpcAck", value: { requestId } }) as const),
  text.map((streamId) => ({ case: "streamHeader", value: { streamId, attributes: { a: streamId } } }) as const),
  bytes.map((content) => ({ case: "streamChunk", value: { streamId: "s", chunkIndex: 7n, content } }) as const),
  bytes.map((iv) => ({ case: "encryptedPacket", value: { encryptionType: 1, iv, encryptedValue: iv } }) as const),
);

/** Of fields that nobody knows yet. */
const unknownField = fc.oneof(
  fc.constant([]),
  fc.constant([0xa0, 0x06, 0xff, 0xff, 0x03]),
  fc.constant([0xa2, 0x06, 0x02, 0x12, 0x00]),
  fc.constant([0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]),
  fc.constant([0xa5, 0x06, 1, 2, 3, 4]),
);

/** A packet as any encoder may write it: fields in any order, with unknown ones between. */
const encoded = fc
  .tuple(
    fc.option(fc.oneof(user, user, otherValue), { nil: undefined }),
    fc.constantFrom(DataPacket_Kind.RELIABLE, DataPacket_Kind.LOSSY),
    text,
    identities,
    uint32,
    text,
    unknownField,
    fc.infiniteStream(fc.nat()),
  )
  .map(([value, kind, participantIdentity, destinationIdentities, sequence, participantSid, unknown, random]) => {
    const parts: readonly object[] = [
      { kind },
      { participantIdentity },
      { destinationIdentities },
      { sequence },
      { participantSid },
      value === undefined ? {} : { value },
    ];
    const written = [...parts.map((part) => new DataPacket(part).toBinary()), Uint8Array.from(unknown)];
    const order = written.map((part) => ({ part, rank: random.next().value ?? 0 })).sort((a, b) => a.rank - b.rank);
    return Uint8Array.from(Buffer.concat(order.map(({ part }) => part)));
  });

test("[DP1] whatever LiveKit's encoder writes is forwarded as it came, but for who it is from, its kind, and for whom", () => {
  fc.assert(
    fc.property(encoded, fc.boolean(), fc.constantFrom(SENDER, HIDDEN), (packetBytes, isReliable, sender) => {
      const packet = parseDataPacket(packetBytes);
      assert.ok(packet);
      const expected = DataPacket.fromBinary(packetBytes);
      assert.equal(packet.value, expected.value.case);
      assert.equal(packet.sequence, expected.sequence);
      assert.equal(toText(packet.participantIdentity), expected.participantIdentity);
      expected.kind = isReliable ? DataPacket_Kind.RELIABLE : DataPacket_Kind.LOSSY;
      expected.participantIdentity = toText(sender.identity);
      expected.participantSid = toText(sender.participantId);
      if (expected.value.case === "user") {
        const said = expected.value.value;
        assert.deepEqual(new Uint8Array(packet.user?.payload ?? []), said.payload);
        assert.equal(toText(packet.user?.topic ?? new Uint8Array()), said.topic ?? "");
        assert.deepEqual(packet.user?.destinationIds, said.destinationSids);
        if (expected.destinationIdentities.length === 0) expected.destinationIdentities = said.destinationIdentities;
        said.destinationIdentities = expected.destinationIdentities;
        said.participantIdentity = expected.participantIdentity;
        said.participantSid = expected.participantSid;
      } else assert.equal(packet.user, undefined);
      assert.deepEqual(packet.destinationIdentities.map(toText), expected.destinationIdentities);
      const forwarded = forwardPacket(packet, sender, isReliable);
      assert.deepEqual(DataPacket.fromBinary(forwarded), expected);
    }),
    { numRuns: 1_000, seed: SEED },
  );
});

test("[DP1] a value's bytes are not touched, whatever is in them", () => {
  const content = Uint8Array.from({ length: 50 }, (_, index) => 255 - index);
  const packet = parseDataPacket(Uint8Array.of(0x72, content.length, ...content));
  assert.ok(packet?.value === "streamChunk");
  assert.ok(Buffer.from(forwardPacket(packet, SENDER, true)).includes(Buffer.from(content)));
});

test("[attack 23] bytes that are no packet are refused, and none is read past its end", () => {
  const random = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(encoded, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([packet, at, byte]) => {
      const broken = Uint8Array.from(packet);
      if (broken.length > 0) broken[at % broken.length] = byte;
      return broken;
    }),
    fc.tuple(encoded, fc.nat()).map(([packet, at]) => packet.subarray(0, at % (packet.length + 1))),
  );
  fc.assert(
    fc.property(random, (bytes) => {
      const packet = parseDataPacket(bytes);
      if (packet === undefined) return;
      const again = parseDataPacket(forwardPacket(packet, SENDER, true));
      assert.ok(again);
      assert.deepEqual(
        [again.value, again.sequence, again.user?.payload, again.destinationIdentities.map(toText)],
        [packet.value, packet.sequence, packet.user?.payload, packet.destinationIdentities.map(toText)],
      );
    }),
    { numRuns: 5_000, seed: SEED },
  );
});

test("[attack 23] a packet that says two things, or means too many, is none", () => {
  const of = (fields: ConstructorParameters<typeof DataPacket>[0]) => new DataPacket(fields).toBinary();
  const chat = of({ value: { case: "chatMessage", value: { message: "hi" } as never } });
  const said = of({ value: { case: "user", value: new UserPacket({ payload: Buffer.from("hi") }) } });
  assert.ok(parseDataPacket(chat) && parseDataPacket(said));
  assert.equal(parseDataPacket(Buffer.concat([chat, said])), undefined);
  assert.equal(parseDataPacket(Buffer.concat([said, said])), undefined);
  const many = Array.from({ length: MAX_IDS_PER_REQUEST + 1 }, (_, index) => String(index));
  assert.ok(parseDataPacket(of({ destinationIdentities: many.slice(1) })));
  assert.equal(parseDataPacket(of({ destinationIdentities: many })), undefined);
  const manyIds = new UserPacket({ destinationSids: many });
  assert.equal(parseDataPacket(of({ value: { case: "user", value: manyIds } })), undefined);
  const large = of({ value: { case: "user", value: new UserPacket({ payload: new Uint8Array(MAX_PACKET_BYTES) }) } });
  assert.equal(parseDataPacket(large), undefined);
  assert.equal(parseDataPacket(Uint8Array.of(0x20, 1)), undefined, "an identity that is a number");
  assert.equal(parseDataPacket(Uint8Array.of(0x13, 0x14)), undefined, "a group");
  assert.equal(parseDataPacket(Uint8Array.of(0x02, 0)), undefined, "field 0");
  assert.equal(parseDataPacket(Uint8Array.of(0x80, ...new Array(10).fill(0x80), 1)), undefined, "a varint without end");
});

test("[attack 23] a packet in ever so many pieces is none, for each would be kept for itself", () => {
  // What the node says itself, and what it does not know, by turns.
  const pieces = (dropped: number, count: number) =>
    Buffer.concat(Array.from({ length: count }, () => Uint8Array.of(dropped, 0, 0xa0, 0x06, 0)));
  assert.equal(parseDataPacket(pieces(0x08, 100))?.kept.length, 100);
  assert.equal(parseDataPacket(pieces(0x08, 200)), undefined);
  const asUser = (content: Uint8Array) =>
    Buffer.concat([Uint8Array.of(0x12, (content.length & 0x7f) | 0x80, content.length >> 7), content]);
  assert.equal(parseDataPacket(asUser(pieces(0x2a, 100)))?.user?.kept.length, 100);
  assert.equal(parseDataPacket(asUser(pieces(0x2a, 200))), undefined);
});

test("[DP4] what others say becomes a packet of kind user", () => {
  const nonce = Uint8Array.of(1, 2);
  const payload = Buffer.from("hello");
  const message = { payload, topic: "thème", sequence: 300, nonce };
  const packet = DataPacket.fromBinary(createUserPacket(message, SENDER, false));
  assert.deepEqual(
    packet,
    new DataPacket({
      kind: DataPacket_Kind.LOSSY,
      participantIdentity: "änn",
      participantSid: "PA_ann",
      sequence: 300,
      value: {
        case: "user",
        value: new UserPacket({
          payload: new Uint8Array(payload),
          topic: "thème",
          participantIdentity: "änn",
          participantSid: "PA_ann",
          nonce,
        }),
      },
    }),
  );
  const bare = DataPacket.fromBinary(createUserPacket({ payload: new Uint8Array(), topic: "", sequence: 0 }, HIDDEN, true));
  assert.deepEqual(bare, new DataPacket({ value: { case: "user", value: new UserPacket({}) } }));
});
