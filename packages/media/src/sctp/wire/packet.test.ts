import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHUNK } from "./chunk.js";
import { serializeForwardTsn } from "./forward-tsn-chunk.js";
import { serializeInit } from "./init-chunk.js";
import { isChecksumValid, MAX_CHUNKS, parsePacket } from "./packet-parser.js";
import { PacketWriter, serializeChunk, serializeNumberChunk, serializePacket } from "./packet-writer.js";
import { serializeReConfigParameter } from "./re-config-chunk.js";
import { serializeSack } from "./sack-chunk.js";

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const bytes = fc.uint8Array({ maxLength: 100 });

function parseOne(chunk: Uint8Array) {
  const packet = serializePacket(1, 2, 3, chunk);
  assert.ok(isChecksumValid(packet));
  const parsed = parsePacket(packet);
  assert.equal(parsed?.chunks.length, 1);
  return parsed?.chunks[0];
}

test("[RFC9260 §3.3.2] an INIT with the parameters that usrsctp has: FORWARD TSN, extensions, and AUTH, which we do not use", () => {
  const hex =
    "1388138800000000ccf2d84201000056f30c1d7a0002000004000800a5bd0fa4c000000480080009c00fc1808200000080020024" +
    "17c1a0a3c2b5a5d27f7e3a2a6c8d0e1b0c9f8e7d6c5b4a39281706f5e4d3c2b180040006000100008003000680c10000";
  const packet = new Uint8Array(Buffer.from(hex, "hex"));
  const chunk = parsePacket(packet)?.chunks[0];
  assert.ok(chunk?.type === "init");
  assert.equal(chunk.initiateTag, 0xf30c1d7a);
  assert.equal(chunk.windowBytes, 131_072);
  assert.equal(chunk.outboundStreams, 1024);
  assert.equal(chunk.inboundStreams, 2048);
  assert.equal(chunk.hasForwardTsn, true);
  assert.equal(chunk.hasReConfig, true);
  assert.deepEqual(chunk.unrecognized, []);
});

test("[RFC9260 §3.3.1] DATA comes back as it was written", () => {
  const data = fc.record({
    tsn: u32,
    streamId: u16,
    ssn: u16,
    ppid: u32,
    isUnordered: fc.boolean(),
    isBeginning: fc.boolean(),
    isEnding: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(data, bytes), { minLength: 1, maxLength: 8 }), (chunks) => {
      const writer = new PacketWriter(5000, 6000, 1188);
      writer.begin(0xdead_beef);
      for (const [chunk, payload] of chunks) writer.appendData(chunk, payload, 0, payload.length);
      const packet = writer.finish();
      assert.equal(packet.length % 4, 0);
      assert.ok(isChecksumValid(packet));
      assert.deepEqual(parsePacket(packet), {
        sourcePort: 5000,
        destinationPort: 6000,
        verificationTag: 0xdead_beef,
        chunks: chunks.map(([chunk, payload]) => ({ type: "data", ...chunk, isImmediate: false, payload })),
      });
    }),
  );
});

test("[RFC9260 §3.3.2] INIT and INIT ACK come back as they were written", () => {
  const init = fc.record({
    type: fc.constantFrom("init" as const, "initAck" as const),
    initiateTag: u32,
    windowBytes: u32,
    outboundStreams: u16,
    inboundStreams: u16,
    initialTsn: u32,
    cookie: fc.option(bytes, { nil: undefined }),
    unrecognized: fc.constant([]),
  });
  fc.assert(
    fc.property(init, (chunk) => {
      assert.deepEqual(parseOne(serializeInit(chunk)), { ...chunk, hasForwardTsn: true, hasReConfig: true });
    }),
  );
});

test("[RFC9260 §3.2.1] an unknown parameter is skipped, reported, or ends the list, by its upper two bits", () => {
  const build = (type: number) => {
    const chunk = serializeInit({
      type: "init",
      initiateTag: 1,
      windowBytes: 5000,
      outboundStreams: 1,
      inboundStreams: 1,
      initialTsn: 1,
      cookie: undefined,
      unrecognized: [],
    });
    // FORWARD TSN is written before the extensions: what stands there now decides whether those are read.
    new DataView(chunk.buffer).setUint16(20, type);
    const parsed = parseOne(chunk);
    assert.ok(parsed?.type === "init");
    return [parsed.hasReConfig, parsed.unrecognized.length];
  };
  assert.deepEqual(build(0x0fff), [false, 0]);
  assert.deepEqual(build(0x4fff), [false, 1]);
  assert.deepEqual(build(0x8fff), [true, 0]);
  assert.deepEqual(build(0xcfff), [true, 1]);
});

