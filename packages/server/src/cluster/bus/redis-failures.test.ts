import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { roomChannel } from "./channel.js";
import { RedisHarness } from "./testing/redis-harness.js";
import { NO_REDIS } from "./testing/redis-server.js";

const ROOM = roomChannel("stage");

test("redis: killed and started again many times, both ways work each time", { skip: NO_REDIS }, async (context) => {
  const harness = await RedisHarness.start();
  context.after(() => harness.close());
  const [ann, bob] = [harness.createAt(harness.server.url, "ann"), harness.createAt(harness.server.url, "bob")];
  for (const node of [ann, bob]) {
    await node.bus.open();
    node.subscribe(ROOM);
  }
  for (let round = 1; round <= 3; round++) {
    await harness.server.kill();
    await harness.until(() => [ann, bob].every((node) => node.bus.state.type === "interrupted"), "both notice");
    for (const node of [ann, bob]) node.gaps.length = 0;
    await harness.server.restart();
    await harness.until(() => [ann, bob].every((node) => node.hasGap("reconnected", ROOM)), "both are back");
    ann.say(ROOM, `round ${round}`);
    bob.say(ROOM, `round ${round}`);
    await harness.until(() => [ann, bob].every((node) => node.messages.length === round), "both are heard");
  }
  assert.deepEqual(ann.bus.readings().interruptions, 3);
});

test("redis: one that is silent is left within 10 s, and used again when it speaks", { skip: NO_REDIS }, async (context) => {
  const harness = await RedisHarness.start();
  context.after(() => harness.close());
  const [ann, bob] = [harness.createAt(harness.server.url, "ann"), harness.createAt(harness.server.url, "bob")];
  for (const node of [ann, bob]) {
    await node.bus.open();
    node.subscribe(ROOM);
  }
  harness.server.pause();
  await harness.until(() => ann.bus.state.type === "interrupted" && bob.bus.state.type === "interrupted", "both leave it");
  assert.match(ann.bus.state.type === "interrupted" ? ann.bus.state.cause : "", /does not answer/);
  harness.server.resume();
  await harness.until(() => ann.hasGap("reconnected", ROOM) && bob.hasGap("reconnected", ROOM), "both are back");
  ann.say(ROOM, "awake");
  await harness.until(() => bob.messages.length === 1, "it is heard");
});

test("redis: a listener that is too slow is cut off, is told, and comes back", { skip: NO_REDIS }, async (context) => {
  const harness = await RedisHarness.start(["--client-output-buffer-limit", "pubsub 256kb 128kb 1"]);
  context.after(() => harness.close());
  const [ann, bob] = [harness.createAt(harness.server.url, "ann"), harness.createAt(harness.server.url, "bob")];
  for (const node of [ann, bob]) await node.bus.open();
  bob.subscribe(ROOM);
  await harness.until(() => bob.hasGap("subscribed", ROOM), "the subscription");
  // This process reads nothing while the other one publishes 128 MB, more than the sockets take.
  const args = ["-p", String(harness.server.port), "-n", "2000", "-c", "1", "-q", "-x", "PUBLISH", `sluice:${ROOM}`];
  const flood = spawnSync("redis-benchmark", args, { input: "x".repeat(65_536), encoding: "utf8" });
  assert.equal(flood.status, 0, flood.stderr);
  await harness.until(() => bob.hasGap("reconnected", ROOM), "it was cut off and is back");
  ann.say(ROOM, "still here");
  await harness.until(() => bob.messages.length === 1, "it hears again");
  const { received, malformed } = bob.bus.readings().inboxCounters;
  assert.equal(malformed, received - 1);
  assert.ok(received < 2_000, "some were lost with the connection");
});

test("redis: what is wrong at the start is said in one line, without the password", { skip: NO_REDIS }, async (context) => {
  const harness = await RedisHarness.start(["--requirepass", "letmein"]);
  context.after(() => harness.close());
  const { port } = harness.server;
  const refused = async (url: string, expected: RegExp) => {
    await assert.rejects(harness.createAt(url, "ann").bus.open(), (error: Error & { code?: string }) => {
      assert.deepEqual([error.name, error.code], ["SluiceError", "unavailable"]);
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /hunter2|\n/);
      return true;
    });
  };
  await refused(`redis://:hunter2@127.0.0.1:${port}`, /^Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be used: WRONGPASS/);
  await refused(`redis://127.0.0.1:${port}`, /NOAUTH/);
  await refused("redis://:hunter2@127.0.0.1:1", /ECONNREFUSED/);
  await refused("redis://nowhere.invalid", /ENOTFOUND|EAI_AGAIN/);
  const node = harness.createAt(`redis://:letmein@127.0.0.1:${port}`, "ann");
  await node.bus.open();
  assert.equal(node.bus.state.type, "connected");
});

test("redis: who may not publish is told by its state, and what it said goes nowhere", { skip: NO_REDIS }, async (context) => {
  const harness = await RedisHarness.start(["--user", "reader", "on", ">pw", "allchannels", "+@all", "-publish"]);
  context.after(() => harness.close());
  const node = harness.createAt(`redis://reader:pw@127.0.0.1:${harness.server.port}`, "ann");
  await node.bus.open();
  node.say(ROOM, "anything", 300);
  await harness.until(() => node.bus.state.type === "interrupted", "it is refused");
  assert.match(node.bus.state.type === "interrupted" ? node.bus.state.cause : "", /NOPERM/);
  await harness.until(() => node.bus.readings().outboxCounters.expired === 1, "it has expired");
});
