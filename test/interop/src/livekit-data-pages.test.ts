/** Data of livekit-client in Chromium, among its participants and with our own door's, with one peer connection and with two. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import { DataPage } from "./harness/data-page.js";
import { LiveKitDataPage } from "./harness/livekit-data-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const FILE_BYTES = 200_000;
/** RpcError.ErrorCode of livekit-client. */
const [UNSUPPORTED_METHOD, APPLICATION_ERROR] = [1400, 1500];

let node: TestNode;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch({ hasDevices: false })]);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

for (const singlePeerConnection of [true, false]) {
  const form = singlePeerConnection ? "one peer connection" : "two peer connections";

  const join = async (room: string, identity: string): Promise<LiveKitDataPage> => {
    const page = await browser.openLiveKit(node.url, identity);
    await page.connect(node.url, await node.token(`${room}, ${form}`, identity), { room: { singlePeerConnection } });
    return LiveKitDataPage.open(page, ["text", "file"]);
  };
  const close = async (...pages: readonly LiveKitDataPage[]) => {
    await Promise.all(pages.map(({ page }) => page.close()));
    assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
  };

  test(
    `${form}: messages, streams and calls cross between pages, in order, and reach nobody else`,
    NEEDS_CHROMIUM,
    async () => {
      const [ann, bob, cat] = [await join("pages", "ann"), await join("pages", "bob"), await join("pages", "cat")];
      await ann.publish(["grüße"], { reliable: true, topic: "all" });
      for (const page of [bob, cat]) {
        const [message] = await page.hears(1, "all");
        assert.deepEqual(message, { content: "grüße", topic: "all", form: "reliable", from: "ann" });
      }
      const numbers = Array.from({ length: 200 }, (_, index) => String(index));
      await ann.publish(numbers, { reliable: true, topic: "order", destinationIdentities: ["bob"] });
      assert.deepEqual(
        (await bob.hears(200, "order")).map(({ content }) => content),
        numbers,
      );
      await lossy(bob, async () => (await cat.heard()).filter(({ topic }) => topic === "lossy"));
      const [lost] = await cat.hears(1, "lossy");
      assert.deepEqual(lost, { content: "perhaps", topic: "lossy", form: "lossy", from: "bob" });

      const story = "once upon a time ".repeat(6_000);
      await bob.sendText(story, "text");
      for (const page of [ann, cat]) {
        const [told] = await page.hears(1, "text");
        assert.deepEqual([told?.content === story, told?.form, told?.from], [true, "text", "bob"]);
      }
      await ann.sendFile(FILE_BYTES, "file", ["cat"]);
      assert.deepEqual(await cat.hears(1, "file"), [{ content: FILE_BYTES, topic: "file", form: "file", from: "ann" }]);

      assert.deepEqual(await ann.call("bob", "greet", "bob"), { result: "hello bob from ann" });
      assert.deepEqual(await bob.call("ann", "greet", "ann"), { result: "hello ann from bob" });
      assert.deepEqual(await bob.call("ann", "fail", ""), { code: 4711, message: "out of milk", data: "until noon" });
      assert.equal((await ann.call("bob", "break", "")).code, APPLICATION_ERROR);
      assert.equal((await ann.call("bob", "what", "")).code, UNSUPPORTED_METHOD);

      const foreign = (await cat.heard()).filter(({ topic }) => topic === "order");
      assert.deepEqual(foreign, [], "what was for Bob alone");
      assert.deepEqual(
        (await ann.heard()).filter(({ from }) => from === "ann"),
        [],
        "nobody hears oneself",
      );
      await close(ann, bob, cat);
    },
  );

  test(`${form}: a page's messages are those of our own door, and the other way round`, NEEDS_CHROMIUM, async () => {
    const ann = await join("doors", "ann");
    const client = await browser.openClient(node.url, { room: `doors, ${form}`, identity: "dan" });
    const dan = await DataPage.open(client);
    const annId = await ann.page.page.evaluate(() => window.livekitRoom.localParticipant.sid);
    await ann.publish(["grüße"], { reliable: true, topic: "all" });
    await ann.publish(["psst"], { reliable: true, topic: "one", destinationIdentities: ["dan"] });
    for (const [topic, text] of [["all", "grüße"] as const, ["one", "psst"] as const]) {
      const [message] = await dan.hears(1, topic);
      assert.deepEqual([message?.from, message?.text], [annId, text]);
    }
    await lossy(ann, async () => (await dan.heard()).filter(({ topic }) => topic === "lossy"));

    await dan.send(["hello"], { topic: "all" });
    await dan.send(["you"], { topic: "one", to: [annId] });
    assert.deepEqual(await ann.hears(1, "all"), [{ content: "hello", topic: "all", form: "reliable", from: "dan" }]);
    assert.deepEqual(await ann.hears(1, "one"), [{ content: "you", topic: "one", form: "reliable", from: "dan" }]);
    await until("a message that may be lost", 20_000, async () => {
      await dan.send(["perhaps"], { topic: "lossy", reliable: false });
      return (await ann.heard()).some(({ topic, form: kind }) => topic === "lossy" && kind === "lossy");
    });
    await client.close();
    await close(ann);
  });
}

/** Sends messages that may be lost until one has come. */
async function lossy(page: LiveKitDataPage, heard: () => Promise<readonly unknown[]>): Promise<void> {
  await until("a message that may be lost", 20_000, async () => {
    await page.publish(["perhaps"], { reliable: false, topic: "lossy" });
    return (await heard()).length > 0;
  });
}