test("[RFC9260 §3.3.4] SACK comes back as it was written, with as many blocks as fit", () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 2, max: 20 }), fc.nat(10)), { maxLength: 300 }).map((steps) => {
    let at = 0;
    return steps.flatMap(([gap, length]) => {
      const start = at + gap;
      at = start + length;
      return [start, at];
    });
  });
  fc.assert(
    fc.property(u32, u32, gaps, fc.array(u32, { maxLength: 20 }), (tsn, windowBytes, blocks, duplicates) => {
      const parsed = parseOne(serializeSack(tsn, windowBytes, blocks, duplicates, 1000));
      assert.ok(parsed?.type === "sack");
      assert.equal(parsed.cumulativeTsn, tsn);
      assert.equal(parsed.windowBytes, windowBytes);
      assert.deepEqual(parsed.gaps, blocks.slice(0, 2 * 246));
      assert.equal(parsed.duplicates, Math.min(duplicates.length, 246 - parsed.gaps.length / 2));
    }),
  );
});

test("[RFC3758 §3.2] FORWARD TSN comes back as it was written", () => {
  fc.assert(
    fc.property(
      u32,
      fc.uniqueArray(fc.tuple(u16, u16), { selector: ([id]) => id, maxLength: 256 }),
      (cumulativeTsn, streams) => {
        const parsed = parseOne(serializeForwardTsn(cumulativeTsn, new Map(streams)));
        const expected = streams.map(([streamId, ssn]) => ({ streamId, ssn }));
        assert.deepEqual(parsed, { type: "forwardTsn", cumulativeTsn, streams: expected });
      },
    ),
  );
});

test("[RFC6525 §4] RE-CONFIG comes back as it was written", () => {
  const streamIds = fc.array(u16, { maxLength: 64 });
  const parameter = fc.oneof(
    fc.record({
      type: fc.constant("outgoingReset" as const),
      sequenceNumber: u32,
      responseSequenceNumber: u32,
      lastTsn: u32,
      streamIds,
    }),
    fc.record({ type: fc.constant("incomingReset" as const), sequenceNumber: u32, streamIds }),
    fc.record({ type: fc.constant("response" as const), sequenceNumber: u32, result: u32 }),
  );
  fc.assert(
    fc.property(fc.array(parameter, { minLength: 1, maxLength: 2 }), (parameters) => {
      const value = Buffer.concat(parameters.map(serializeReConfigParameter));
      const expected = parameters.map((each) => ({ ...each }));
      assert.deepEqual(parseOne(serializeChunk(CHUNK.reConfig, value)), { type: "reConfig", parameters: expected });
    }),
  );
});

test("packets with more chunks than any honest one has, with broken lengths, or cut short, do not parse", () => {
  const writer = new PacketWriter(1, 2, 1188);
  writer.begin(3);
  for (let count = 0; count < MAX_CHUNKS; count++) writer.append(serializeChunk(CHUNK.cookieAck));
  assert.equal(parsePacket(writer.finish())?.chunks.length, MAX_CHUNKS);
  writer.append(serializeChunk(CHUNK.cookieAck));
  assert.equal(parsePacket(writer.finish()), undefined);

  const whole = serializePacket(1, 2, 3, serializeSack(5, 6, [2, 3, 5, 6], [7], 1000));
  for (let length = 0; length < whole.length; length++) assert.equal(parsePacket(whole.subarray(0, length)), undefined);
  for (const length of [0, 3, 29, 0xffff]) {
    const broken = whole.slice();
    new DataView(broken.buffer).setUint16(14, length);
    assert.equal(parsePacket(broken), undefined, `${length}`);
  }
});

test("a parser takes any bytes: it never throws and reads nothing outside", () => {
  const type = fc.constantFrom(...Object.values(CHUNK), 0x3f, 0xff);
  const chunk = fc.tuple(type, fc.nat(0xff), fc.uint8Array({ maxLength: 64 })).map(([kind, flags, value]) => {
    const whole = serializeChunk(kind, value, flags);
    return Buffer.concat([whole, new Uint8Array((4 - (whole.length % 4)) % 4)]);
  });
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(chunk, { maxLength: 6 }).map((chunks) => new Uint8Array(Buffer.concat([new Uint8Array(12), ...chunks]))),
  );
  fc.assert(
    fc.property(packet, fc.nat(300), fc.nat(0xff), (original, at, value) => {
      const mutated = original.slice();
      if (at < mutated.length) mutated[at] = value;
      // What lies around it must not matter.
      const surrounded = (filler: number) => {
        const memory = new Uint8Array(mutated.length + 64).fill(filler);
        memory.set(mutated, 32);
        return parsePacket(memory.subarray(32, 32 + mutated.length));
      };
      assert.deepEqual(surrounded(0), surrounded(0xff));
    }),
    { numRuns: 3000 },
  );
});

test("numbers on the wire are taken modulo 2^32", () => {
  assert.deepEqual(parseOne(serializeNumberChunk(CHUNK.shutdown, 0x1_0000_0005)), { type: "shutdown", cumulativeTsn: 5 });
});
