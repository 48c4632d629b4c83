import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "@sluice/netem";
import fc from "fast-check";
import { UsageError } from "../../usage-error.js";
import { linkParameters, parseBitrate, parseImpairment } from "./parse-impairment.js";

test("a bad network is read as it is written", () => {
  assert.deepEqual(parseImpairment("loss=5%,delay=50ms,rate=2mbps"), {
    loss: 0.05,
    delayMs: 50,
    jitterMs: 0,
    rateBps: 2_000_000,
  });
  assert.deepEqual(parseImpairment("jitter=5ms"), { loss: 0, delayMs: 0, jitterMs: 5, rateBps: undefined });
  assert.deepEqual(
    [parseBitrate("800kbps", "b"), parseBitrate("1.5Mbps", "b"), parseBitrate("64000", "b")],
    [800_000, 1_500_000, 64_000],
  );
  for (const wrong of [
    "",
    "loss",
    "loss=",
    "loss=101%",
    "loss=-1",
    "loss=1%,loss=2%",
    "delay=1h",
    "rate=0",
    "rate=2mb",
    "speed=1",
  ])
    assert.throws(() => parseImpairment(wrong), UsageError, wrong);
});

test("any text is a network that can be emulated, or a usage error", () => {
  const value = fc.constantFrom("5%", "0.5", "50ms", "2mbps", "1e9", "", "9999999gbps", "-1");
  const part = fc
    .tuple(fc.constantFrom("loss", "delay", "jitter", "rate", "x"), value)
    .map(([name, text]) => `${name}=${text}`);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 4 }).map((parts) => parts.join(",")),
      ),
      (text) => {
        try {
          const { uplink, downlink } = linkParameters(parseImpairment(text));
          for (const way of [uplink, downlink]) new Link(1, way);
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
        }
      },
    ),
  );
});
