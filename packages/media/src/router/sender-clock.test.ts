import assert from "node:assert/strict";
import { test } from "node:test";
import type { NtpTime } from "../time/ntp-time.js";
import { SenderClock, timestampAt } from "./sender-clock.js";

const ntp = (ms: number) => ms as NtpTime;

test("[RFC3550 §6.4.1] audio and video of one publisher stay in step however late each report came", () => {
  const clock = new SenderClock();
  // Their clock is 5 s ahead; the audio report took 10 ms, the video report 60 ms.
  const audio = { ntp: ntp(105_000), rtpTimestamp: 48_000 };
  const video = { ntp: ntp(105_000), rtpTimestamp: 90_000 };
  clock.handleReport(audio.ntp, ntp(100_010));
  clock.handleReport(video.ntp, ntp(100_060));
  const theirs = clock.toTheirs(ntp(101_000));
  assert.ok(theirs !== undefined);
  const audioSeconds = (timestampAt(audio, theirs, 48_000) - 48_000) / 48_000;
  const videoSeconds = (timestampAt(video, theirs, 90_000) - 90_000) / 90_000;
  assert.ok(Math.abs(audioSeconds - videoSeconds) < 0.001);
});

test("a clock that is set back is followed at once, and a late report hardly", () => {
  const clock = new SenderClock();
  clock.handleReport(ntp(3_700_000), ntp(100_000));
  clock.handleReport(ntp(3_699_000), ntp(101_000));
  assert.equal(clock.toTheirs(ntp(101_000)), 3_700_900);
  clock.handleReport(ntp(102_000), ntp(102_000));
  assert.equal(clock.toTheirs(ntp(103_000)), 103_000);
});

test("says nothing before the first report", () => {
  assert.equal(new SenderClock().toTheirs(ntp(1)), undefined);
});

test("timestamps wrap at 32 bits in both directions", () => {
  const report = { ntp: ntp(1000), rtpTimestamp: 0xffff_ffff };
  assert.equal(timestampAt(report, ntp(2000), 90_000), 89_999);
  assert.equal(timestampAt({ ntp: ntp(1000), rtpTimestamp: 0 }, ntp(999), 1000), 0xffff_ffff);
});
