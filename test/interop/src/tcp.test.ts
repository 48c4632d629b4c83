/** Clients whose networks let no UDP out: ICE over TCP (RFC 6544), where LiveKit's clients expect it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { selectedProtocols } from "./harness/tcp-only.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

let behindFirewall: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip === false) behindFirewall = await Browser.launch({ isTcpOnly: true });
});

after(() => behindFirewall?.close());

for (const packetPath of ["auto", "portable"] as const) {
  test(`our SDK by TCP, others by UDP: picture and sound both ways (packet path ${packetPath})`, NEEDS_CHROMIUM, async (t) => {
    const node = await TestNode.start({ flags: { "packet-path": packetPath } });
    t.after(() => node.close());
    const bots = new Bots();
    t.after(() => bots.close());
    const bot = await bots.join(node, "tcp", "bot");
    const ann = await behindFirewall.join(node.url, { room: "tcp", identity: "ann", codec: "vp8" });
    const reports = await receiving(bot, 2);
    assert.deepEqual(
      reports.map(({ lost }) => lost),
      [0, 0],
      "packets lost",
    );
    await ann.playing();
    assert.deepEqual(await selectedProtocols(ann.page), ["tcp"]);
    await ann.page.context().close();
    assert.deepEqual([...node.complaints, ...bots.complaints], []);
  });
}

for (const singlePeerConnection of [true, false]) {
  const form = singlePeerConnection ? "one peer connection" : "two peer connections";

  test(`livekit-client by TCP, with ${form}: picture and sound`, NEEDS_CHROMIUM, async (t) => {
    const node = await TestNode.start();
    t.after(() => node.close());
    const join = async (identity: string) => {
      const page = await behindFirewall.openLiveKit(node.url, identity);
      await page.connect(node.url, await node.token("tcp", identity), { room: { singlePeerConnection } });
      return page;
    };
    const [ann, bob] = [await join("ann"), await join("bob")];
    for (const [from, to] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const video = await from.publishVideo({ codec: "vp8", width: 640, height: 360 });
      const audio = await from.publishAudio();
      await to.attach(video);
      await to.plays(video);
      await until("sound", 15_000, async () => ((await to.received(audio))?.packetsReceived ?? 0) > 20);
    }
    for (const { page } of [ann, bob]) {
      const protocols = await selectedProtocols(page);
      assert.deepEqual(protocols, singlePeerConnection ? ["tcp"] : ["tcp", "tcp"]);
    }
    await ann.close();
    await bob.close();
    assert.deepEqual(node.complaints, []);
  });
}

test("who can use UDP does, though TCP is offered", NEEDS_CHROMIUM, async (t) => {
  const node = await TestNode.start();
  t.after(() => node.close());
  const open = await Browser.launch();
  t.after(() => open.close());
  const bots = new Bots();
  t.after(() => bots.close());
  await bots.join(node, "udp", "bot");
  const ann = await open.join(node.url, { room: "udp", identity: "ann", codec: "vp8" });
  await ann.playing();
  const selected = await ann.page.evaluate(async () => {
    const stats = [...((await window.sluiceRoom?.getPeerConnectionStats())?.values() ?? [])];
    const transport = stats.find(({ type }) => type === "transport");
    const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
    return stats.find(({ id }) => id === pair?.remoteCandidateId)?.protocol;
  });
  assert.equal(selected, "udp");
});
