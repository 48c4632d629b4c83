import assert from "node:assert/strict";
import { test } from "node:test";
import { maxFragmentBytes, SCTP_CONSTANTS } from "../sctp-constants.js";
import { CongestionWindow } from "./congestion-window.js";

const PACKET = maxFragmentBytes(SCTP_CONSTANTS);

test("[RFC9260 §7.2.1] slow start: one packet more for each SACK that advances, when the window was used", () => {
  const window = new CongestionWindow(SCTP_CONSTANTS, 1_000_000);
  assert.equal(window.bytes, 10 * PACKET);
  window.handleAcked(2 * PACKET, 10 * PACKET, true, 2);
  assert.equal(window.bytes, 11 * PACKET);
  window.handleAcked(100, 11 * PACKET, true, 3);
  assert.equal(window.bytes, 11 * PACKET + 100);
  window.handleAcked(2 * PACKET, 2 * PACKET, true, 5);
  window.handleAcked(2 * PACKET, 12 * PACKET, false, 5);
  assert.equal(window.bytes, 11 * PACKET + 100);
});

test("[RFC9260 §7.2.2] congestion avoidance: one packet more for each window", () => {
  const window = new CongestionWindow(SCTP_CONSTANTS, 5 * PACKET);
  for (let tsn = 1; tsn <= 9; tsn++) window.handleAcked(PACKET, 10 * PACKET, true, tsn);
  assert.equal(window.bytes, 10 * PACKET);
  window.handleAcked(PACKET, 10 * PACKET, true, 10);
  assert.equal(window.bytes, 11 * PACKET);
});

test("[RFC9260 §7.2.4] a loss halves the window once, until all that was under way is acknowledged", () => {
  const window = new CongestionWindow(SCTP_CONSTANTS, 1_000_000);
  assert.equal(window.handleLoss(100), true);
  assert.equal(window.bytes, 5 * PACKET);
  assert.equal(window.handleLoss(110), false);
  window.handleAcked(PACKET, 5 * PACKET, true, 99);
  assert.equal(window.isRecovering, true);
  assert.equal(window.bytes, 5 * PACKET);
  window.handleAcked(PACKET, 5 * PACKET, true, 100);
  assert.equal(window.isRecovering, false);
  for (let tsn = 101; tsn < 110; tsn++) window.handleLoss(tsn);
  assert.equal(window.bytes, 4 * PACKET);
});

test("[RFC9260 §7.2.3] after a timeout one packet, and slow start to half of what was", () => {
  const window = new CongestionWindow(SCTP_CONSTANTS, 1_000_000);
  window.handleTimeout();
  assert.equal(window.bytes, PACKET);
  for (let tsn = 1; tsn <= 5; tsn++) window.handleAcked(PACKET, window.bytes, true, tsn);
  assert.equal(window.bytes, 6 * PACKET);
  // Above the threshold of five: now a whole window is needed.
  window.handleAcked(PACKET, window.bytes, true, 6);
  assert.equal(window.bytes, 6 * PACKET);
});

test("[RFC9260 §7.2.1] idleness takes a large window back and leaves a small one", () => {
  const window = new CongestionWindow(SCTP_CONSTANTS, 1_000_000);
  for (let tsn = 1; tsn <= 30; tsn++) window.handleAcked(PACKET, window.bytes, true, tsn);
  assert.equal(window.bytes, 40 * PACKET);
  window.handleIdle();
  assert.equal(window.bytes, 20 * PACKET);
  window.handleTimeout();
  window.handleIdle();
  assert.equal(window.bytes, PACKET);
});
