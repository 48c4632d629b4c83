import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant, type MediaPacket } from "@sluice/media";
import { TrackMeter } from "./track-meter.js";

const t0 = instant(1_000_000);

/** Feeds packets of 1,000 bytes: every third one begins a frame, 33 ms apart. */
function createFeed() {
  const meter = new TrackMeter("TR_1", "PA_1", "video");
  const feed = (number: number, at: Instant = after(t0, Math.floor(number / 3) * 33), ssrc = 1) => {
    const header = { ssrc, extendedSequenceNumber: number, timestamp: Math.floor(number / 3) * 2_970 };
    meter.handlePacket({ header, sizeBytes: 1_000 } as MediaPacket, "VP8", 90_000, at);
  };
  return { meter, feed };
}

test("a report has exactly the fields that are promised", () => {
  const { meter, feed } = createFeed();
  for (let number = 0; number < 90; number++) feed(number);
  assert.deepEqual(meter.takeReport(after(t0, 1_000)), {
    track: "TR_1",
    kind: "video",
    codec: "VP8",
    packets: 90,
    lost: 0,
    bitrateBps: 720_000,
    frames: 30,
    jitterMs: 0,
  });
});

test("before the first packet there is nothing to say", () => {
  const { codec, packets, bitrateBps } = new TrackMeter("TR_1", "PA_1", "audio").takeReport(t0);
  assert.deepEqual({ codec, packets, bitrateBps }, { codec: "", packets: 0, bitrateBps: 0 });
});

test("the bitrate is that of the interval, everything else is a total", () => {
  const { meter, feed } = createFeed();
  for (let number = 0; number < 90; number++) feed(number);
  meter.takeReport(after(t0, 1_000));
  const silent = meter.takeReport(after(t0, 2_000));
  assert.equal(silent.bitrateBps, 0);
  assert.equal(silent.packets, 90);
});

test("a gap is lost until it is repaired, and a frame that comes in pieces out of order is one frame", () => {
  const { meter, feed } = createFeed();
  for (const number of [0, 1, 2, 5, 6]) feed(number);
  assert.equal(meter.lost, 2);
  for (const number of [4, 3]) feed(number, after(t0, 100));
  assert.equal(meter.lost, 0);
  assert.equal(meter.takeReport(after(t0, 200)).frames, 3);
});

test("what came before the first packet was expected as well", () => {
  const { meter, feed } = createFeed();
  for (const number of [12, 10]) feed(number);
  assert.equal(meter.lost, 1);
});

test("a duplicate is no packet, and the loss never falls below zero", () => {
  const { meter, feed } = createFeed();
  for (const number of [0, 1, 1, 0, 2]) feed(number);
  assert.equal(meter.packets, 3);
  assert.equal(meter.lost, 0);
});

test("another RTP stream of the same track goes on counting, and is no loss", () => {
  const { meter, feed } = createFeed();
  for (const number of [0, 1, 3]) feed(number);
  for (const number of [40_000, 40_001]) feed(number, after(t0, 2_000), 2);
  assert.equal(meter.packets, 5);
  assert.equal(meter.lost, 1);
});

test("timestamps may wrap", () => {
  const meter = new TrackMeter("TR_1", "PA_1", "video");
  for (const [number, timestamp] of [
    [0, 0xffff_f000],
    [1, 0x0000_0ba0],
  ] as const) {
    const header = { ssrc: 1, extendedSequenceNumber: number, timestamp };
    meter.handlePacket({ header, sizeBytes: 10 } as MediaPacket, "VP8", 90_000, t0);
  }
  assert.equal(meter.takeReport(t0).frames, 2);
});
