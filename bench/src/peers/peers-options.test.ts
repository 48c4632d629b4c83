import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePeersOptions } from "./peers-options.js";
import { FULL_PLAN } from "./peers-plan.js";

const names = (args: readonly string[], environment = {}) => parsePeersOptions(args, environment).peers.map(({ name }) => name);

test("measures who is here, by default", () => {
  assert.deepEqual(names([]), ["Sluice, native", "Sluice, portable", "werift"]);
  assert.ok(names([], { SLUICE_JANUS: "/usr/bin/janus" }).includes("Janus"));
  const liveKit = ["--livekit", "ws://localhost:7880", "--pid", "12", "--livekit-key", "key", "--livekit-secret", "secret"];
  assert.ok(names(liveKit).includes("LiveKit"));
  assert.deepEqual(parsePeersOptions([], {}).plan, FULL_PLAN);
});

test("takes lists", () => {
  const { plan, peers } = parsePeersOptions(["--peers", "werift,native", "--subscribers", "3,7", "--rates", "100"], {});
  assert.deepEqual([plan.subscribers, plan.forwardedPerSecond], [[3, 7], [100]]);
  assert.deepEqual(
    peers.map(({ name }) => name),
    ["werift", "Sluice, native"],
  );
});

test("refuses what it cannot do", () => {
  for (const args of [
    ["--subscribers", "10,x"],
    ["--rounds", "0"],
    ["--peers", "janus"],
    ["--livekit", "ws://a"],
    ["--what"],
  ]) {
    assert.throws(() => parsePeersOptions(args, {}), Error, args.join(" "));
  }
});
