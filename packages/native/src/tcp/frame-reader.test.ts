import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameReader, MAX_FRAME_BYTES } from "./frame-reader.js";

function framed(packets: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(packets.flatMap((packet) => [packet.length >> 8, packet.length & 0xff, ...packet]));
}

/** Reads a stream that arrives in these parts. */
function read(parts: readonly Uint8Array[]) {
  const reader = new FrameReader();
  const frames: Uint8Array[] = [];
  for (const part of parts) {
    const outcome = reader.read(part, (frame) => frames.push(frame.slice()) > 0);
    if (outcome !== "ok") return { outcome, frames };
  }
  return { outcome: "ok", frames };
}

/** The stream cut before each of these positions. */
function cut(stream: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [0, ...positions.map((at) => at % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return cuts.slice(1).map((end, index) => stream.subarray(cuts[index], end));
}

const packets = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.nat(MAX_FRAME_BYTES).map((sizeBytes) => new Uint8Array(sizeBytes).fill(7)),
  ),
  { maxLength: 12 },
);

test("[RFC4571 §2] the same packets come out, however the stream is cut", () => {
  fc.assert(
    fc.property(packets, fc.array(fc.nat(), { maxLength: 20 }), (sent, positions) => {
      assert.deepEqual(read(cut(framed(sent), positions)), { outcome: "ok", frames: sent });
    }),
    { numRuns: 500 },
  );
});

test("byte by byte", () => {
  const sent = [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(MAX_FRAME_BYTES).fill(3)];
  const stream = framed(sent);
  assert.deepEqual(read([...stream].map((byte) => Uint8Array.of(byte))), { outcome: "ok", frames: sent });
});

test("[attack 13] a frame longer than a slot ends the stream, with its first two bytes, in one part or in two", () => {
  const tooLong = Uint8Array.of((MAX_FRAME_BYTES + 1) >> 8, (MAX_FRAME_BYTES + 1) & 0xff);
  const before = framed([Uint8Array.of(1, 2)]);
  for (const parts of [[tooLong], [tooLong.subarray(0, 1), tooLong.subarray(1)], [Uint8Array.of(...before, ...tooLong, 9)]]) {
    const { outcome, frames } = read(parts);
    assert.equal(outcome, "tooLong");
    assert.ok(frames.length <= 1);
  }
  assert.equal(read([new TextEncoder().encode("GET / HTTP/1.1\r\n")]).outcome, "tooLong");
});

test("[attack 13] any bytes in any parts: no frame is too long, and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 6 }), (parts) => {
      const { frames } = read(parts);
      for (const frame of frames) assert.ok(frame.length <= MAX_FRAME_BYTES);
    }),
    { numRuns: 500 },
  );
});

test("whoever takes the frames may stop", () => {
  let taken = 0;
  const outcome = new FrameReader().read(framed([Uint8Array.of(1), Uint8Array.of(2)]), () => ++taken < 1);
  assert.deepEqual([outcome, taken], ["stopped", 1]);
});
