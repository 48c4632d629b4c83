import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { explainedLosses } from "./harness/explained-losses.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";

/** Containers often have none; that is a property of the machine, not something to install. */
const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));

if (HAS_IPV6) {
  test("bots and a browser meet over IPv6", NEEDS_CHROMIUM, async (t) => {
    const node = await TestNode.start({ host: "::1" });
    t.after(() => node.close());
    const browser = await Browser.launch();
    t.after(() => browser.close());
    const bots = new Bots();
    t.after(() => bots.close());
    assert.match(node.url, /^http:\/\/\[::1\]:\d+$/);

    const [one, two] = [await bots.join(node, "ipv6", "bot1"), await bots.join(node, "ipv6", "bot2")];
    const page = await browser.join(node.url, { room: "ipv6", identity: "ann", codec: "vp8" });
    for (const bot of [one, two]) await receiving(bot, 4);
    const receivers = [one, two].map((bot) => ({ identity: bot.identity, lost: () => bot.totals.lost }));
    await explainedLosses(node.url, "ipv6", receivers);
    await page.playing((tracks) => tracks.length === 4 && tracks.every(({ packetsReceived }) => packetsReceived > 0));
    assert.deepEqual([...node.complaints, ...bots.complaints, ...browser.complaints], []);
  });
} else {
  test("there is no IPv6 on this machine: nothing to test", () => undefined);
}
