/**
 * WHIP (RFC 9725) and WHEP by a browser that has nothing but a peer connection and fetch; livekit-client watches, and so does our SDK.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

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

async function watch(room: string): Promise<LiveKitPage> {
  const page = await browser.openLiveKit(node.url, "viewer");
  await page.connect(node.url, await node.token(room, "viewer"), { room: { singlePeerConnection: true } });
  return page;
}

/** Of the encoder's track from this source, once it is there. */
function sidOf(viewer: LiveKitPage, source: "camera" | "microphone"): Promise<string> {
  return until(`the encoder's ${source}`, 10_000, () =>
    viewer.page.evaluate((wanted) => {
      const encoder = window.livekitRoom.remoteParticipants.get("encoder");
      return [...(encoder?.trackPublications.values() ?? [])].find((each) => each.source === wanted)?.trackSid ?? false;
    }, source),
  );
}

const isEncoder = ({ args }: { readonly args: readonly unknown[] }) => args.includes("encoder");

test("what is published by WHIP is seen and heard, over an ICE restart too, until DELETE", NEEDS_CHROMIUM, async () => {
  const viewer = await watch("whip");
  const encoder = await browser.openWhip(node.url, "whip", "encoder");
  const { status, location, etag, body } = await encoder.publish();
  assert.equal(status, 201, body);
  assert.match(location, /^\/whip\/v1\/PA_/);
  await viewer.saw("participantConnected", isEncoder);
  const [video, audio] = [await sidOf(viewer, "camera"), await sidOf(viewer, "microphone")];
  await viewer.attach(video);
  const before = await viewer.plays(video);
  assert.equal(before.frameHeight, 360);
  await viewer.attach(audio);
  await until("sound", 10_000, async () => ((await viewer.received(audio))?.totalAudioEnergy ?? 0) > 0);
  const trickled = await encoder.request(location, "PATCH", { ifMatch: etag, body: "a=end-of-candidates\r\n" });
  assert.equal(trickled.status, 204, trickled.body);
  const restarted = await encoder.restartIce(location);
  assert.equal(restarted.status, 200, restarted.body);
  assert.notEqual(restarted.etag, etag);
  assert.equal((await encoder.request(location, "PATCH", { ifMatch: etag })).status, 412);
  await encoder.connected();
  await viewer.plays(video);
  assert.equal((await encoder.request(location, "DELETE")).status, 200);
  await viewer.saw("participantDisconnected", isEncoder);
  await Promise.all([encoder.close(), viewer.close()]);
});

test("simulcast by rid: a viewer gets the layer that it asks for", NEEDS_CHROMIUM, async () => {
  const viewer = await watch("whip-simulcast");
  const encoder = await browser.openWhip(node.url, "whip-simulcast", "encoder");
  const { status, body } = await encoder.publish({ rids: ["0", "1"] });
  assert.equal(status, 201, body);
  const video = await sidOf(viewer, "camera");
  await viewer.attach(video);
  const height = (wanted: number) =>
    until(`a picture of ${wanted} lines`, 20_000, async () => (await viewer.received(video))?.frameHeight === wanted);
  const ask = (quality: number) =>
    viewer.page.evaluate(
      ([sid, wanted]) => {
        const encoderPublications = window.livekitRoom.remoteParticipants.get("encoder")?.trackPublications;
        const publication = encoderPublications?.get(sid) as { setVideoQuality(quality: number): void } | undefined;
        publication?.setVideoQuality(wanted);
      },
      [video, quality] as const,
    );
  await height(360);
  await ask(0);
  await height(180);
  await ask(1);
  await height(360);
  await Promise.all([encoder.close(), viewer.close()]);
});

test("an encoder that hangs up without a word has left; our own SDK sees it come and go", NEEDS_CHROMIUM, async () => {
  const viewer = await browser.openClient(node.url, { room: "whip-own", identity: "viewer" });
  const encoder = await browser.openWhip(node.url, "whip-own", "encoder");
  assert.equal((await encoder.publish({ rids: ["f", "h"] })).status, 201);
  const encoderTracks = () =>
    viewer.page.evaluate(() => {
      const participant = [...(window.sluiceRoom?.participants.values() ?? [])].find((each) => each.identity === "encoder");
      return participant === undefined ? -1 : [...participant.tracks.values()].filter((track) => track.mediaStreamTrack).length;
    });
  await until("two tracks", 10_000, async () => (await encoderTracks()) === 2);
  await encoder.connected();
  await encoder.hangUp();
  await until("the encoder to have left", 45_000, async () => (await encoderTracks()) === -1);
  assert.deepEqual(node.complaints, []);
  await Promise.all([encoder.close(), viewer.close()]);
});

test("what is published by WHIP is played by WHEP, and every session ends by itself", NEEDS_CHROMIUM, async () => {
  const [encoder, player] = [
    await browser.openWhip(node.url, "whep", "encoder"),
    await browser.openWhep(node.url, "whep", "player"),
  ];
  assert.equal((await player.play()).status, 409, "nothing is sent yet");
  assert.equal((await encoder.publish({ rids: ["f", "h"] })).status, 201);
  const { status, location, body } = await player.play("?participant=encoder");
  assert.equal(status, 201, body);
  await player.plays();
  assert.equal(await player.end(location), 200);
  const again = await player.play();
  assert.equal(again.status, 201, again.body);
  await player.plays();
  assert.deepEqual(node.complaints, []);
  await Promise.all([encoder.close(), player.close()]);
});
