/** libwebrtc outside of a browser, in the old build of @roamhq/wrtc: it offers AES-CM only, so it covers that SRTP profile. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { ForkedPeer } from "./harness/forked-peer.js";
import type { Decoded, LibwebrtcOptions, LibwebrtcPeer } from "./harness/libwebrtc-peer.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const MIN_FRAMES = 20;
const MIN_SAMPLES = 48_000;

let node: TestNode;
const bots = new Bots();

before(async () => {
  node = await TestNode.start();
});

after(async () => {
  await bots.close();
  await node.close();
});

test("libwebrtc decodes a bot's picture and hears its tone", async (t) => {
  const room = "libwebrtc-receives";
  const publisher = await bots.join(node, room, "publisher", { subscribe: false });
  const client = await join(t, room, "receiver", { isReceiving: true, isPublishing: false });
  await decoding(client);
  const inbound = await client.call("inbound");
  const losses = inbound.map(({ packetsLost }) => packetsLost);
  assert.deepEqual(losses, [0, 0], "packets lost");
  await client.call("leave");
  await client.kill();
  await bots.leave(publisher);
  assert.deepEqual([...node.complaints, ...bots.complaints], []);
});

test("what libwebrtc publishes arrives at a bot", async (t) => {
  const room = "libwebrtc-publishes";
  const client = await join(t, room, "publisher", { isReceiving: false, isPublishing: true });
  const receiver = await bots.join(node, room, "receiver", { publish: [] });
  const reports = await receiving(receiver, 2);
  const losses = reports.map(({ lost }) => lost);
  assert.deepEqual(losses, [0, 0], "packets lost");
  await client.call("leave");
  await client.kill();
  await bots.leave(receiver);
  assert.deepEqual([...node.complaints, ...bots.complaints], []);
});

test("libwebrtc and Chromium see and hear each other, each under its own SRTP profile", NEEDS_CHROMIUM, async (t) => {
  const room = "libwebrtc-and-chromium";
  const browser = await Browser.launch();
  t.after(() => browser.close());
  const page = await browser.join(node.url, { room, identity: "ann", codec: "vp8" });
  const client = await join(t, room, "bob", { isReceiving: true, isPublishing: true });
  await decoding(client);
  const tracks = await page.playing();
  const losses = tracks.map(({ packetsLost }) => packetsLost);
  assert.deepEqual(losses, [0, 0], "packets lost");
  await client.call("leave");
  await client.kill();
  assert.deepEqual([...node.complaints, ...browser.complaints], []);
});

async function join(
  t: TestContext,
  room: string,
  identity: string,
  role: Pick<LibwebrtcOptions, "isReceiving" | "isPublishing">,
) {
  const options: LibwebrtcOptions = { url: node.webSocketUrl, token: await node.token(room, identity), ...role };
  return ForkedPeer.fork<LibwebrtcPeer>(t, "libwebrtc-process.js", options);
}

/** Waits for a second of picture and of sound that is not silence. */
async function decoding(client: ForkedPeer<LibwebrtcPeer>): Promise<void> {
  let latest: Decoded | undefined;
  await until(
    "decoded picture and sound",
    15_000,
    async () => {
      latest = await client.call("decoded");
      return latest.frames >= MIN_FRAMES && latest.samples >= MIN_SAMPLES && latest.loudest > 0;
    },
    () => latest,
  );
}
