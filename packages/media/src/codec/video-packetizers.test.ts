import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RtpHeader } from "../rtp/rtp-header.js";
import { Av1Packetizer } from "./av1-packetizer.js";
import { Av1Payload } from "./av1-payload.js";
import { findObus, isAv1KeyFrameData } from "./av1-temporal-unit.js";
import { FrameInfo } from "./frame-info.js";
import { createFrameParser } from "./frame-parser.js";
import { leb128Size, leb128Value } from "./leb128.js";
import { hex, packetize, readAt } from "./payload.test.js";
import { Vp9Packetizer } from "./vp9-packetizer.js";
import { Vp9PayloadDescriptor } from "./vp9-payload-descriptor.js";

/** First bytes of a key frame of 322x182 by libvpx. */
const VP9_KEY_FRAME = hex("824983420014100b560638241c184a000a605f7d");

/** A temporal unit of 322x182 by SVT-AV1, shortened: delimiter, sequence header, frame. */
const AV1_KEY_UNIT = hex("1200 0a0b 000000043d06d4fbf90040 3208 181400a17024cfc8");

/** What the Router's parser says of the payloads of one frame. */
function limits(codec: string, payloads: readonly Uint8Array[]): [isKeyFrame: boolean, isStart: boolean, isEnd: boolean][] {
  const parser = createFrameParser(codec, 0);
  return payloads.map((payload, index) =>
    readAt(payload, (from, offset, sizeBytes) => {
      const header = new RtpHeader();
      header.payloadOffset = offset;
      header.payloadBytes = sizeBytes;
      header.marker = index === payloads.length - 1;
      const info = new FrameInfo();
      assert.ok(parser.parse(from, header, info));
      return [info.isKeyFrame, info.isFrameStart, info.isFrameEnd];
    }),
  );
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

test("[RFC9628 §4.2] VP9: the payloads of a frame make the frame; the first of a key frame tells its size", () => {
  const options = fc.record({ maxPayloadBytes: fc.integer({ min: 9, max: 1_400 }), firstPictureId: fc.nat({ max: 0x7fff }) });
  const frames = fc
    .tuple(fc.boolean(), fc.uint8Array({ maxLength: 3_000 }))
    .map(([isKey, rest]) => concat([isKey ? VP9_KEY_FRAME : Uint8Array.of(0x86), rest]));
  fc.assert(
    fc.property(options, frames, (chosen, frame) => {
      const payloads = packetize(new Vp9Packetizer(chosen), frame, chosen.maxPayloadBytes);
      const descriptor = new Vp9PayloadDescriptor();
      const parts = payloads.map((payload) => {
        assert.ok(readAt(payload, (from, offset, sizeBytes) => descriptor.parse(from, offset, sizeBytes)));
        assert.equal(descriptor.pictureId, chosen.firstPictureId);
        assert.equal(descriptor.isPictureIdLong, true);
        assert.equal(descriptor.isFlexible, false);
        return payload.subarray(descriptor.sizeBytes);
      });
      assert.deepEqual(concat(parts), frame);
      const isKey = frame[0] === 0x82;
      assert.deepEqual(
        limits("VP9", payloads),
        payloads.map((_, index) => [isKey && index === 0, index === 0, index === payloads.length - 1]),
      );
    }),
  );
});

/** The OBUs that RTP payloads carry, without size fields (RTP Payload Format for AV1 §4.4). */
function reassemble(payloads: readonly Uint8Array[]): number[][] {
  const obus: number[][] = [];
  let isOpen = false;
  for (const payload of payloads) {
    const header = payload[0] as number;
    const count = (header >> 4) & 3;
    assert.equal((header & 0x80) !== 0, isOpen);
    let index = 1;
    for (let element = 0; index < payload.length; element++) {
      let sizeBytes = payload.length - index;
      if (count === 0 || element < count - 1) {
        const lengthBytes = leb128Size(payload, index, payload.length);
        sizeBytes = leb128Value(payload, index, lengthBytes);
        index += lengthBytes;
      }
      assert.ok(sizeBytes > 0);
      const bytes = [...payload.subarray(index, index + sizeBytes)];
      if (element === 0 && isOpen) obus.at(-1)?.push(...bytes);
      else obus.push(bytes);
      index += sizeBytes;
    }
    isOpen = (header & 0x40) !== 0;
  }
  assert.equal(isOpen, false);
  return obus;
}

const leb128 = (value: number): number[] => (value < 0x80 ? [value] : [0x80 | (value & 0x7f), value >> 7]);

/** An OBU with a size field: type, whether it has an extension header, payload. */
const obu = fc.tuple(
  fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 15),
  fc.boolean(),
  fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 100, maxLength: 3_000 })),
);

