import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { Consumer } from "../router/consumer.js";
import { parseRtcp, serializeRtcp } from "../rtcp/rtcp-compound.js";
import { VirtualRoom } from "../testing/virtual-room.js";
import { instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import { MAX_REFERENCE_TIMES, ReferenceTimes } from "./reference-times.js";
import { buildReports } from "./reports.js";

const NTP = 3_900_000_000_000 as NtpTime;
const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };

/** A room in which a packet and a sender report of the publisher have come. */
function openRoom(): VirtualRoom {
  const room = new VirtualRoom(createPortableCrypto, { kind: "audio", codecs: [OPUS], encodings: [{ ssrc: 5 }] });
  room.publish({ ssrc: 5, payloadType: 111, sequenceNumber: 7, timestamp: 96_000, payload: [1, 2, 3] });
  const found = room.reception.streamFor(5);
  assert.ok(found !== undefined);
  room.producer.clock.handleReport(NTP, NTP);
  found.stream.senderReport = { ntp: NTP, rtpTimestamp: 96_000 };
  return room;
}

function sourceOf(room: VirtualRoom, consumers: readonly Consumer[]) {
  const consumersBySsrc = new Map(consumers.map((consumer, index) => [consumer.ssrc + index, consumer]));
  return { id: "transport", reception: room.reception, consumersBySsrc, referenceTimes: new ReferenceTimes() };
}

test("[RFC3550 §6.1] every compound begins with a report and ends with the one CNAME, however many streams there are", () => {
  const room = openRoom();
  for (const count of [1, 2, 15, 16, 17, 40]) {
    const source = sourceOf(room, new Array<Consumer>(count).fill(room.consumer));
    const compounds = buildReports(source, NTP, instant(2_000_000));
    let senderReports = 0;
    for (const compound of compounds) {
      const types = parseRtcp(serializeRtcp(compound))?.map(({ type }) => type) ?? [];
      assert.ok(types[0] === "senderReport" || types[0] === "receiverReport");
      assert.equal(types.indexOf("sourceDescription"), types.length - 1);
      senderReports += types.filter((type) => type === "senderReport").length;
    }
    assert.equal(senderReports, count);
  }
});

test("[RFC3550 §6.4.1] the sender report carries the publisher's clock over to the receiver's timestamps", () => {
  const room = openRoom();
  const [, compound] = buildReports(sourceOf(room, [room.consumer]), (NTP + 500) as NtpTime, instant(1_500_000));
  const report = compound?.[0];
  assert.ok(report?.type === "senderReport");
  assert.equal(report.rtpTimestamp, 96_000 + 24_000);
  assert.equal(report.packetCount, 1);
  assert.equal(report.octetCount, 3);
});

test("[RFC3550 §6.4.2] the receiver report counts what was lost", () => {
  const room = openRoom();
  room.publish({ ssrc: 5, payloadType: 111, sequenceNumber: 10, timestamp: 97_000, payload: [1, 2, 3] });
  const [compound] = buildReports(sourceOf(room, []), NTP, instant(2_000_000));
  const report = compound?.[0];
  assert.ok(report?.type === "receiverReport");
  assert.equal(report.reports[0]?.ssrc, 5);
  assert.equal(report.reports[0]?.cumulativeLost, 2);
  assert.equal(report.reports[0]?.fractionLost, 128);
});

test("nothing is reported of streams that have not begun", () => {
  const room = new VirtualRoom(createPortableCrypto, { kind: "audio", codecs: [OPUS], encodings: [{ ssrc: 5 }] });
  assert.deepEqual(buildReports(sourceOf(room, [room.consumer]), NTP, instant(0)), []);
});

test("[RFC3611 §4.4] a peer that only sends is told our time, one that receives too reports the round trip anyway", () => {
  const room = openRoom();
  const extended = (consumers: readonly Consumer[]) =>
    buildReports(sourceOf(room, consumers), NTP, instant(2_000_000))
      .flat()
      .filter(({ type }) => type === "extendedReport");
  assert.deepEqual(extended([]), [
    { type: "extendedReport", ssrc: 1, delays: [], referenceTime: { ntpSeconds: 3_900_000_000, ntpFraction: 0 } },
  ]);
  assert.deepEqual(extended([room.consumer]), []);
});

test("[RFC3611 §4.5] a peer's reference time is answered once, with the bits it sent and the time since", () => {
  const room = openRoom();
  const source = sourceOf(room, [room.consumer]);
  source.referenceTimes.handleReferenceTime(9, { ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 }, instant(1_000_000));
  const delays = () =>
    buildReports(source, NTP, instant(1_500_000))
      .flat()
      .flatMap((packet) => (packet.type === "extendedReport" ? packet.delays : []));
  assert.deepEqual(delays(), [{ ssrc: 9, lastReferenceTime: 0x5678_9abc, delaySinceLast: 32_768 }]);
  assert.deepEqual(delays(), []);
});

test("attack 19: reference times from very many SSRCs are answered for the first only", () => {
  const times = new ReferenceTimes();
  for (let ssrc = 0; ssrc < 100_000; ssrc++) times.handleReferenceTime(ssrc, { ntpSeconds: 1, ntpFraction: 1 }, instant(0));
  assert.equal(times.takeDelays(instant(1)).length, MAX_REFERENCE_TIMES);
});
