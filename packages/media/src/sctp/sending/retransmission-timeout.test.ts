import assert from "node:assert/strict";
import { test } from "node:test";
import { SCTP_CONSTANTS } from "../sctp-constants.js";
import { RetransmissionTimeout } from "./retransmission-timeout.js";

test("[RFC9260 §6.3.1] the first round trip sets it, others smooth it, the limits hold", () => {
  const timeout = new RetransmissionTimeout(SCTP_CONSTANTS);
  assert.equal(timeout.ms, 500);
  timeout.handleRoundTrip(200);
  assert.equal(timeout.ms, 200 + 4 * 100);
  timeout.handleRoundTrip(200);
  assert.equal(timeout.ms, 200 + 4 * 75);
  for (let count = 0; count < 100; count++) timeout.handleRoundTrip(400);
  // A steady path: the margin keeps it above the round trip.
  assert.equal(Math.round(timeout.ms), 500);
  for (let count = 0; count < 100; count++) timeout.handleRoundTrip(5);
  assert.equal(timeout.ms, 300);
  for (let count = 0; count < 100; count++) timeout.handleRoundTrip(10_000);
  assert.equal(timeout.ms, 3000);
});

test("[RFC9260 §6.3.3 E2] each timeout doubles it, up to the limit; a round trip takes it back", () => {
  const timeout = new RetransmissionTimeout(SCTP_CONSTANTS);
  timeout.handleRoundTrip(10);
  const seen = Array.from({ length: 5 }, () => {
    timeout.handleTimeout();
    return timeout.ms;
  });
  assert.deepEqual(seen, [600, 1200, 2400, 3000, 3000]);
  timeout.handleRoundTrip(10);
  assert.equal(timeout.ms, 300);
});
