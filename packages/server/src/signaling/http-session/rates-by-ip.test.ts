import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { MAX_REMEMBERED_IPS, RatesByIp } from "./rates-by-ip.js";

test("each address has a rate of its own, and a burst of two seconds", () => {
  const rates = new RatesByIp(10);
  const t0 = instant(0);
  rates.take("192.0.2.1", 20, t0);
  assert.throws(() => rates.take("192.0.2.1", 1, t0), /more than 10 requests per second/);
  rates.take("192.0.2.2", 20, t0);
  rates.take("192.0.2.1", 10, after(t0, 1_000));
});

test("no more addresses are remembered than there is room for, and who asks is not forgotten", () => {
  const rates = new RatesByIp(1);
  const t0 = instant(0);
  rates.take("busy", 2, t0);
  for (let i = 0; i < MAX_REMEMBERED_IPS + 10; i++) {
    rates.take(`ip${i}`, 1, t0);
    if (i % 1_000 === 0) assert.throws(() => rates.take("busy", 1, t0));
  }
  assert.equal(rates.size, MAX_REMEMBERED_IPS);
  assert.throws(() => rates.take("busy", 1, t0));
});
