/** Chromium sends a picture in several sizes, and of those only what somebody watches. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import type { ClientPage } from "./harness/client-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const COUNTER = { width: 1280, height: 720, framesPerSecond: 15 };
/** The node waits 5 s before it gives up a layer that nobody watches. */
const UNWATCHED_MS = 5_000;
/** Between a request at the node and what the publisher's statistics show of it. */
const PATIENCE_MS = 8_000;
/** A browser tries what its path carries before it sends everything it may; when its first probes fail it creeps up by 8 % a second. */
const RAMP_MS = 40_000;

/** The one encoding of a track without simulcast, which has no rid. */
const SINGLE = "single";
/** An encoding that sent no frame for so long sends none. */
const SAMPLE_MS = 700;

/** As much of RTCOutboundRtpStreamStats as is looked at. */
interface SentEncoding {
  readonly rid?: string;
  readonly active?: boolean;
  readonly framesSent: number;
  readonly scalabilityMode?: string;
}

let node: TestNode;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch()]);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

test("simulcast: three encodings, and each ends 5 s after the last who watched it", NEEDS_CHROMIUM, async () => {
  const ann = await browser.openClient(node.url, { room: "dynacast", identity: "ann" });
  const bob = await browser.openClient(node.url, { room: "dynacast", identity: "bob" });
  const trackId = await ann.publishCounter(COUNTER, { source: "camera", codec: "vp8" });
  await flowing(ann, ["q", "h", "f"], RAMP_MS);

  await bob.watchCounter(trackId);
  await shownWith(bob, 720);

  const askedMs = performance.now();
  await setLayers(bob, trackId, { width: 320, height: 180 });
  await shownWith(bob, 180);
  await flowing(ann, ["q"]);
  assert.ok(performance.now() - askedMs >= UNWATCHED_MS - 100, "a layer is not given up before 5 s");

  await setLayers(bob, trackId, { maxSpatialLayer: 1 });
  await flowing(ann, ["q", "h"]);
  await shownWith(bob, 360);
  await setLayers(bob, trackId, {});
  await flowing(ann, ["q", "h", "f"], RAMP_MS);
  await shownWith(bob, 720);

  await setPaused(bob, trackId, true);
  await flowing(ann, []);
  await setPaused(bob, trackId, false);
  await flowing(ann, ["q", "h", "f"], RAMP_MS);
  await closeAll(ann, bob);
});

test("a peer connection that replaces another sends only what is watched", NEEDS_CHROMIUM, async (t) => {
  const ann = await browser.openClient(node.url, { room: "dynacast-again", identity: "ann" });
  const bob = await browser.openClient(node.url, { room: "dynacast-again", identity: "bob" });
  const trackId = await ann.publishCounter(COUNTER, { source: "camera", codec: "vp8" });
  await setLayers(bob, trackId, { maxSpatialLayer: 0 });
  await flowing(ann, ["q"]);
  const [worker] = node.watch.loads.keys();
  assert.ok(worker !== undefined);
  process.kill(worker, "SIGKILL");
  t.diagnostic("the worker was killed");
  await flowing(ann, ["q"], 20_000);
  node.complaints.length = 0;
  await closeAll(ann, bob);
});

test("VP9: one stream with spatial layers, which ends when nobody watches any", NEEDS_CHROMIUM, async () => {
  const ann = await browser.openClient(node.url, { room: "dynacast-svc", identity: "ann" });
  const bob = await browser.openClient(node.url, { room: "dynacast-svc", identity: "bob" });
  const trackId = await ann.publishCounter(COUNTER, { source: "camera", codec: "vp9" });
  await flowing(ann, [SINGLE]);
  const [encoding] = await sentEncodings(ann);
  assert.equal(encoding?.scalabilityMode, "L3T3_KEY");
  const layers = await bob.page.evaluate((id) => {
    const [participant] = window.sluiceRoom?.participants ?? [];
    return participant?.tracks.get(id)?.layers.map(({ width, height }) => `${width}x${height}`);
  }, trackId);
  assert.deepEqual(layers, ["320x180", "640x360", "1280x720"]);
  await setPaused(bob, trackId, true);
  await flowing(ann, []);
  await setPaused(bob, trackId, false);
  await flowing(ann, [SINGLE]);
  await closeAll(ann, bob);
});

