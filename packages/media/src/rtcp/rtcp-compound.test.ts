import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ntpFraction, ntpFromUnixMs, ntpFromWire, ntpSeconds } from "../time/ntp-time.js";
import { MAX_EXTENDED_REPORT_DELAYS } from "./extended-report.js";
import type { ReportBlock } from "./report-block.js";
import { MAX_COMPOUND_PACKETS, parseRtcp, serializeRtcp } from "./rtcp-compound.js";
import type { KnownRtcpPacket, RtcpPacket } from "./rtcp-packet.js";
import { MAX_TRANSPORT_FEEDBACK_STATUSES } from "./transport-feedback.js";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const text = fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 255 });
const reports: fc.Arbitrary<ReportBlock[]> = fc.array(
  fc.record({
    ssrc: u32,
    fractionLost: u8,
    cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    extendedHighestSequenceNumber: u32,
    jitter: u32,
    lastSenderReport: u32,
    delaySinceLastSenderReport: u32,
  }),
  { maxLength: 31 },
);
/** Arrivals whose neighbours are at most 32767 ticks apart, as the wire needs it. */
const arrivals = fc
  .array(fc.option(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: -0x8000, max: 0x7fff })), { nil: undefined }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((deltas) => {
    let arrival = 0;
    return deltas.map((delta) => {
      if (delta === undefined) return undefined;
      arrival += delta;
      return arrival;
    });
  });
const packet: fc.Arbitrary<KnownRtcpPacket> = fc.oneof(
  fc.record({
    type: fc.constant("senderReport" as const),
    ssrc: u32,
    ntpSeconds: u32,
    ntpFraction: u32,
    rtpTimestamp: u32,
    packetCount: u32,
    octetCount: u32,
    reports,
  }),
  fc.record({ type: fc.constant("receiverReport" as const), ssrc: u32, reports }),
  fc.record({
    type: fc.constant("sourceDescription" as const),
    chunks: fc.array(fc.record({ ssrc: u32, cname: text }), { maxLength: 31 }),
  }),
  fc.record(
    { type: fc.constant("bye" as const), ssrcs: fc.array(u32, { maxLength: 31 }), reason: text },
    { requiredKeys: ["type", "ssrcs"] },
  ),
  fc.record({
    type: fc.constant("nack" as const),
    senderSsrc: u32,
    mediaSsrc: u32,
    sequenceNumbers: fc.tuple(u16, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 })).map(([first, steps]) => {
      let sequenceNumber = first;
      return [first, ...steps.map((step) => (sequenceNumber = (sequenceNumber + step) & 0xffff))];
    }),
  }),
  fc.record({ type: fc.constant("pli" as const), senderSsrc: u32, mediaSsrc: u32 }),
  fc.record({
    type: fc.constant("fir" as const),
    senderSsrc: u32,
    entries: fc.array(fc.record({ ssrc: u32, sequenceNumber: u8 }), { minLength: 1, maxLength: 20 }),
  }),
  fc.record({
    type: fc.constant("remb" as const),
    senderSsrc: u32,
    bitrateBps: fc.tuple(fc.nat(2 ** 18 - 1), fc.nat(35)).map(([mantissa, exponent]) => mantissa * 2 ** exponent),
    ssrcs: fc.array(u32, { maxLength: 255 }),
  }),
  fc.record({
    type: fc.constant("transportFeedback" as const),
    senderSsrc: u32,
    mediaSsrc: u32,
    baseSequenceNumber: u16,
    referenceTime: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    feedbackPacketCount: u8,
    arrivals,
  }),
);
const extendedReport = fc.record(
  {
    type: fc.constant("extendedReport" as const),
    ssrc: u32,
    referenceTime: fc.record({ ntpSeconds: u32, ntpFraction: u32 }),
    delays: fc.array(fc.record({ ssrc: u32, lastReferenceTime: u32, delaySinceLast: u32 }), {
      maxLength: MAX_EXTENDED_REPORT_DELAYS,
    }),
  },
  { requiredKeys: ["type", "ssrc", "delays"] },
);
const compound = fc.array(fc.oneof(packet, extendedReport), { minLength: 1, maxLength: 8 });

