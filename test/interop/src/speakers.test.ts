/** Chromium speaks: who is dominant, whom a room of loudest speakers lets be heard, and what both sides count. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import type { ClientPage } from "./harness/client-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { roomStatistics } from "./harness/room-statistics.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

declare global {
  interface Window {
    /** Speaks from now on, or is silent but for the noise of a room. */
    sluiceSpeak?: (speaks: boolean) => void;
    sluiceDominant?: string | null;
  }
}

const PATIENCE_MS = 15_000;

let node: TestNode;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start({ flags: { "room.loudest-speakers": 1 } }), Browser.launch()]);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

test("who speaks becomes dominant and is heard, and only the loudest is", NEEDS_CHROMIUM, async () => {
  const [ann, bob, cat] = await Promise.all(
    ["ann", "bob", "cat"].map((identity) => browser.openClient(node.url, { room: "speakers", identity })),
  );
  assert.ok(ann !== undefined && bob !== undefined && cat !== undefined);
  const [annId, bobId] = await Promise.all([publishVoice(ann), publishVoice(bob), watchSpeakers(cat)]);
  await speak(ann, true);
  await until("Ann dominant", PATIENCE_MS, async () => (await dominant(cat)) === annId);
  await speak(ann, false);
  await speak(bob, true);
  await until("Bob dominant", PATIENCE_MS, async () => (await dominant(cat)) === bobId);

  // Ann's noise is not heard while Bob speaks: what is sent of her stands still while she goes on sending.
  await until("Ann withheld", PATIENCE_MS, async () => {
    const before = await packetsOf(annId, cat);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const later = await packetsOf(annId, cat);
    return later.sent - before.sent >= 25 && later.received - before.received <= 10;
  });
  await speak(ann, true);
  await speak(bob, false);
  await until("Ann dominant again", PATIENCE_MS, async () => (await dominant(cat)) === annId);
  const { lost, concealed } = await until("what Cat hears", PATIENCE_MS, () => heardBy(cat));
  assert.equal(lost, 0, "what is withheld is no loss");
  assert.ok(concealed < 0.5, `${concealed} of the sound was made up`);
  await closeAll(ann, bob, cat);
});

test("getStats has the server's view with the browser's beside it, and an admin's view agrees", NEEDS_CHROMIUM, async () => {
  const ann = await browser.openClient(node.url, { room: "numbers", identity: "ann" });
  const bob = await browser.openClient(node.url, { room: "numbers", identity: "bob" });
  const trackId = await ann.publishCounter(
    { width: 640, height: 360, framesPerSecond: 15 },
    { source: "camera", simulcast: false },
  );
  const seen = await until("statistics of the picture", PATIENCE_MS, async () => {
    const [up, down] = await Promise.all([statsOf(ann), statsOf(bob)]);
    const [published, subscribed] = [up?.published[0], down?.subscribed[0]];
    if (published?.browser?.width === undefined || subscribed?.browser?.width === undefined) return undefined;
    return (
      published.bitrateBps > 0 &&
      subscribed.bitrateBps > 0 &&
      up?.transport?.roundTripMs != null && { up, published, subscribed }
    );
  });
  assert.equal(seen.published.trackId, trackId);
  assert.equal(seen.subscribed.trackId, trackId);
  // The browser begins with a smaller picture than it was given.
  for (const { browser: of } of [seen.published, seen.subscribed])
    assert.ok([640, 480, 320].includes(of?.width ?? 0), `${of?.width}`);
  assert.equal(seen.up.transport?.quality, "excellent");
  assert.ok((seen.up.transport?.roundTripMs ?? 1e6) < 200, "round trip on loopback");
  assert.ok(seen.published.keyFrames >= 1);
  const { statistics } = await roomStatistics(node.url, "numbers");
  assert.equal(statistics[0]?.published[0]?.trackId, trackId);
  assert.equal(statistics[1]?.subscribed[0]?.participantId, statistics[0]?.participantId);
  await closeAll(ann, bob);
});

/** Publishes noise that is quiet, or as loud and uneven as speech; returns the participant's id. */
function publishVoice({ page }: ClientPage): Promise<string> {
  return page.evaluate(async () => {
    const context = new AudioContext();
    const noise = new AudioBufferSourceNode(context, { loop: true });
    const samples = new Float32Array(context.sampleRate * 2).map(() => Math.random() * 2 - 1);
    noise.buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate });
    noise.buffer.copyToChannel(samples, 0);
    const gain = new GainNode(context, { gain: 0.001 });
    const output = new MediaStreamAudioDestinationNode(context);
    noise.connect(gain).connect(output);
    noise.start();
    let [speaks, step] = [false, 0];
    window.sluiceSpeak = (now) => {
      speaks = now;
    };
    // Syllables of 180 ms with dips between them.
    setInterval(() => {
      step++;
      gain.gain.value = !speaks ? 0.001 : step % 4 === 0 ? 0.01 : 0.3;
    }, 60);
    const [track] = output.stream.getAudioTracks();
    if (track !== undefined) await window.sluiceRoom?.publish(track, { source: "microphone" });
    return window.sluiceRoom?.localParticipant.participantId ?? "";
  });
}

function watchSpeakers({ page }: ClientPage): Promise<void> {
  return page.evaluate(() => {
    window.sluiceRoom?.on("activeSpeakers", (_, dominantId) => {
      window.sluiceDominant = dominantId;
    });
    window.sluiceRoom?.on("trackSubscribed", (__, media) => {
      const element = new Audio();
      element.srcObject = new MediaStream([media]);
      void element.play();
    });
  });
}

function speak({ page }: ClientPage, speaks: boolean): Promise<void> {
  return page.evaluate((now) => window.sluiceSpeak?.(now), speaks);
}

function dominant({ page }: ClientPage): Promise<string | null | undefined> {
  return page.evaluate(() => window.sluiceDominant);
}

function statsOf({ page }: ClientPage) {
  return page.evaluate(() => window.sluiceRoom?.getStats());
}

/** Packets that the node has received of this participant, and that it has sent of it to the other. */
async function packetsOf(
  participantId: string,
  receiver: ClientPage,
): Promise<{ readonly sent: number; readonly received: number }> {
  const { statistics } = await roomStatistics(node.url, "speakers");
  const subscribed = (await statsOf(receiver))?.subscribed ?? [];
  return {
    sent: statistics.find((each) => each.participantId === participantId)?.published[0]?.packets ?? 0,
    received: subscribed.find((each) => each.participantId === participantId)?.packets ?? 0,
  };
}

/** What the browser says of everything it hears. */
function heardBy({ page }: ClientPage): Promise<{ readonly lost: number; readonly concealed: number } | undefined> {
  return page.evaluate(async () => {
    const report = await window.sluiceRoom?.getPeerConnectionStats();
    const inbound = [...(report?.values() ?? [])].filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
    if (inbound.length < 2) return undefined;
    const sum = (name: string) => inbound.reduce((total, stat) => total + (stat[name] ?? 0), 0);
    return {
      lost: sum("packetsLost"),
      concealed: (sum("concealedSamples") - sum("silentConcealedSamples")) / Math.max(1, sum("totalSamplesReceived")),
    };
  });
}

async function closeAll(...pages: readonly ClientPage[]): Promise<void> {
  await Promise.all(pages.map(({ page }) => page.context().close()));
  assert.deepEqual(node.complaints, [], "warnings in the node's log");
}
