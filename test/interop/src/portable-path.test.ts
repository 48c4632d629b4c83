import assert from "node:assert/strict";
import { test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";

test("a node on the portable packet path serves bots and a browser just as well", NEEDS_CHROMIUM, async (t) => {
  const node = await TestNode.start({ flags: { "packet-path": "portable" } });
  t.after(() => node.close());
  const browser = await Browser.launch();
  t.after(() => browser.close());
  const bots = new Bots();
  t.after(() => bots.close());
  assert.match(node.server.packetPaths.join(), /^portable/);

  const [one, two] = [await bots.join(node, "portable", "bot1"), await bots.join(node, "portable", "bot2")];
  const page = await browser.join(node.url, { room: "portable", identity: "ann", codec: "vp8" });
  for (const bot of [one, two]) {
    const losses = (await receiving(bot, 4, 60)).map(({ lost }) => lost);
    assert.deepEqual(losses, [0, 0, 0, 0], "packets lost");
  }
  const tracks = await page.playing(
    (received) => received.length === 4 && received.every(({ packetsReceived }) => packetsReceived > 50),
  );
  const losses = tracks.map(({ packetsLost }) => packetsLost);
  assert.deepEqual(losses, [0, 0, 0, 0], "packets lost");
  assert.deepEqual([...node.complaints, ...bots.complaints, ...browser.complaints], []);
});
