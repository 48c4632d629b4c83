import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { RandomGenerator } from "@sluice/netem";
import type { PublishOptions } from "@sluice/sdk";
import { Browser } from "./browser.js";
import type { ClientPage, SentVideo } from "./client-page.js";
import { NEEDS_CHROMIUM } from "./programs.js";
import { compareFrames } from "./seen-frames.js";
import { TestNode } from "./test-node.js";

/** Three layers need this much in Chromium. */
const COUNTER = { width: 960, height: 540, framesPerSecond: 15 } as const;
/** A layer halves the size of the next; a browser may round. */
const HEIGHTS = [COUNTER.height / 4, COUNTER.height / 2, COUNTER.height] as const;
const SWITCHES = 100;
/** Between a switch that was seen and the next, ms at most. */
const MAX_DWELL_MS = 100;
const MAX_LATENESS_MS = 200;
/** A layer that the publisher sends is shown within so long, ms; only time in which it is sent counts. */
const MAX_SWITCH_MS = 10_000;
/** A browser that leaves a layer out on its own account, for want of processor time or by its estimate, may do so for so long, ms. */
const MAX_ABSENCE_MS = 40_000;
/** Longer than a frame, so that of a layer that is sent there is a new one each time. */
const POLL_INTERVAL_MS = 100;
/** For one case, ms: it takes a quarter of it on two cores that do nothing else. */
const TIMEOUT_MS = 140_000;

/**
 * Declares a test of frame integrity for each case: a real decoder across forced layer switches, told from its pictures frame by
 * frame.
 *
 * @param cases how the picture is published; a busy machine shall cost frames, not layers
 */
export function testLayerSwitches(cases: readonly PublishOptions[]): void {
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

  for (const options of cases) {
    const name = [options.codec, options.scalabilityMode].filter((part) => part !== undefined).join(" ");
    const limits = { timeout: TIMEOUT_MS, ...NEEDS_CHROMIUM };
    test(`${SWITCHES} forced switches of ${name}: no frame skipped backwards, corrupt or late`, limits, async (t) => {
      const room = `switches-${name.replaceAll(" ", "-")}`;
      const open = async (identity: string) => {
        const page = await browser.openClient(node.url, { room, identity });
        t.after(() => page.close());
        return page;
      };
      const [publisher, viewer, beside] = [await open("ann"), await open("bob"), await open("cat")];
      const trackId = await publisher.publishCounter(COUNTER, { ...options, degradationPreference: "maintain-resolution" });
      for (const page of [viewer, beside]) {
        await page.watchCounter(trackId);
        await shows(page, publisher, 2);
      }

      const random = new RandomGenerator(7);
      const from = Date.now();
      let layer = 2;
      const took: number[] = [];
      for (let count = 0; count < SWITCHES; count++) {
        layer = (layer + 1 + (random.nextUint32() % 2)) % 3;
        const started = performance.now();
        await viewer.setLayers(trackId, layer, random.nextUint32() % 3);
        await shows(viewer, publisher, layer);
        took.push(performance.now() - started);
        await delay(random.nextUint32() % MAX_DWELL_MS);
      }
      const seen = compareFrames(await publisher.drawn(), await viewer.seen(), { from, beside: await beside.seen() });
      took.sort((a, b) => a - b);
      t.diagnostic(JSON.stringify({ switchP50Ms: took[SWITCHES / 2], switchMaxMs: took.at(-1), ...seen }));
      assert.equal(seen.corrupt, 0, "corrupt pictures");
      assert.equal(seen.backwards, 0, "pictures from before the last");
      assert.ok(seen.worstLagMs <= MAX_LATENESS_MS, `a frame came ${seen.worstLagMs} ms late`);
    });
  }
}

/** Waits until the picture is of this spatial layer. That the browser does not send it is told from that we do not pass it on. */
async function shows(viewer: ClientPage, publisher: ClientPage, layer: number): Promise<void> {
  const wanted = HEIGHTS[layer] ?? 0;
  const isOfLayer = (height: number) => Math.abs(height - wanted) < wanted / 4;
  // With layers in one stream the browser tells the highest alone.
  const isSent = ({ rid, height }: SentVideo) => (rid === undefined ? height > wanted * 0.75 : isOfLayer(height));
  let [sentMs, absentMs, before] = [0, 0, performance.now()];
  let framesBefore = Number.POSITIVE_INFINITY;
  let sent: readonly SentVideo[] = [];
  while (sentMs <= MAX_SWITCH_MS && absentMs <= MAX_ABSENCE_MS) {
    const [{ height }, streams] = await Promise.all([viewer.shown(), publisher.sentVideo()]);
    if (isOfLayer(height)) return;
    sent = streams;
    const frames = sent.filter(isSent).reduce((sum, { framesSent }) => sum + framesSent, 0);
    const now = performance.now();
    if (frames > framesBefore) sentMs += now - before;
    else absentMs += now - before;
    [before, framesBefore] = [now, frames];
    await delay(POLL_INTERVAL_MS);
  }
  const what = absentMs > MAX_ABSENCE_MS ? "the publisher does not send" : "sent, but not shown:";
  assert.fail(
    `${what} layer ${layer}: ${JSON.stringify({ sent, ...(await viewer.shown()), viewer: await viewer.ownStats() })}`,
  );
}
