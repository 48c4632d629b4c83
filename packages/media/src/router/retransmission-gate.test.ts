import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "../time/instant.js";
import { MAX_RETRANSMIT_BYTES_PER_SECOND, RetransmissionGate } from "./retransmission-gate.js";

const t0 = instant(5_000_000);

test("a packet is not sent again within one round trip", () => {
  const gate = new RetransmissionGate();
  assert.equal(gate.admit(7, 1200, 40, t0), true);
  assert.equal(gate.admit(7, 1200, 40, after(t0, 39)), false);
  assert.equal(gate.admit(7, 1200, 40, after(t0, 40)), true);
});

test("attack 19: a NACK flood is answered with a bounded number of bytes a second", () => {
  const gate = new RetransmissionGate();
  let bytes = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    for (let n = 0; n < 17; n++) if (gate.admit(ms * 17 + n, 1200, 40, after(t0, ms))) bytes += 1200;
  }
  assert.ok(bytes <= MAX_RETRANSMIT_BYTES_PER_SECOND * 10.3, `${bytes} bytes in 10 s`);
});
