import assert from "node:assert/strict";
import { test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { explainedLosses } from "./harness/explained-losses.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";

const ROOM = "portable";
const MIN_PACKETS = 60;
/** Of what the bots receive: a frame is broken off now and then where the machine is busy, and most are not. */
const MAX_SKIPPED_RATIO = 0.05;

test("a node on the portable packet path serves bots and a browser just as well", NEEDS_CHROMIUM, async (t) => {
  const node = await TestNode.start({ flags: { "packet-path": "portable" } });
  t.after(() => node.close());
  const browser = await Browser.launch();
  t.after(() => browser.close());
  const bots = new Bots();
  t.after(() => bots.close());
  assert.match(node.server.packetPaths.join(), /^portable/);

  const members = [await bots.join(node, ROOM, "bot1"), await bots.join(node, ROOM, "bot2")];
  const page = await browser.join(node.url, { room: ROOM, identity: "ann", codec: "vp8" });
  for (const bot of members) await receiving(bot, 4, MIN_PACKETS);
  await page.playing(
    (received) => received.length === 4 && received.every(({ packetsReceived }) => packetsReceived >= MIN_PACKETS),
  );

  const losses = await explainedLosses(node.url, ROOM, [
    ...members.map((bot) => ({ identity: bot.identity, lost: () => bot.totals.lost })),
    { identity: "ann", lost: () => page.packetsLost() },
  ]);
  t.diagnostic(JSON.stringify(losses));
  const received = members.reduce((sum, { totals }) => sum + totals.packets, 0);
  assert.ok(losses.skipped <= MAX_SKIPPED_RATIO * received, `${losses.skipped} numbers skipped of ${received}`);
  const counters = node.watch.drops();
  assert.ok((counters["udp.sentDatagrams"] ?? 0) > received, "the node's counters were not seen");
  const dropped = Object.entries(counters).filter(([cause, count]) => cause.startsWith("udp.dropped") && count > 0);
  assert.deepEqual(dropped, [], "what the node's own sockets dropped");
  assert.deepEqual([...node.complaints, ...bots.complaints, ...browser.complaints], []);
});