test("[AV1-RTP §4.4] AV1: the payloads carry the OBUs of the temporal unit, without sizes, delimiters, tile lists and padding", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 1_400 }), fc.array(obu, { maxLength: 8 }), (maxPayloadBytes, obus) => {
      const headerOf = (type: number, hasExtension: boolean) => [
        (type << 3) | (hasExtension ? 0x04 : 0),
        ...(hasExtension ? [0x28] : []),
      ];
      const unit = obus.flatMap(([type, hasExtension, payload]) => {
        const [first = 0, ...extension] = headerOf(type, hasExtension);
        return [first | 0x02, ...extension, ...leb128(payload.length), ...payload];
      });
      const payloads = packetize(new Av1Packetizer({ maxPayloadBytes }), Uint8Array.from(unit), maxPayloadBytes);
      assert.ok(
        payloads.every((payload) => readAt(payload, (from, offset, size) => new Av1Payload().parse(from, offset, size))),
      );
      const sent = obus.filter(([type]) => ![2, 8, 15].includes(type));
      assert.deepEqual(
        reassemble(payloads),
        sent.map(([type, hasExtension, payload]) => [...headerOf(type, hasExtension), ...payload]),
      );
      const isKey = sent.some(([type]) => type === 1);
      assert.deepEqual(
        payloads.map((payload) => ((payload[0] as number) & 0x08) !== 0),
        payloads.map((_, index) => isKey && index === 0),
      );
    }),
  );
});

test("[AV1-RTP §4.4] AV1: a small key frame is one payload of two elements", () => {
  assert.equal(isAv1KeyFrameData(AV1_KEY_UNIT), true);
  const payloads = packetize(new Av1Packetizer(), AV1_KEY_UNIT, 1_120);
  assert.deepEqual(payloads, [hex("28 0c 08 000000043d06d4fbf90040 30 181400a17024cfc8")]);
  assert.deepEqual(limits("AV1", payloads), [[true, true, true]]);
});

test("AV1: an OBU without a size field reaches to the end; what does not fit is left out", () => {
  assert.deepEqual(packetize(new Av1Packetizer(), hex("1200 30 aabb"), 1_120), [hex("10 30 aabb")]);
  for (const text of ["", "36", "3202aa", "32ff", "12"]) {
    assert.deepEqual(packetize(new Av1Packetizer(), hex(text), 1_120), []);
  }
  assert.equal(isAv1KeyFrameData(hex("1200 3202aabb")), false);
});

test("any bytes as a frame are cut or left out, never an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (frame) => {
      assert.deepEqual(
        reassemble(packetize(new Av1Packetizer({ maxPayloadBytes: 16 }), frame, 16)).length,
        findObus(frame).filter(({ type }) => ![2, 8, 15].includes(type)).length,
      );
      packetize(new Vp9Packetizer({ maxPayloadBytes: 16 }), frame, 16);
    }),
  );
});

test("a payload limit too small for its headers, or too large for its lengths, is refused", () => {
  assert.throws(() => new Vp9Packetizer({ maxPayloadBytes: 8 }), RangeError);
  assert.throws(() => new Av1Packetizer({ maxPayloadBytes: 4 }), RangeError);
  assert.throws(() => new Av1Packetizer({ maxPayloadBytes: 0x4000 }), RangeError);
});
