import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRtcp } from "../rtcp/rtcp-compound.js";
import type { TransportFeedback } from "../rtcp/transport-feedback.js";
import { after, instant } from "../time/instant.js";
import { BANDWIDTH, BandwidthEstimator } from "./bandwidth-estimator.js";

const t0 = instant(1_000_000);

function feedback(base: number, arrivals: readonly (number | undefined)[], referenceTime: number): TransportFeedback {
  return {
    type: "transportFeedback",
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: base & 0xffff,
    referenceTime,
    feedbackPacketCount: 0,
    arrivals,
  };
}

test("no feedback at all, no limit and no probe", () => {
  const estimator = new BandwidthEstimator();
  estimator.setDemand(5_000_000, t0);
  for (let ms = 0; ms < 60_000; ms += 10) {
    estimator.sentPackets.add(1200, 0, after(t0, ms));
    estimator.handleReceiverReport(0.3, 50, after(t0, ms));
    estimator.handleTimeout(after(t0, ms));
    assert.equal(estimator.pollProbe(after(t0, ms)), undefined);
  }
  assert.equal(estimator.estimateBps, undefined);
  assert.equal(estimator.state, "unknown");
  assert.equal(estimator.lossRatio, 0.3);
  assert.equal(estimator.rttMs, 50);
});

test("transport-wide numbers count up by one and wrap", () => {
  const estimator = new BandwidthEstimator();
  let previous = estimator.sentPackets.add(100, 0, t0);
  for (let count = 0; count < 70_000; count++) {
    const number = estimator.sentPackets.add(100, 0, t0);
    assert.equal(number, (previous + 1) & 0xffff);
    previous = number;
  }
});

test("REMB is the estimate of a receiver that says nothing else, and reports of loss lower it", () => {
  const estimator = new BandwidthEstimator();
  estimator.handleRemb(2_000_000, t0);
  assert.equal(estimator.estimateBps, 2_000_000);
  for (let second = 1; second <= 5; second++) {
    estimator.handleReceiverReport(0.2, 50, after(t0, second * 1000));
    estimator.handleRemb(2_000_000, after(t0, second * 1000));
  }
  const lowered = estimator.estimateBps ?? 0;
  assert.ok(lowered < 1_500_000 && lowered > 1_000_000, `${lowered}`);
  assert.equal(estimator.state, "congested");
  for (let second = 6; second <= 30; second++) {
    estimator.handleReceiverReport(0, 50, after(t0, second * 1000));
    estimator.handleRemb(2_000_000, after(t0, second * 1000));
  }
  assert.equal(estimator.estimateBps, 2_000_000);
  // When it falls silent the bound is forgotten.
  estimator.handleTimeout(after(t0, 60_000));
  assert.equal(estimator.estimateBps, undefined);
});

test("[attack 19] REMB of 0, 2^63 and NaN are clamped and counted", () => {
  const estimator = new BandwidthEstimator();
  estimator.handleRemb(0, t0);
  assert.equal(estimator.estimateBps, BANDWIDTH.minBps);
  estimator.handleRemb(2 ** 63, after(t0, 1));
  assert.ok((estimator.estimateBps ?? 0) <= BANDWIDTH.maxBps);
  estimator.handleRemb(Number.NaN, after(t0, 2));
  assert.equal(estimator.estimateBps, BANDWIDTH.minBps);
  assert.equal(estimator.ignored.clampedRembs, 3);
});

