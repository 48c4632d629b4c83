import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../time/instant.js";
import { Pacer } from "./pacer.js";

const t0 = instant(1_000_000);

/** Sends packets of 1000 bytes as soon as they may leave; ms after t0 when the last one left. */
function drain(pacer: Pacer, packets: number, start: Instant): number {
  let now = start;
  for (let sent = 0; sent < packets; sent++) {
    now = pacer.nextAt(now);
    assert.ok(pacer.canSend(now));
    pacer.handleSent(1000);
  }
  return (now - t0) / 1000;
}

test("without an estimate nothing waits", () => {
  const pacer = new Pacer();
  assert.equal(drain(pacer, 10_000, t0), 0);
});

test("a frame passes untouched, a key frame that is too large leaves at 2.5 times the estimate", () => {
  const pacer = new Pacer();
  pacer.setEstimate(1_000_000);
  assert.equal(drain(pacer, 20, t0), 0); // 20 kB: 40 ms at 4 Mbit/s
  const doneMs = drain(pacer, 100, t0); // 100 kB more at 2.5 Mbit/s
  assert.ok(doneMs > 300 && doneMs < 330, `${doneMs} ms`);
});

test("rests give the burst back and no more", () => {
  const pacer = new Pacer();
  pacer.setEstimate(1_000_000);
  drain(pacer, 40, t0);
  const rested = after(t0, 10_000);
  assert.equal(drain(pacer, 20, rested), 10_000);
  assert.ok(!pacer.canSend(rested));
});

test("what cannot wait leaves at once and is missing for video, within bounds", () => {
  const pacer = new Pacer();
  pacer.setEstimate(100_000);
  pacer.canSend(t0);
  for (let count = 0; count < 10_000; count++) pacer.handleSent(1000);
  // The debt is at most one burst: 20 kB at 250 kbit/s.
  const waitMs = (pacer.nextAt(t0) - t0) / 1000;
  assert.ok(waitMs > 600 && waitMs < 700, `${waitMs} ms`);
});

test("an estimate that ends lets everything pass again", () => {
  const pacer = new Pacer();
  pacer.setEstimate(30_000);
  drain(pacer, 30, t0);
  assert.ok(!pacer.canSend(t0));
  pacer.setEstimate(undefined);
  assert.equal(drain(pacer, 1000, t0), 0);
});
