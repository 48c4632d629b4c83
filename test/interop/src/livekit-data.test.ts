/** Data between participants of LiveKit's own SDK, and between them and our own door. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { ForkedPeer } from "./harness/forked-peer.js";
import { RpcClient } from "./harness/rpc-client.js";
import type { ReceivedData, RtcNodePeer } from "./harness/rtc-node-peer.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

let node: TestNode;

before(async () => {
  node = await TestNode.start();
});
after(async () => {
  await node.close();
  assert.deepEqual(node.complaints, []);
});

async function join(t: TestContext, room: string, identity: string): Promise<ForkedPeer<RtcNodePeer>> {
  const token = await node.token(room, identity);
  return ForkedPeer.fork<RtcNodePeer>(t, "rtc-node-process.js", { url: node.url, token });
}

/** Waits for so many messages at the peer. */
function received(peer: ForkedPeer<RtcNodePeer>, count: number): Promise<ReceivedData[]> {
  let latest: ReceivedData[] = [];
  return until(
    `${count} messages`,
    10_000,
    async () => {
      latest = await peer.call("received");
      return latest.length >= count && latest;
    },
    () => latest,
  );
}

test("messages, streams and calls cross between two participants of LiveKit's SDK, in order, and never come back", async (t) => {
  const [ann, bob] = [await join(t, "livekit", "ann"), await join(t, "livekit", "bob")];
  await bob.call("expectTexts", "story");
  const numbers = Array.from({ length: 100 }, (_, index) => String(index));
  for (const number of numbers) await ann.call("publish", number, { topic: "count" });
  assert.deepEqual(
    (await received(bob, 100)).map(({ text, topic, isReliable, identity }) => [text, topic, isReliable, identity]),
    numbers.map((text) => [text, "count", true, "ann"]),
  );
  const story = "once upon a time ".repeat(10_000);
  await ann.call("sendText", story, "story");
  const told = (await received(bob, 101)).at(-1);
  assert.deepEqual([told?.text === story, told?.identity], [true, "ann"]);
  assert.equal(await ann.call("perform", "bob", "greet", "bob"), "hello bob");
  await assert.rejects(ann.call("perform", "bob", "fail", ""), /out of milk/);
  await bob.call("publish", "psst", { to: ["ann"] });
  assert.deepEqual(
    (await received(ann, 1)).map(({ text, identity }) => [text, identity]),
    [["psst", "bob"]],
  );
});

test("a message of LiveKit's SDK is one of ours at our own door, and the other way round", async (t) => {
  const ann = await join(t, "doors", "ann");
  const client = await RpcClient.open(node.webSocketUrl, await node.token("doors", "bob"));
  t.after(() => client.close());
  const { participants } = await client.request("join", {});
  await ann.call("publish", "grüße", { topic: "chat" });
  const heard = await client.notified("data");
  assert.deepEqual(
    [heard.from, heard.topic, Buffer.from(heard.data, "base64").toString()],
    [participants[0]?.participantId, "chat", "grüße"],
  );
  await client.request("sendData", { data: Buffer.from("hello").toString("base64"), topic: "chat" });
  assert.deepEqual(await received(ann, 1), [{ text: "hello", topic: "chat", isReliable: true, identity: "bob" }]);
});
