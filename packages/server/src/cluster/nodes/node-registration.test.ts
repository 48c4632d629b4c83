import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { nodeKey, parseNodeRecord, serializeNodeRecord } from "./node-record.js";
import { NodeRegistration } from "./node-registration.js";
import { IDLE, identityOf } from "./testing/node-samples.js";

const t0 = instant(5_000_000);

test("speaks at once, then every 3 s with what is measured then", () => {
  const registration = new NodeRegistration(identityOf("a"), t0);
  let streams = 1;
  const poll = (ms: number) => registration.pollRecord(after(t0, ms), () => ({ ...IDLE, streams }))?.load.streams;
  assert.equal(poll(0), 1);
  streams = 2;
  assert.equal(poll(2_999), undefined);
  assert.equal(registration.pollTimeout(), after(t0, 3_000));
  assert.equal(poll(3_000), 2);
  assert.equal(poll(5_999), undefined);
});

test("after standing still it speaks once, not for every time that it missed", () => {
  const registration = new NodeRegistration(identityOf("a"), t0);
  registration.pollRecord(t0, () => IDLE);
  assert.ok(registration.pollRecord(after(t0, 120_000), () => IDLE));
  assert.equal(
    registration.pollRecord(after(t0, 120_001), () => IDLE),
    undefined,
  );
});

test("a drain is told at once, and again only with the next numbers", () => {
  const registration = new NodeRegistration(identityOf("a"), t0);
  assert.equal(registration.pollRecord(t0, () => IDLE)?.state, "serving");
  registration.drain(after(t0, 100));
  assert.equal(registration.pollRecord(after(t0, 100), () => IDLE)?.state, "draining");
  registration.drain(after(t0, 200));
  assert.equal(
    registration.pollRecord(after(t0, 200), () => IDLE),
    undefined,
  );
});

test("whatever a meter says, others can read the record", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1e300, 0.123456789]) {
    const load = { cpuPercent: value, memPercent: value, streams: value, packetsPerSecond: value, forwardingDelayP99Ms: value };
    const record = new NodeRegistration(identityOf("a"), t0).pollRecord(t0, () => load);
    assert.ok(record);
    assert.deepEqual(parseNodeRecord(nodeKey("a"), serializeNodeRecord(record)), { type: "record", record });
  }
});
