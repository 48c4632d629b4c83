/**
 * Twenty bots and two browsers in one room for a minute. Everybody speaks and hears everybody; four bots and the browsers show
 * a picture: 22 pictures decoded twice over in software would measure the machine's two cores and not the node.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type HeadlessParticipant, socketDrops } from "@sluice/cli";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import type { DemoPage } from "./harness/demo-page.js";
import { explainedLosses } from "./harness/explained-losses.js";
import { NodeProcess } from "./harness/node-process.js";
import { residentBytes } from "./harness/process-memory.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { until } from "./harness/until.js";

const ROOM = "full";
const BOTS = 20;
const BOTS_WITH_PICTURE = 4;
const BROWSERS = ["ann", "bob"] as const;
/** The browsers have what the node and the bots leave of the processor: on a slow one their first pictures take a while. */
const BEGIN_TIMEOUT_MS = 60_000;
const STAY_MS = 60_000;
/** After this nothing new should have to be allocated: code is compiled, buffers have grown. */
const SETTLED_MS = 20_000;
const SAMPLE_INTERVAL_MS = 10_000;
/** Growth of what survives garbage collection, over {@link STAY_MS} less {@link SETTLED_MS}; a leak of one small object per packet would be 100 MB. */
const MAX_HEAP_GROWTH_BYTES = 1_500_000;
/** The rest of a process has pages it touches for the first time late. */
const MAX_RESIDENT_GROWTH_BYTES = 24_000_000;

/** Numbers skipped in all for another reason than that they never came from their publisher, of some 1,800,000 packets. */
const MAX_SKIPPED = 500;

/** What two browsers that are starved may lose unseen, of some 300,000 packets that they send and receive. */
const MAX_UNSEEN = 300;

interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number | undefined;
}

test("20 bots and 2 browsers for a minute: no packet lost without a reason, no memory gained", NEEDS_CHROMIUM, async (t) => {
  const node = await NodeProcess.start(1);
  t.after(() => node.close());
  const browser = await Browser.launch({ isYielding: true });
  t.after(() => browser.close());
  const bots = new Bots();
  t.after(() => bots.close());

  const members: HeadlessParticipant[] = [];
  for (let index = 0; index < BOTS; index++) {
    const publish = index < BOTS_WITH_PICTURE ? (["vp8", "opus"] as const) : (["opus"] as const);
    members.push(await bots.join(node, ROOM, `bot${index + 1}`, { publish }));
  }
  const pages = [];
  // One encoding each, and small windows, for the machine's sake: both pages are drawn in software.
  const simulcast = false;
  const viewport = { width: 400, height: 300 };
  for (const identity of BROWSERS) {
    pages.push(await browser.join(node.url, { room: ROOM, identity, codec: "vp8", simulcast, viewport }));
  }
  const tracks = BOTS + BOTS_WITH_PICTURE + 2 * BROWSERS.length;
  for (const [index, bot] of members.entries()) {
    await receiving(bot, tracks - (index < BOTS_WITH_PICTURE ? 2 : 1), 20, BEGIN_TIMEOUT_MS);
  }
  for (const page of pages)
    await page.playing((received) => received.filter(({ packetsReceived }) => packetsReceived > 0).length === tracks - 2);

  const startedMs = performance.now();
  const samples: { readonly atMs: number; readonly memories: Memory[] }[] = [];
  await until("end of the minute", STAY_MS + 10_000, async () => {
    const atMs = performance.now() - startedMs;
    if (atMs >= SETTLED_MS + samples.length * SAMPLE_INTERVAL_MS) samples.push({ atMs, memories: await memoriesOf(node) });
    return atMs >= STAY_MS;
  });

  await assertNothingLost(t, node, members, pages);
  for (const [index, name] of ["control process", "worker"].entries()) {
    const memories = samples.map((sample) => sample.memories[index]).filter((memory) => memory !== undefined);
    const heap = memories.map(({ heapBytes }) => heapBytes);
    const resident = memories.map((memory) => memory.residentBytes ?? 0);
    t.diagnostic(
      `${name}: live heap ${heap.map(inMegabytes).join(", ")} MB; resident ${resident.map(inMegabytes).join(", ")} MB`,
    );
    assert.ok(growthOf(heap) < MAX_HEAP_GROWTH_BYTES, `the heap of the ${name} grew by ${growthOf(heap)} bytes`);
    assert.ok(growthOf(resident) < MAX_RESIDENT_GROWTH_BYTES, `the ${name} grew by ${growthOf(resident)} bytes`);
  }
  assert.deepEqual([...node.complaints, ...bots.complaints, ...browser.complaints], []);
});

/** What the receivers miss is what the node knows it has not sent, and what the kernel dropped. */
async function assertNothingLost(
  t: TestContext,
  node: NodeProcess,
  bots: readonly HeadlessParticipant[],
  pages: readonly DemoPage[],
): Promise<void> {
  const receivers = [
    ...bots.map((bot) => ({ identity: bot.identity, lost: () => bot.totals.lost })),
    ...pages.map((page, index) => ({ identity: BROWSERS[index] ?? "", lost: () => page.packetsLost() })),
  ];
  const losses = await explainedLosses(node.url, ROOM, receivers, { unseen: MAX_UNSEEN });
  const received = bots.reduce((sum, { totals }) => sum + totals.packets, 0);
  t.diagnostic(`the bots received ${received} packets; ${losses.skipped} numbers were skipped`);
  t.diagnostic(JSON.stringify({ ...losses, ofTheNode: await node.socketDrops(), ofTheBots: socketDrops(process.pid) }));
  const skipped = losses.skipped - losses.lostUp * (receivers.length - 1);
  assert.ok(skipped <= MAX_SKIPPED, `${skipped} numbers were skipped that had come`);
}

async function memoriesOf(node: NodeProcess): Promise<Memory[]> {
  return Promise.all(
    [node.control, ...node.workers].map(async (inspector) => {
      return { heapBytes: await inspector.liveHeapBytes(), residentBytes: residentBytes(await inspector.pid()) };
    }),
  );
}

function growthOf(samples: readonly number[]): number {
  return (samples.at(-1) ?? 0) - (samples[0] ?? 0);
}

function inMegabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