test("[attack 19] whatever feedback claims, the estimate stays between its bounds and probes within what is wanted", () => {
  const event = fc.record({
    base: fc.integer({ min: -50, max: 50 }),
    referenceTime: fc.oneof(fc.integer({ min: -0x80_0000, max: 0x7f_ffff }), fc.integer({ min: 0, max: 40 })),
    arrivals: fc.array(fc.option(fc.integer({ min: -0x8000, max: 0x7fff }), { nil: undefined }), {
      minLength: 1,
      maxLength: 60,
    }),
    packets: fc.integer({ min: 0, max: 60 }),
    waitMs: fc.integer({ min: 0, max: 4000 }),
    demandBps: fc.integer({ min: 0, max: 20_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const estimator = new BandwidthEstimator();
      let now = t0;
      let sent = 0;
      for (const { base, referenceTime, arrivals, packets, waitMs, demandBps } of events) {
        for (let count = 0; count < packets; count++) {
          estimator.sentPackets.add(1200, 0, now);
          sent++;
        }
        now = after(now, waitMs);
        estimator.setDemand(demandBps, now);
        estimator.handleFeedback(feedback(sent + base, arrivals, referenceTime), now);
        estimator.handleTimeout(now);
        const { estimateBps } = estimator;
        if (estimateBps !== undefined) {
          assert.ok(estimateBps >= BANDWIDTH.minBps && estimateBps <= BANDWIDTH.maxBps, `${estimateBps}`);
        }
        const probe = estimator.pollProbe(now);
        if (probe !== undefined) {
          const isKeepAlive = estimator.state === "silent" && probe.bytes === BANDWIDTH.keepAliveBytes;
          assert.ok(isKeepAlive || probe.bitrateBps <= demandBps * 1.2 + 1 || estimator.probesStarted > 0);
          assert.ok(probe.bytes >= 0 && probe.bytes <= (20_000_000 * 1.2 * 0.51) / 8, `${probe.bytes}`);
        }
      }
    }),
  );
});

/** A path of 20 ms each way that carries everything, with feedback every 50 ms. */
class PerfectPath {
  readonly estimator = new BandwidthEstimator();
  now = t0;
  #first = 1;
  #next = 1;
  paddingBytes = 0;

  send(packets: number): void {
    for (let count = 0; count < packets; count++) this.estimator.sentPackets.add(1200, 0, this.now);
    this.#next += packets;
  }

  /** `answer`: whether the receiver reports. */
  run(durationMs: number, packetsPer50Ms: number, answer = true): void {
    for (let ms = 0; ms < durationMs; ms += 10) {
      this.now = after(this.now, 10);
      if (ms % 50 === 0) this.send(packetsPer50Ms);
      if (ms % 50 === 40 && answer && this.#next > this.#first) {
        const arrivals = Array.from({ length: this.#next - this.#first }, (_, index) => index);
        const referenceTime = Math.floor(this.now / 64_000);
        this.estimator.handleFeedback(feedback(this.#first, arrivals, referenceTime), this.now);
        this.#first = this.#next;
      }
      this.estimator.handleTimeout(this.now);
      const probe = this.estimator.pollProbe(this.now);
      if (probe === undefined) continue;
      const packets = Math.floor(probe.bytes / 1200);
      this.paddingBytes += packets * 1200;
      this.send(packets);
    }
  }
}

test("a path on which nothing is sent is not silent, though the last packet was never answered", () => {
  const path = new PerfectPath();
  path.run(5000, 5);
  const before = path.estimator.estimateBps ?? 0;
  assert.ok(before > 500_000);
  // Everybody mutes, and the very last packet gets lost.
  path.send(1);
  path.run(60_000, 0, false);
  assert.equal(path.estimator.state, "stable");
  assert.equal(path.estimator.estimateBps, before);
});

test("[attack 19] who reports that everything comes and allows little by REMB is not padded without end", () => {
  const path = new PerfectPath();
  path.run(1000, 5);
  path.estimator.setDemand(20_000_000, path.now);
  const before = path.estimator.probesStarted;
  for (let second = 0; second < 60; second++) {
    path.estimator.handleRemb(30_000, path.now);
    path.run(1000, 1);
  }
  assert.ok(path.estimator.probesStarted - before <= 6, `${path.estimator.probesStarted - before} probes in 60 s`);
  assert.ok(path.paddingBytes < 300_000, `${path.paddingBytes} bytes of padding`);
});

test("[attack 19] 65,535 statuses in 20 bytes are refused before they get here", () => {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  bytes.set([0x8f, 205, 0, 5]);
  view.setUint16(12, 1);
  view.setUint16(14, 0xffff);
  view.setUint16(20, 0x1fff);
  assert.equal(parseRtcp(bytes), undefined);
});
