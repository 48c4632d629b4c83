import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_STAMP, SentPacketLog } from "./sent-packet-log.js";

test("remembers as many packets as it has places, whatever their numbers", () => {
  const log = new SentPacketLog(8);
  for (let sent = 0; sent < 20; sent++) {
    log.remember(2 ** 33 + sent, 1000 + sent, sent * 3, 100 + sent);
    if (sent % 2 === 0) log.setStamp(2 ** 33 + sent, sent + 7);
  }
  assert.equal(log.has(2 ** 33 + 11), false);
  for (let sent = 12; sent < 20; sent++) {
    assert.ok(log.has(2 ** 33 + sent));
    assert.equal(log.receivedFor(2 ** 33 + sent), 1000 + sent);
    assert.equal(log.rewriteOf(2 ** 33 + sent), sent * 3);
    assert.equal(log.stampOf(2 ** 33 + sent), sent % 2 === 0 ? sent + 7 : NO_STAMP);
  }
});

test("tells how long ago a packet was sent first and last, across the wrap of its clock", () => {
  const log = new SentPacketLog(4);
  const start = 2 ** 31 - 50;
  log.remember(1, 1, 0, start);
  assert.equal(log.ageMs(1, start + 100), 100);
  log.handleResent(1, start + 100);
  assert.equal(log.ageMs(1, start + 130), 130);
  assert.equal(log.restedMs(1, start + 130), 30);
});
