import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "../time/instant.js";
import { MIN_RESEND_INTERVAL_MS, RetransmissionGate } from "./retransmission-gate.js";

const t0 = instant(5_000_000);

test("a packet is not sent again within one round trip", () => {
  const gate = new RetransmissionGate();
  assert.equal(gate.isDue(7, 40, t0), true);
  gate.handleSent(7, t0);
  assert.equal(gate.isDue(7, 40, after(t0, 39)), false);
  assert.equal(gate.isDue(8, 40, after(t0, 39)), true);
  assert.equal(gate.isDue(7, 40, after(t0, 40)), true);
});

test("attack 19: a receiver that claims a round trip of nothing gains little", () => {
  const gate = new RetransmissionGate();
  gate.handleSent(7, t0);
  assert.equal(gate.isDue(7, 0, after(t0, MIN_RESEND_INTERVAL_MS - 1)), false);
});