test("what is serialized parses to the same packets", () => {
  fc.assert(
    fc.property(compound, (packets) => {
      const bytes = serializeRtcp(packets);
      assert.equal(bytes.length % 4, 0);
      assert.deepEqual(parseRtcp(bytes), structuredClone(packets)); // fast-check's objects have no prototype
    }),
  );
});

/** A view into the middle of poison, so that a read outside the packet shows as a wrong value or a RangeError. */
function insidePoison(bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 64).fill(0xa5);
  buffer.set(bytes, 32);
  return buffer.subarray(32, 32 + bytes.length);
}

test("fuzz: random bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseRtcp(insidePoison(bytes));
    }),
    { numRuns: 2000 },
  );
});

test("fuzz: random bodies behind a well-formed header never throw, and depend on nothing outside the packet", () => {
  const sections = fc.tuple(
    fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207),
    fc.nat(31),
    fc.boolean(),
    fc.uint8Array({ maxLength: 120 }),
  );
  fc.assert(
    fc.property(sections, ([packetType, count, hasPadding, body]) => {
      const bytes = new Uint8Array(4 + (body.length & ~3));
      bytes.set([0x80 | (hasPadding ? 0x20 : 0) | count, packetType, 0, body.length >> 2]);
      bytes.set(body.subarray(0, body.length & ~3), 4);
      assert.deepEqual(parseRtcp(insidePoison(bytes)), parseRtcp(bytes));
    }),
    { numRuns: 5000 },
  );
});

test("fuzz: truncated and mutated compounds never throw", () => {
  fc.assert(
    fc.property(compound, fc.nat(), fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 }), (packets, cut, changes) => {
      const bytes = serializeRtcp(packets);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      parseRtcp(insidePoison(bytes.subarray(0, cut % (bytes.length + 1))));
      parseRtcp(bytes);
    }),
    { numRuns: 1000 },
  );
});

test("[RFC3550 §6.4.1] reads a sender report as it lies on the wire", () => {
  const bytes = bytesOf(`81c8000c 11223344 e1e2e3e4 80000000 000004d2 00000005 00000400
    55667788 40ffffff 00010002 00000007 e3e48000 00010000`);
  const [report] = parseRtcp(bytes) ?? [];
  assert.deepEqual(report, {
    type: "senderReport",
    ssrc: 0x11223344,
    ntpSeconds: 0xe1e2e3e4,
    ntpFraction: 0x80000000,
    rtpTimestamp: 1234,
    packetCount: 5,
    octetCount: 1024,
    reports: [
      {
        ssrc: 0x55667788,
        fractionLost: 64,
        cumulativeLost: -1,
        extendedHighestSequenceNumber: 0x10002,
        jitter: 7,
        lastSenderReport: 0xe3e48000,
        delaySinceLastSenderReport: 65536,
      },
    ],
  } satisfies RtcpPacket);
});

test("NTP time survives the wire to the microsecond", () => {
  const time = ntpFromUnixMs(1_760_000_000_123.456);
  assert.ok(Math.abs(ntpFromWire(ntpSeconds(time), ntpFraction(time)) - time) < 0.001);
});

test("[RFC4585 §6.2.1] packs a gap across the wrap into one item", () => {
  const nack: KnownRtcpPacket = { type: "nack", senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [65_534, 65_535, 0, 14, 15] };
  assert.equal(hexOf(serializeRtcp([nack])), "81cd0004" + "00000001" + "00000002" + "fffe8003" + "000f0000");
});

test("[RFC5506] a lone PLI without a report is accepted", () => {
  assert.deepEqual(parseRtcp(bytesOf("81ce0002 00000001 00000002")), [{ type: "pli", senderSsrc: 1, mediaSsrc: 2 }]);
});

