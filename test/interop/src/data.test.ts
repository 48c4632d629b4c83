/** Data messages by channels of SCTP: Chromium's, libdatachannel's and our own, through a real node. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Bots } from "./harness/bots.js";
import { Browser, type ClientOptions } from "./harness/browser.js";
import { describeData, type HeardData, patternBytes } from "./harness/data-digest.js";
import { type DataContent, DataPage } from "./harness/data-page.js";
import { ForkedPeer } from "./harness/forked-peer.js";
import { Impairment } from "./harness/impairment.js";
import type { LibdatachannelDataPeer } from "./harness/libdatachannel-data-peer.js";
import { residentBytes } from "./harness/process-memory.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const LARGE_BYTES = 200_000;
const LARGEST_BYTES = 261_120;

const LOSSY_CONTENTS = [
  ["now", new TextEncoder().encode("now")],
  [1_300, patternBytes(1_300)],
] as const;

let node: TestNode;
let browser: Browser;
const bots = new Bots();

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start({ workers: 2 }), Browser.launch({ hasDevices: false })]);
});

after(async () => {
  await bots.close();
  await browser?.close();
  await node?.close();
});

test("two Chromium pages: texts and bytes, short and long, in order, to all and to one", NEEDS_CHROMIUM, async () => {
  const [ann, bob, cat] = [await openPage("pages", "ann"), await openPage("pages", "bob"), await openPage("pages", "cat")];
  const from = await ann.participantId();
  await ann.send(["grüße", 0, 1, LARGE_BYTES, LARGEST_BYTES, "end"], { topic: "all" });
  for (const page of [bob, cat]) {
    const heard = await page.hears(6, "all");
    const expected = [bytes("grüße"), patternBytes(0), patternBytes(1), patternBytes(LARGE_BYTES), patternBytes(LARGEST_BYTES)];
    assert.deepEqual(
      heard,
      [...expected, bytes("end")].map((each) => describeData(from, "all", each)),
    );
  }
  const numbers = Array.from({ length: 500 }, (_, index) => String(index));
  await ann.send(numbers, { topic: "order", to: [await bob.participantId()] });
  assert.deepEqual(textsOf(await bob.hears(500, "order")), numbers);
  await bob.sendPaced(numbers, 2, { topic: "lossy", reliable: false });
  const lossy = textsOf(await cat.hears(450, "lossy"));
  assert.equal(new Set(lossy).size, lossy.length, "none comes twice");
  assert.deepEqual(
    (await cat.heard()).filter(({ topic }) => topic === "order"),
    [],
  );
  await assert.rejects(ann.send([LARGEST_BYTES + 1]), /the limit is 261120/);
  await assert.rejects(ann.send([1_301], { reliable: false }), /the limit is 1300/);
});

test("Chromium and libdatachannel: both kinds, both ways, long messages too", NEEDS_CHROMIUM, async (t) => {
  const page = await openPage("libdatachannel", "page");
  const peer = await forkPeer(t, "libdatachannel", "peer");
  const [pageId, peerId] = [await page.participantId(), await peer.call("id")];
  await page.send(["hi", LARGE_BYTES, LARGEST_BYTES], { topic: "reliable" });
  for (const content of ["hi", LARGE_BYTES, LARGEST_BYTES]) await peer.call("send", "reliable", content, { topic: "reliable" });
  const fromPage = await lossyMessages(
    pageId,
    (content, topic) => page.send([content], { topic, reliable: false }),
    () => peer.call("heard"),
  );
  const fromPeer = await lossyMessages(
    peerId,
    (content, topic) => peer.call("send", "lossy", content, { topic }),
    () => page.heard(),
  );
  t.diagnostic(`of lossy messages ${fromPage} from the page and ${fromPeer} from the peer were sent until two had come`);
  const reliable = (from: string) =>
    [bytes("hi"), patternBytes(LARGE_BYTES), patternBytes(LARGEST_BYTES)].map((each) => describeData(from, "reliable", each));
  assert.deepEqual(await page.hears(3, "reliable"), reliable(peerId));
  assert.deepEqual(await peerHears(peer, 3, "reliable"), reliable(pageId));
  await peer.call("leave");
});

test("a bot and Chromium: our own media core at both ends of the association, and at one", NEEDS_CHROMIUM, async () => {
  const heard: HeardData[] = [];
  const note = ({ from, topic, data }: { from: string; topic: string; data: Uint8Array }) =>
    void heard.push(describeData(from, topic, data));
  const one = await bots.join(node, "bots", "one", { publish: [], subscribe: false, handleData: () => {} });
  const two = await bots.join(node, "bots", "two", { publish: [], subscribe: false, handleData: note });
  const page = await openPage("bots", "page");
  await one.sendData(patternBytes(LARGE_BYTES), { topic: "t" });
  await page.send([LARGE_BYTES], { topic: "t" });
  const [fromOne] = await page.hears(1, "t");
  assert.deepEqual(fromOne, describeData(one.participantId, "t", patternBytes(LARGE_BYTES)));
  await until(
    "both messages at the bot",
    5_000,
    () => heard.length === 2,
    () => heard,
  );
  const pageId = await page.participantId();
  assert.deepEqual(
    heard.toSorted((a, b) => (a.from === one.participantId ? -1 : 1) - (b.from === one.participantId ? -1 : 1)),
    [one.participantId, pageId].map((from) => describeData(from, "t", patternBytes(LARGE_BYTES))),
  );
  await Promise.all([bots.leave(one), bots.leave(two)]);
  assert.deepEqual(bots.complaints, []);
});

test(
  "at 10 % loss each way reliable messages all arrive in order; of lossy ones most do, and none twice",
  NEEDS_CHROMIUM,
  async (t) => {
    const lossy = { loss: { kind: "uniform", probability: 0.1 }, delayMs: 10 } as const;
    const impairment = new Impairment({ seed: 3, uplink: lossy, downlink: lossy });
    t.after(() => impairment.close());
    const ann = await openPage("loss", "ann");
    const bob = await openPage("loss", "bob", { impairment });
    const numbers = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all([
      ann.sendPaced(numbers, 5, { topic: "reliable" }),
      ann.sendPaced(numbers, 5, { topic: "lossy", reliable: false }),
      bob.sendPaced(numbers, 5, { topic: "reliable" }),
      bob.sendPaced(numbers, 5, { topic: "lossy", reliable: false }),
    ]);
    for (const page of [ann, bob]) {
      assert.deepEqual(textsOf(await page.hears(300, "reliable", 30_000)), numbers);
      const arrived = textsOf((await page.heard()).filter(({ topic }) => topic === "lossy"));
      t.diagnostic(`${arrived.length} of 300 lossy messages arrived`);
      assert.equal(new Set(arrived).size, arrived.length);
      assert.ok(arrived.length > 200 && arrived.length < 300, String(arrived.length));
    }
  },
);

test("[RM58] a reader that never reads costs a bounded buffer, and the others nothing", NEEDS_CHROMIUM, async (t) => {
  const ann = await openPage("frozen", "ann");
  const bob = await openPage("frozen", "bob");
  const peer = await forkPeer(t, "frozen", "peer");
  const dropped = () => node.watch.drops().dataBufferFull ?? 0;
  const before = { dropped: dropped(), bytes: workerBytes() };
  peer.setFrozen(true);
  // 24 MB, under the rate that is allowed.
  const messages = Array.from({ length: 120 }, () => LARGE_BYTES);
  for (let at = 0; at < messages.length; at += 20) {
    await ann.send(messages.slice(at, at + 20), { topic: "much" });
    await bob.hears(at + 20, "much", 20_000);
  }
  await until(
    "a count of what was dropped",
    10_000,
    () => dropped() > before.dropped,
    () => node.watch.drops(),
  );
  const grownMb = (workerBytes() - before.bytes) / 1e6;
  t.diagnostic(`the workers' memory grew by ${grownMb.toFixed(1)} MB, ${dropped() - before.dropped} messages were dropped`);
  assert.ok(grownMb < 60, `${grownMb} MB`);
  await until("a line in the log", 5_000, () => node.complaints.find((line) => line.includes("dataBufferFull")));
  node.complaints.length = 0;
});

test(
  "[RM51] without canPublishData nothing goes out, by channel or by request, and everything comes in",
  NEEDS_CHROMIUM,
  async () => {
    const ann = await openPage("permission", "ann");
    const mute = await openPage("permission", "mute", { grant: { canPublishData: false } });
    await mute.send(["by channel"], { topic: "t" });
    await mute.send(["by channel"], { topic: "t", reliable: false });
    await until("a line in the log", 5_000, () => node.complaints.find((line) => line.includes("notPermitted")));
    node.complaints.length = 0;
    await ann.send(["hi"], { topic: "t" });
    assert.deepEqual(textsOf(await mute.hears(1, "t")), ["hi"]);
    assert.deepEqual(await ann.heard(), []);
  },
);

test("kill -KILL of the worker: the new peer connections open their channels again", NEEDS_CHROMIUM, async () => {
  const [ann, bob] = [await openPage("struck", "ann"), await openPage("struck", "bob")];
  await ann.send([LARGE_BYTES], { topic: "before" });
  await bob.hears(1, "before");
  for (const pid of node.server.workerProcessIds) if (pid !== undefined) process.kill(pid, "SIGKILL");
  await until("new workers", 5_000, () => node.complaints.some((line) => line.includes("it is replaced")));
  // A message that only a channel can carry: it waits for one, unless it was in the channel that is lost.
  await until("a message through", 15_000, async () => {
    await ann.send([LARGE_BYTES], { topic: "after" }).catch(() => {});
    return (await bob.heard()).some(({ topic }) => topic === "after");
  });
  await Promise.all([ann.whenOpen(), bob.whenOpen()]);
  const complaints = node.complaints.filter((line) => !line.includes("it is replaced"));
  assert.deepEqual(complaints, []);
});

async function openPage(room: string, identity: string, options: Partial<ClientOptions> = {}): Promise<DataPage> {
  return DataPage.open(await browser.openClient(node.url, { room, identity, ...options }));
}

async function forkPeer(t: TestContext, room: string, identity: string): Promise<ForkedPeer<LibdatachannelDataPeer>> {
  const options = { url: node.webSocketUrl, token: await node.token(room, identity) };
  return ForkedPeer.fork<LibdatachannelDataPeer>(t, "libdatachannel-data-process.js", options);
}

async function peerHears(peer: ForkedPeer<LibdatachannelDataPeer>, count: number, topic: string): Promise<HeardData[]> {
  return until(`${count} messages about ${topic} at libdatachannel`, 10_000, async () => {
    const heard = (await peer.call("heard")).filter((message) => message.topic === topic);
    return heard.length >= count && heard;
  });
}

/**
 * Sends a short and the longest message again and again until one of each has come, whole, and none twice; each has a topic of its own.
 * Beside long messages that is no matter of course: where a browser's socket is full the kernel drops what comes.
 *
 * @returns how many were sent
 */
async function lossyMessages(
  from: string,
  send: (content: DataContent, topic: string) => Promise<void>,
  heard: () => Promise<HeardData[]>,
): Promise<number> {
  const sent = new Map<string, HeardData>();
  await until("a lossy message of each length", 10_000, async () => {
    for (const [content, payload] of LOSSY_CONTENTS) {
      const topic = `lossy ${sent.size}`;
      sent.set(topic, describeData(from, topic, payload));
      await send(content, topic);
    }
    const arrived = (await heard()).filter(({ topic }) => sent.has(topic));
    assert.equal(new Set(arrived.map(({ topic }) => topic)).size, arrived.length, "none comes twice");
    for (const message of arrived) assert.deepEqual(message, sent.get(message.topic));
    return new Set(arrived.map((message) => message.bytes)).size === LOSSY_CONTENTS.length;
  });
  return sent.size;
}

function textsOf(heard: readonly HeardData[]): string[] {
  return heard.map(({ text }) => text);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function workerBytes(): number {
  return node.server.workerProcessIds.reduce((sum: number, pid) => sum + (residentBytes(pid ?? 0) ?? 0), 0);
}
