import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { roundTripTimeMs } from "../rtcp/report-block.js";
import { after, instant } from "../time/instant.js";
import { ntpFromUnixMs, ntpMiddle } from "../time/ntp-time.js";
import { ReceiveStatistics } from "./receive-statistics.js";

const t0 = instant(5_000_000);

function received(sequenceNumbers: readonly number[]): ReceiveStatistics {
  const statistics = new ReceiveStatistics(90_000);
  for (const number of sequenceNumbers) statistics.handlePacket(number, 0, t0);
  return statistics;
}

test("nothing to report before the first packet", () => {
  assert.equal(new ReceiveStatistics(48_000).takeReportBlock(1, t0), undefined);
});

test("[RFC3550 §A.3] counts loss in total and since the last report", () => {
  const statistics = received([65_534, 65_537]); // 65535 and 65536 are missing
  const first = statistics.takeReportBlock(7, t0);
  assert.equal(first?.ssrc, 7);
  assert.equal(first?.cumulativeLost, 2);
  assert.equal(first?.fractionLost, 128);
  assert.equal(first?.extendedHighestSequenceNumber, 65_537);
  assert.equal(statistics.takeReportBlock(7, t0)?.fractionLost, 0, "a new interval");

  statistics.handlePacket(65_535, 0, t0); // late
  const third = statistics.takeReportBlock(7, t0);
  assert.equal(third?.cumulativeLost, 1);
  assert.equal(third?.fractionLost, 0, "more came than was expected since");
});

test("[RFC3550 §A.3] loss equals expected minus received, whatever the order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 200 }), (numbers) => {
      const statistics = received(numbers);
      const expected = Math.max(...numbers) - Math.min(...numbers) + 1;
      assert.equal(statistics.packetsLost, expected - numbers.length);
      const block = statistics.takeReportBlock(1, t0);
      assert.equal(block?.cumulativeLost, expected - numbers.length);
      assert.ok(block.fractionLost >= 0 && block.fractionLost <= 255);
    }),
  );
});

test("[attack 20] a jump of the sequence number stays inside the fields of the report", () => {
  const statistics = received([0, 32_767, 2 ** 40]);
  const block = statistics.takeReportBlock(1, t0);
  assert.equal(block?.cumulativeLost, 0x7f_ffff);
  assert.equal(block?.fractionLost, 255);
  assert.equal(block?.extendedHighestSequenceNumber, 0);
});

test("[RFC3550 §A.8] jitter of an even stream is 0, of one that is 10 ms early and late 20 ms", () => {
  const even = new ReceiveStatistics(48_000);
  const uneven = new ReceiveStatistics(48_000);
  for (let index = 0; index < 500; index++) {
    even.handlePacket(index, index * 960, after(t0, index * 20));
    uneven.handlePacket(index, index * 960, after(t0, index * 20 + (index % 2 === 0 ? 10 : -10)));
  }
  assert.equal(even.jitterMs, 0);
  assert.ok(Math.abs(uneven.jitterMs - 20) < 0.1);
  assert.equal(uneven.takeReportBlock(1, t0)?.jitter, 959);
});

test("[RFC3550 §A.8] one late packet counts for a sixteenth", () => {
  const statistics = new ReceiveStatistics(48_000);
  statistics.handlePacket(1, 0, t0);
  statistics.handlePacket(2, 960, after(t0, 20 + 16));
  assert.ok(Math.abs(statistics.jitterMs - 1) < 0.001);
});

test("[attack 20] the timestamp's wrap and its jumps are no jitter", () => {
  const statistics = new ReceiveStatistics(90_000);
  statistics.handlePacket(1, 0xffff_ffff - 1499, t0);
  statistics.handlePacket(2, 1500, after(t0, 1000 / 30));
  assert.ok(statistics.jitterMs < 0.01);
  statistics.handlePacket(3, 0x8000_0000, after(t0, 66));
  statistics.handlePacket(4, 1500, after(t0, 99));
  assert.ok(statistics.jitterMs < 0.01);
});

test("[RFC3550 §6.4.1] the sender computes its round trip time from LSR and DLSR", () => {
  const sent = ntpFromUnixMs(1_760_000_000_000);
  const statistics = received([1]);
  statistics.handleSenderReport(ntpMiddle(sent), t0);
  const block = statistics.takeReportBlock(1, after(t0, 2500));
  assert.equal(block?.delaySinceLastSenderReport, 2.5 * 65_536);
  const rttMs = block && roundTripTimeMs(block, ntpFromUnixMs(1_760_000_000_000 + 2500 + 40));
  assert.ok(rttMs !== undefined && Math.abs(rttMs - 40) < 0.1);
});

test("[attack 19] a report with absurd times gives no round trip time", () => {
  const now = ntpFromUnixMs(1_760_000_000_000);
  const rtt = (lastSenderReport: number, delaySinceLastSenderReport: number) => {
    const block = received([1]).takeReportBlock(1, t0);
    return block && roundTripTimeMs({ ...block, lastSenderReport, delaySinceLastSenderReport }, now);
  };
  assert.equal(rtt(0, 0), undefined, "no sender report was answered");
  assert.equal(rtt((ntpMiddle(now) - 3600 * 65_536) >>> 0, 0), undefined, "an hour");
  assert.equal(rtt((ntpMiddle(now) + 3600 * 65_536) >>> 0, 0), undefined, "the future");
  assert.equal(rtt(ntpMiddle(now), 30), 0, "rounding on a LAN");
});
