/** The main job: two people in two browsers, on the demo page, through one node. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import type { DemoPage, ReceivedTrack } from "./harness/demo-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** RFC-less rule of thumb (ITU-R BT.1359): what people notice is beyond about 125 ms; the rest is the browser's estimate. */
const MAX_SKEW_MS = 150;
/** The fake microphone beeps once a second, with 0.1 of what the W3C calls audio energy. */
const SILENCE_MS = 1_500;
const MAX_SILENT_ENERGY = 0.000_1;

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

for (const codec of ["vp8", "h264", "vp9"] as const) {
  test(`two Chromium pages see and hear each other, in ${codec}`, NEEDS_CHROMIUM, async () => {
    const pages = await join(`call-${codec}`, codec);
    for (const page of pages) {
      const tracks = await page.playing();
      assert.deepEqual(
        tracks.map((track) => track.codec.toLowerCase()).sort(),
        ["audio/opus", `video/${codec}`],
        "one track of each kind, in the codec asked for",
      );
      assert.deepEqual(lossOf(tracks), [0, 0], "packets lost on loopback");
      await page.playing((later) => later.every((track, index) => isFurther(track, tracks[index])));
    }
    await closeAll(pages);
    assertHealthy();
  });
}

test("picture and sound stay in sync", NEEDS_CHROMIUM, async () => {
  const pages = await join("call-sync", "vp8");
  const [page] = pages;
  // A receiver moves sound and picture towards each other by some 80 ms a second (libwebrtc's StreamSynchronization), and both begin
  // where the machine was slow: wrong sender reports would keep them apart for good.
  let skewMs: number | undefined;
  await until(
    "sound and picture of one moment together",
    30_000,
    async () => {
      skewMs = skewOf(await page.received());
      return skewMs !== undefined && Math.abs(skewMs) < MAX_SKEW_MS;
    },
    () => `sound is played ${skewMs} ms before the picture of the same moment`,
  );
  await closeAll(pages);
  assertHealthy();
});

test("who mutes is shown as muted and not heard, and heard again after", NEEDS_CHROMIUM, async () => {
  const pages = await join("call-mute", "vp8");
  const [ann, bob] = pages;
  await bob.playing();
  await ann.press("Mic");
  await bob.tileShows("ann, muted");
  await ann.press("Camera");
  await until("picture taken away", 5_000, async () => (await bob.page.locator("figure.no-picture").count()) === 1);
  await silence(bob);

  await ann.press("Mic");
  await ann.press("Camera");
  await bob.tileShows("ann");
  const muted = await bob.received();
  await bob.playing((tracks) => tracks.every((track, index) => isFurther(track, muted[index])));
  assert.deepEqual(lossOf(await bob.received()), [0, 0], "a pause is not a loss");
  await closeAll(pages);
  assertHealthy();
});

test("who leaves is gone from the others' page", NEEDS_CHROMIUM, async () => {
  const pages = await join("call-leave", "vp8");
  const [ann, bob] = pages;
  await bob.tileShows("ann");
  await ann.press("Leave");
  await until("one tile", 5_000, async () => (await bob.tileLabels()).length === 1);
  assert.deepEqual(await bob.tileLabels(), ["bob (you)"]);
  assert.match(await ann.page.locator("body").innerText(), /You left the room/);
  await closeAll(pages);
  assertHealthy();
});

test("without a camera and a microphone there is a test picture and a tone", NEEDS_CHROMIUM, async (t) => {
  const bare = await Browser.launch({ hasDevices: false });
  t.after(() => bare.close());
  const ann = await bare.join(node.url, { room: "call-bare", identity: "ann" });
  const bob = await bare.join(node.url, { room: "call-bare", identity: "bob" });
  const devices = await ann.page.evaluate(() => navigator.mediaDevices.enumerateDevices());
  assert.deepEqual(devices, [], "devices of this browser");
  for (const page of [ann, bob]) {
    const tracks = await page.playing();
    assert.deepEqual(lossOf(tracks), [0, 0], "packets lost on loopback");
  }
  assert.deepEqual(bare.complaints, [], "errors and warnings on the pages' consoles");
  assertHealthy();
});

async function join(room: string, codec: "vp8" | "h264" | "vp9"): Promise<[DemoPage, DemoPage]> {
  return [
    await browser.join(node.url, { room, identity: "ann", codec }),
    await browser.join(node.url, { room, identity: "bob", codec }),
  ];
}

async function closeAll(pages: readonly DemoPage[]): Promise<void> {
  await Promise.all(pages.map(({ page }) => page.context().close()));
}

function assertHealthy(): void {
  assert.deepEqual(browser.complaints, [], "errors and warnings on the pages' consoles");
  assert.deepEqual(node.complaints, [], "warnings in the node's log");
}

/** What was under way when the button was pressed is still played; then nothing is heard for longer than between two beeps. */
async function silence(page: DemoPage): Promise<void> {
  let [heard, sinceMs] = [0, 0];
  await until("silence of a muted microphone", 8_000, async () => {
    const energy = audioEnergyOf(await page.received());
    if (energy - heard > MAX_SILENT_ENERGY) [heard, sinceMs] = [energy, performance.now()];
    return performance.now() - sinceMs > SILENCE_MS;
  });
}

function lossOf(tracks: readonly ReceivedTrack[]): number[] {
  return tracks.map(({ packetsLost }) => packetsLost);
}

function audioEnergyOf(tracks: readonly ReceivedTrack[]): number {
  return tracks.find(({ kind }) => kind === "audio")?.totalAudioEnergy ?? 0;
}

function isFurther(track: ReceivedTrack, before: ReceivedTrack | undefined): boolean {
  if (before === undefined) return false;
  return track.framesDecoded > before.framesDecoded || track.totalAudioEnergy > before.totalAudioEnergy;
}

function skewOf(tracks: readonly ReceivedTrack[]): number | undefined {
  const [audio, video] = (["audio", "video"] as const).map(
    (kind) => tracks.find((track) => track.kind === kind)?.estimatedPlayoutTimestamp,
  );
  return audio === undefined || video === undefined ? undefined : audio - video;
}
