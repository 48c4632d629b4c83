import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findNalUnits } from "./annex-b.js";
import { isKeyFrame } from "./frame.test.js";
import { H264Packetizer } from "./h264-packetizer.js";
import { OpusPacketizer } from "./opus-packetizer.js";
import { hex, packetize, readAt } from "./payload.test.js";
import { Vp8Packetizer } from "./vp8-packetizer.js";
import { Vp8PayloadDescriptor } from "./vp8-payload-descriptor.js";

function describeVp8(payload: Uint8Array): Vp8PayloadDescriptor {
  const descriptor = new Vp8PayloadDescriptor();
  assert.ok(readAt(payload, (from, offset, sizeBytes) => descriptor.parse(from, offset, sizeBytes)));
  return descriptor;
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

test("[RFC7741 §4.2] VP8: the payloads of a frame make the frame, and only the first starts it", () => {
  const options = fc.record({ maxPayloadBytes: fc.integer({ min: 5, max: 1_400 }), firstPictureId: fc.nat({ max: 0x7fff }) });
  fc.assert(
    fc.property(options, fc.uint8Array({ minLength: 1, maxLength: 3_000 }), (chosen, frame) => {
      const payloads = packetize(new Vp8Packetizer(chosen), frame, chosen.maxPayloadBytes);
      const descriptors = payloads.map(describeVp8);
      for (const [index, descriptor] of descriptors.entries()) {
        assert.equal(descriptor.pictureId, chosen.firstPictureId);
        assert.equal(descriptor.isPictureIdLong, true);
        assert.equal(descriptor.partitionIndex, 0);
        assert.equal(descriptor.isPartitionStart, index === 0);
      }
      assert.deepEqual(concat(payloads.map((payload, index) => payload.subarray(descriptors[index]?.sizeBytes))), frame);
      const isKey = ((frame[0] as number) & 1) === 0;
      assert.deepEqual(
        payloads.map((payload) => isKeyFrame("VP8", payload)),
        payloads.map((_, index) => isKey && index === 0),
      );
    }),
  );
});

test("[RFC7741 §4.2] VP8: the picture id counts frames and wraps at 15 bits", () => {
  const packetizer = new Vp8Packetizer({ firstPictureId: 0x7ffe });
  const ids = [1, 2, 3].map(() => describeVp8(packetize(packetizer, hex("00 01"), 1_120)[0] as Uint8Array).pictureId);
  assert.deepEqual(ids, [0x7ffe, 0x7fff, 0]);
});

/** The NAL units that RTP payloads carry (RFC 6184 §5.6–5.8). */
function reassemble(payloads: readonly Uint8Array[]): Uint8Array[] {
  const units: number[][] = [];
  for (const payload of payloads) {
    const [indicator = 0, header = 0] = payload;
    if ((indicator & 0x1f) === 24) {
      for (let index = 1; index < payload.length; ) {
        const sizeBytes = ((payload[index] ?? 0) << 8) | (payload[index + 1] ?? 0);
        units.push([...payload.subarray(index + 2, index + 2 + sizeBytes)]);
        index += 2 + sizeBytes;
      }
    } else if ((indicator & 0x1f) === 28) {
      if ((header & 0x80) !== 0) units.push([(indicator & 0xe0) | (header & 0x1f)]);
      units.at(-1)?.push(...payload.subarray(2));
    } else {
      units.push([...payload]);
    }
  }
  return units.map((unit) => Uint8Array.from(unit));
}

/** NAL units without start codes inside and without zeros at the end, as an encoder makes them. */
const nalUnit = fc
  .tuple(
    fc.constantFrom(0x67, 0x68, 0x65, 0x41, 0x06, 0x09, 0x0c),
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => bytes.map((byte) => Math.max(byte, 2))),
  )
  .map(([header, payload]) => Uint8Array.from([header, ...payload]));
const startCode = fc.constantFrom([0, 0, 1], [0, 0, 0, 1]);
const isSent = (unit: Uint8Array): boolean => ![9, 12].includes((unit[0] as number) & 0x1f);

test("[RFC6184 §5] H264: the payloads carry the units of the frame, without delimiters and filler", () => {
  fc.assert(
    fc.property(
      fc.record({ maxPayloadBytes: fc.integer({ min: 16, max: 1_400 }), canAggregate: fc.boolean() }),
      fc.array(fc.tuple(startCode, nalUnit), { maxLength: 8 }),
      (options, units) => {
        const frame = Uint8Array.from(units.flatMap(([code, unit]) => [...code, ...unit]));
        const payloads = packetize(new H264Packetizer(options), frame, options.maxPayloadBytes);
        assert.deepEqual(reassemble(payloads), units.map(([, unit]) => unit).filter(isSent));
      },
    ),
  );
});

test("[RFC6184 §5.7.1] H264: parameter sets share a payload, if wanted", () => {
  const frame = hex("000001 6742e01f 000001 48ce3c80 000001 658884");
  const joined = packetize(new H264Packetizer(), frame, 1_120);
  assert.deepEqual(joined, [hex("78 0004 6742e01f 0004 48ce3c80"), hex("658884")]);
  assert.ok(joined.every((payload) => isKeyFrame("H264", payload)));
  const apart = packetize(new H264Packetizer({ canAggregate: false }), frame, 1_120);
  assert.deepEqual(apart, [hex("6742e01f"), hex("48ce3c80"), hex("658884")]);
});

test("[RFC6184 §5.8] H264: fragments say which is first and which is last", () => {
  const unit = Uint8Array.from([0x65, 0x88, ...new Array<number>(29).fill(7)]);
  const payloads = packetize(new H264Packetizer({ maxPayloadBytes: 16 }), Uint8Array.from([0, 0, 1, ...unit]), 16);
  assert.deepEqual(
    payloads.map((payload) => [...payload.subarray(0, 2)]),
    [
      [0x7c, 0x85],
      [0x7c, 0x05],
      [0x7c, 0x45],
    ],
  );
  assert.deepEqual(
    payloads.map((payload) => isKeyFrame("H264", payload)),
    [true, false, false],
  );
});

test("H264: any bytes as a frame are cut or left out, never an exception", () => {
  const bytes = fc.array(fc.constantFrom(0, 0, 0, 1, 1, 0x65, 0x67, 0x68, 0x09, 0xff), { maxLength: 300 });
  fc.assert(
    fc.property(bytes, (frame) => {
      const units: number[] = [];
      findNalUnits(Uint8Array.from(frame), units, 512);
      const sent = units.filter(
        (_, index) => index % 2 === 0 && isSent(Uint8Array.of(frame[units[index] as number] as number)),
      );
      assert.equal(
        reassemble(packetize(new H264Packetizer({ maxPayloadBytes: 16 }), Uint8Array.from(frame), 16)).length,
        sent.length,
      );
    }),
  );
});

test("[RFC7587 §4.2] Opus: one packet is one payload; what cannot be sent is dropped", () => {
  const packetizer = new OpusPacketizer({ maxPayloadBytes: 100 });
  assert.deepEqual(packetize(packetizer, hex("78 01 02"), 100), [hex("78 01 02")]);
  assert.deepEqual(packetize(packetizer, new Uint8Array(101), 100), []);
  assert.deepEqual(packetize(packetizer, new Uint8Array(0), 100), []);
});

test("a payload limit too small for its headers is refused", () => {
  assert.throws(() => new Vp8Packetizer({ maxPayloadBytes: 4 }), RangeError);
  assert.throws(() => new H264Packetizer({ maxPayloadBytes: 15 }), RangeError);
  assert.throws(() => new OpusPacketizer({ maxPayloadBytes: 0 }), RangeError);
});