test("[RFC3550 §6.5] skips items that are not CNAME and chunks without one", () => {
  const bytes = bytesOf("82ca0006 00000001 0203616263 01 02 6869 00 0000 00000002 03017800");
  assert.deepEqual(parseRtcp(bytes), [{ type: "sourceDescription", chunks: [{ ssrc: 1, cname: "hi" }] }]);
});

test("keeps packets it does not know as unknown, between those it does", () => {
  const bytes = bytesOf("80cc0001 00000001 81ce0002 00000001 00000002 8dce0002 00000001 00000002");
  assert.deepEqual(parseRtcp(bytes), [
    { type: "unknown", packetType: 204, count: 0 },
    { type: "pli", senderSsrc: 1, mediaSsrc: 2 },
    { type: "unknown", packetType: 206, count: 13 },
  ]);
});

test("[draft-holmer-rmcat-transport-wide-cc §3.1] reads run length and both kinds of vector chunks", () => {
  // 3 small as a run; small, lost, large, small, 3 lost in two bits each; small, lost in one bit each; the rest is filling
  const bytes = bytesOf("8fcd0008 00000001 00000002 000a000c 00000102 2003 d240 a000 04 05 06 07 ffff 00 08 0000");
  const [feedback] = parseRtcp(bytes) ?? [];
  assert.deepEqual(feedback, {
    type: "transportFeedback",
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: 10,
    referenceTime: 1,
    feedbackPacketCount: 2,
    arrivals: [4, 9, 15, 22, undefined, 21, 21, undefined, undefined, undefined, 29, undefined],
  } satisfies RtcpPacket);
});

test("a feedback about losses takes one chunk for a long gap", () => {
  const feedback: KnownRtcpPacket = {
    type: "transportFeedback",
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: 0,
    referenceTime: -1,
    feedbackPacketCount: 0,
    arrivals: [0, ...Array.from({ length: 5000 }, () => undefined), 3],
  };
  const bytes = serializeRtcp([feedback]);
  assert.ok(bytes.length <= 28, `${bytes.length} bytes`);
  assert.deepEqual(parseRtcp(bytes), [feedback]);
});

test("[attack 19] a compound with wrong lengths is refused as a whole", () => {
  const pli = "81ce0002 00000001 00000002";
  assert.equal(parseRtcp(bytesOf(`${pli} 81ce0003 00000001 00000002`)), undefined, "last packet longer than the datagram");
  assert.equal(parseRtcp(bytesOf(`${pli} 81ce`)), undefined, "half a header");
  assert.equal(parseRtcp(bytesOf("41ce0002 00000001 00000002")), undefined, "version 1");
  assert.equal(parseRtcp(bytesOf("a1ce0002 00000001 00000000")), undefined, "padding of 0");
  assert.equal(parseRtcp(bytesOf("a1ce0002 00000001 00000009")), undefined, "padding larger than the packet");
  assert.equal(parseRtcp(bytesOf("82c90001 00000001")), undefined, "two report blocks announced, none there");
  assert.equal(parseRtcp(new Uint8Array(0)), undefined, "nothing");
});

test("[attack 19] an SDES that runs out inside an item is refused", () => {
  assert.equal(parseRtcp(bytesOf("81ca0002 00000001 01ff6868")), undefined, "item longer than the packet");
  assert.equal(parseRtcp(bytesOf("81ca0002 00000001 01026868")), undefined, "no end of the list");
  assert.equal(parseRtcp(bytesOf("9fca0001 00000001")), undefined, "31 chunks announced");
});

test("[RFC3611 §4.4, §4.5] reads reference time and delays, and steps over blocks of other types", () => {
  const bytes = bytesOf(`80cf000d 00000001 04000002 e1e2e3e4 80000000 01000001 ffffffff
    05000006 00000001 e3e48000 00010000 00000002 00000000 00000000`);
  assert.deepEqual(parseRtcp(bytes), [
    {
      type: "extendedReport",
      ssrc: 1,
      referenceTime: { ntpSeconds: 0xe1e2e3e4, ntpFraction: 0x80000000 },
      delays: [
        { ssrc: 1, lastReferenceTime: 0xe3e48000, delaySinceLast: 65536 },
        { ssrc: 2, lastReferenceTime: 0, delaySinceLast: 0 },
      ],
    },
  ]);
});

