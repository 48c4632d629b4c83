import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import { OK, RequestMeter } from "./request-meter.js";

test("requests are counted by method and outcome, and timed by method", () => {
  const meter = new RequestMeter();
  meter.record("join", OK, instant(0), instant(2_000));
  meter.record("join", OK, instant(0), instant(3_000_000));
  meter.record("join", "permissionDenied", instant(5), instant(5));
  meter.record("ping", OK, instant(0), instant(0));
  const [join, ping] = meter.read();
  assert.deepEqual(
    [join?.method, [...(join?.counts ?? [])]],
    [
      "join",
      [
        [OK, 2],
        ["permissionDenied", 1],
      ],
    ],
  );
  assert.equal(join?.durations.sum, 3.002);
  assert.deepEqual([ping?.method, ping?.durations.sum], ["ping", 0]);
});
