/** A media worker that dies takes nobody's meeting with it: not its own rooms' for long, the others' not at all. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { HeadlessParticipant } from "@sluice/cli";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import { type DemoPage, hasPictureAndSound } from "./harness/demo-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** From the kill to media again, at everybody; on a machine that is busy, so much of the time that two bots and a page take to join. */
const MAX_INTERRUPTION_MS = 3_000;
const MAX_INTERRUPTION_SHARE = 2;

interface RoomUnderTest {
  readonly bots: readonly HeadlessParticipant[];
  readonly page: DemoPage;
  readonly workerPid: number;
}

let node: TestNode;
let browser: Browser;
const bots = new Bots();

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start({ workers: 2 }), Browser.launch()]);
});

after(async () => {
  await bots.close();
  await browser?.close();
  await node?.close();
});

test("kill -SEGV of a worker: its room has media again within 3 s, another room loses no packet", NEEDS_CHROMIUM, async (t) => {
  const openingMs = performance.now();
  const struck = await openRoom("struck");
  const joinMs = performance.now() - openingMs;
  const spared = await openRoom("spared");
  assert.notEqual(struck.workerPid, spared.workerPid, "rooms are spread over the workers");
  const packetsBefore = packetsOf(struck);
  const ssrcsBefore = new Set((await struck.page.received()).map(({ ssrc }) => ssrc));
  const sparedFramesBefore = framesOf(spared);

  const killedMs = performance.now();
  process.kill(struck.workerPid, "SIGSEGV");
  await until("media again", 15_000, () => hasNewStreams(struck, packetsBefore));
  const botsMs = performance.now() - killedMs;
  await until("picture and sound in the browser again", 15_000, async () => {
    const tracks = (await struck.page.received()).filter(({ ssrc }) => !ssrcsBefore.has(ssrc));
    return (
      tracks.length >= 4 &&
      tracks.every(({ packetsReceived }) => packetsReceived > 0) &&
      tracks.some(({ framesDecoded }) => framesDecoded > 0)
    );
  });
  const browserMs = performance.now() - killedMs;
  t.diagnostic(`media again at the bots after ${botsMs.toFixed(0)} ms, in the browser after ${browserMs.toFixed(0)} ms`);
  t.diagnostic(`all had joined after ${joinMs.toFixed(0)} ms`);
  const limitMs = Math.max(MAX_INTERRUPTION_MS, MAX_INTERRUPTION_SHARE * joinMs);
  assert.ok(Math.max(botsMs, browserMs) < limitMs, `${Math.max(botsMs, browserMs)} of ${limitMs} ms`);

  const { workerProcessIds } = node.server;
  assert.ok(!workerProcessIds.includes(struck.workerPid), "the dead worker is replaced");
  assert.ok(workerProcessIds.includes(spared.workerPid), "the other one is still there");
  await until("frames in the spared room", 5_000, () => framesOf(spared) > sparedFramesBefore + 50);
  for (const bot of spared.bots) assert.equal(bot.totals.lost, 0, `${bot.identity} lost packets`);
  const tracks = await spared.page.received();
  assert.deepEqual(
    tracks.map(({ packetsLost }) => packetsLost),
    [0, 0, 0, 0],
    "packets lost by the browser in the spared room",
  );
  assert.deepEqual(bots.complaints, []);
  assert.deepEqual(
    node.complaints.filter((line) => !line.includes("media worker died; it is replaced")),
    [],
  );
});

/** Two bots and a browser that all see and hear each other. */
async function openRoom(room: string): Promise<RoomUnderTest> {
  const idle = new Set(node.server.workerProcessIds.filter((pid) => pid !== undefined && transportsOf(pid) === 0));
  const members = [await bots.join(node, room, `${room}-1`), await bots.join(node, room, `${room}-2`)];
  const page = await browser.join(node.url, { room, identity: `${room}-page`, codec: "vp8" });
  for (const bot of members) await receiving(bot, 4);
  await page.playing((tracks) => tracks.length >= 4 && hasPictureAndSound(tracks));
  const workerPid = await until("the worker of the room", 5_000, () => [...idle].find((pid) => transportsOf(pid) === 3));
  return { bots: members, page, workerPid: workerPid as number };
}

function transportsOf(pid: number | undefined): number {
  return node.watch.loads.get(pid ?? 0)?.transports ?? 0;
}

function packetsOf({ bots: members }: RoomUnderTest): ReadonlyMap<string, number> {
  const reports = members.flatMap((bot) =>
    bot.takeReports().map((report) => [`${bot.identity} ${report.track}`, report.packets] as const),
  );
  return new Map(reports);
}

/** Every track of every bot has gone on by more than what was under way at the kill. */
function hasNewStreams(room: RoomUnderTest, before: ReadonlyMap<string, number>): boolean {
  const now = packetsOf(room);
  return [...before].every(([track, packets]) => (now.get(track) ?? 0) >= packets + 10);
}

function framesOf({ bots: members }: RoomUnderTest): number {
  return Math.min(...members.flatMap((bot) => bot.takeReports().map(({ frames }) => frames)));
}