test("the demo page asks for what its tiles show", NEEDS_CHROMIUM, async () => {
  const ann = await browser.openClient(node.url, { room: "dynacast-demo", identity: "ann" });
  await ann.publishCounter(COUNTER, { source: "camera", codec: "vp8" });
  const viewport = { width: 560, height: 780 };
  const bob = await browser.join(node.url, { room: "dynacast-demo", identity: "bob", viewport, synthetic: true });
  await flowing(ann, ["q", "h"], 15_000);
  await bob.page.setViewportSize({ width: 1600, height: 1000 });
  await flowing(ann, ["q", "h", "f"], RAMP_MS);
  await bob.page.evaluate(() => {
    for (const tile of document.querySelectorAll<HTMLElement>("figure.tile")) tile.style.display = "none";
  });
  await flowing(ann, []);
  await ann.page.context().close();
  await bob.page.context().close();
  assert.deepEqual(node.complaints, []);
});

/** Waits until exactly the encodings with these rids are switched on and have sent frames for a while. */
async function flowing(page: ClientPage, rids: readonly string[], patienceMs = UNWATCHED_MS + PATIENCE_MS): Promise<void> {
  const wanted = [...rids].sort().join();
  const samples: { readonly atMs: number; readonly frames: ReadonlyMap<string, number> }[] = [];
  let seen = "";
  await until(
    `encodings "${wanted}"`,
    patienceMs,
    async () => {
      const encodings = await sentEncodings(page);
      const atMs = performance.now();
      const before = samples.findLast((sample) => sample.atMs <= atMs - SAMPLE_MS);
      samples.push({ atMs, frames: new Map(encodings.map(({ rid = SINGLE, framesSent }) => [rid, framesSent])) });
      const ridsOf = (chosen: readonly SentEncoding[]) =>
        chosen
          .map(({ rid = SINGLE }) => rid)
          .sort()
          .join();
      const sending = encodings.filter(({ rid = SINGLE, framesSent }) => framesSent > (before?.frames.get(rid) ?? framesSent));
      const active = encodings.filter((encoding) => encoding.active !== false);
      seen = `sending "${ridsOf(sending)}", active "${ridsOf(active)}"`;
      return before !== undefined && ridsOf(sending) === wanted && ridsOf(active) === wanted;
    },
    () => seen,
  );
}

/** Waits until pictures of this height are decoded, whole ones. */
async function shownWith(page: ClientPage, height: number): Promise<void> {
  await until(
    `pictures ${height} pixels high`,
    RAMP_MS,
    async () => (await page.seen()).at(-1)?.height === height,
    async () => (await page.seen()).at(-1),
  );
  const corrupt = (await page.seen()).filter(({ frame }) => frame < 0);
  assert.deepEqual(corrupt, []);
}

function sentEncodings({ page }: ClientPage): Promise<SentEncoding[]> {
  return page.evaluate(async () => {
    const report = await window.sluiceRoom?.getPeerConnectionStats();
    return [...(report?.values() ?? [])].filter(({ type, kind }) => type === "outbound-rtp" && kind === "video");
  });
}

function setLayers({ page }: ClientPage, trackId: string, layers: object): Promise<void> {
  return page.evaluate(async ([id, wanted]) => window.sluiceRoom?.setLayers(id, wanted), [trackId, layers] as const);
}

function setPaused({ page }: ClientPage, trackId: string, paused: boolean): Promise<void> {
  return page.evaluate(async ([id, isPaused]) => window.sluiceRoom?.setPaused(id, isPaused), [trackId, paused] as const);
}

async function closeAll(...pages: readonly ClientPage[]): Promise<void> {
  await Promise.all(pages.map(({ page }) => page.context().close()));
  assert.deepEqual(node.complaints, [], "warnings in the node's log");
}
