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

test("grows while packets would have to go that may be asked for again, and loses none that it has", () => {
  const log = new SentPacketLog(1024);
  const first = 2 ** 32 - 300;
  for (let index = 0; index < 3000; index++) {
    const sent = first + index;
    log.remember(sent, 5 * index, index, 4 * index);
    if (index % 3 === 0) log.setStamp(sent, index & 0xffff);
    // 250 packets/s, so two seconds of them are 500; what is older may be gone.
    for (const back of [0, 1, 255, 256, 257, 400, 499]) {
      if (back > index) continue;
      assert.ok(log.has(sent - back), `${index} - ${back}`);
      assert.equal(log.receivedFor(sent - back), 5 * (index - back));
      assert.equal(log.ageMs(sent - back, 4 * index), 4 * back);
    }
  }
  assert.equal(log.capacity, 512);
});

test("grows no further than it may, and not at all for a thin stream", () => {
  const flood = new SentPacketLog(1024);
  for (let sent = 0; sent < 5000; sent++) flood.remember(sent, sent, 0, 0);
  assert.deepEqual([flood.capacity, flood.has(4999), flood.has(3976), flood.has(3975)], [1024, true, true, false]);
  const thin = new SentPacketLog(1024);
  for (let sent = 0; sent < 5000; sent++) thin.remember(sent, sent, 0, sent * 8);
  assert.equal(thin.capacity, 256);
});