test("[attack 19] an XR whose blocks do not add up is refused", () => {
  assert.equal(parseRtcp(bytesOf("80cf0000")), undefined, "no SSRC");
  assert.equal(parseRtcp(bytesOf("80cf0002 00000001 04000002")), undefined, "block longer than the packet");
  assert.equal(parseRtcp(bytesOf("80cf0002 00000001 0400ffff")), undefined, "block of 256 KiB");
  assert.equal(parseRtcp(bytesOf("80cf0003 00000001 04000001 00000000")), undefined, "half a reference time");
  assert.equal(parseRtcp(bytesOf("80cf0003 00000001 05000001 00000000")), undefined, "a third of a delay");
  assert.deepEqual(
    parseRtcp(bytesOf("80cf0002 00000001 05000000")),
    [{ type: "extendedReport", ssrc: 1, delays: [] }],
    "an empty block",
  );
});

test("[attack 19] a NACK of 17 × N packets is bounded, and asks for each packet once", () => {
  const nack = (items: number): Uint8Array => {
    const bytes = new Uint8Array(12 + items * 4).fill(0xff);
    bytes.set([0x81, 205, (2 + items) >> 8, (2 + items) & 0xff]);
    return bytes;
  };
  const [packet] = parseRtcp(nack(253)) ?? [];
  assert.equal(packet?.type === "nack" && packet.sequenceNumbers.length, 17);
  assert.equal(parseRtcp(nack(254)), undefined);
});

test("[attack 19] a REMB of 0 and one of 2^81 are finite integers", () => {
  const remb = (word: string) => parseRtcp(bytesOf(`8fce0004 00000001 00000000 52454d42 ${word}`))?.[0];
  assert.deepEqual(remb("00000000"), { type: "remb", senderSsrc: 1, bitrateBps: 0, ssrcs: [] });
  assert.deepEqual(remb("00ffffff"), { type: "remb", senderSsrc: 1, bitrateBps: Number.MAX_SAFE_INTEGER, ssrcs: [] });
  assert.equal(remb("05ffffff"), undefined, "5 SSRCs announced, none there");
});

test("[attack 19] transport feedback about 65535 packets is refused", () => {
  const feedback = (count: string) =>
    parseRtcp(bytesOf(`8fcd0008 00000001 00000002 0000${count} 00000000 ${"1fff".repeat(8)}`));
  assert.equal(feedback("ffff"), undefined);
  assert.equal(feedback("0000"), undefined, "about none");
  assert.equal(feedback((MAX_TRANSPORT_FEEDBACK_STATUSES + 1).toString(16)), undefined);
  const [packet] = feedback(MAX_TRANSPORT_FEEDBACK_STATUSES.toString(16)) ?? [];
  assert.equal(packet?.type === "transportFeedback" && packet.arrivals.length, MAX_TRANSPORT_FEEDBACK_STATUSES);
});

test("[attack 19] a compound whose feedback speaks of very many packets, in a few bytes each, is refused", () => {
  const feedback = (count: number) => `8fcd0005 00000001 00000002 0000${count.toString(16).padStart(4, "0")} 00000000 1fff0001`;
  const half = MAX_TRANSPORT_FEEDBACK_STATUSES / 2;
  assert.equal(parseRtcp(bytesOf(feedback(half).repeat(2)))?.length, 2);
  assert.equal(parseRtcp(bytesOf(feedback(half).repeat(2) + feedback(1))), undefined);
});

test("[attack 19] a compound of very many packets is refused", () => {
  const packets = (count: number) => bytesOf("80cc0000".repeat(count));
  assert.equal(parseRtcp(packets(MAX_COMPOUND_PACKETS))?.length, MAX_COMPOUND_PACKETS);
  assert.equal(parseRtcp(packets(MAX_COMPOUND_PACKETS + 1)), undefined);
});
