/** Two of LiveKit's SDKs in one room: livekit-client in Chromium, and the one for Node, which is libwebrtc and Rust. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VideoCodec } from "@livekit/rtc-node";
import { Browser } from "./harness/browser.js";
import { ForkedPeer } from "./harness/forked-peer.js";
import { LiveKitDataPage } from "./harness/livekit-data-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import type { RtcNodePeer } from "./harness/rtc-node-peer.js";
import { TestNode } from "./harness/test-node.js";
import { TwoConnectionsFront } from "./harness/two-connections-front.js";
import { until } from "./harness/until.js";

const PATIENCE_MS = 20_000;
const [SOUND, PICTURES] = [100, 20];
const GREY = 128;

let node: TestNode;
let front: TwoConnectionsFront;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch()]);
  front = await TwoConnectionsFront.open(node.url);
});

after(async () => {
  await browser?.close();
  await front?.close();
  await node?.close();
});

for (const isPageSingle of [true, false]) {
  const name = isPageSingle
    ? "the page has one peer connection, the other two"
    : "the page has two peer connections, the other one";

  test(`${name}: they see, hear, call and read each other`, NEEDS_CHROMIUM, async (t) => {
    const view = await browser.openLiveKit(node.url, "ann");
    await view.connect(node.url, await node.token(name, "ann"), { room: { singlePeerConnection: isPageSingle } });
    const ann = await LiveKitDataPage.open(view, ["text"]);
    const options = { url: isPageSingle ? front.url : node.url, token: await node.token(name, "bob") };
    const bob = await ForkedPeer.fork<RtcNodePeer>(t, "rtc-node-process.js", options);
    await bob.call("expectTexts", "text");

    const [sound, picture] = await bob.call("publishMedia", GREY, VideoCodec.H264);
    await view.publishAudio();
    await view.publishVideo({ codec: "vp8", width: 640, height: 360 });
    await Promise.all([view.attach(sound), view.attach(picture)]);
    assert.equal((await view.plays(picture)).codec.toLowerCase(), "video/h264");
    await until("sound", PATIENCE_MS, async () => ((await view.received(sound))?.totalAudioEnergy ?? 0) > 0.001);
    await until("sound and pictures of the page", PATIENCE_MS, async () => {
      const { audio, video, loudness } = await bob.call("framesOf", "ann");
      return audio >= SOUND && video >= PICTURES && loudness > 1_000;
    });

    assert.deepEqual(await ann.call("bob", "greet", "bob"), { result: "hello bob" });
    assert.deepEqual(await ann.call("bob", "fail", ""), { code: 4711, message: "out of milk", data: "until noon" });
    assert.equal(await bob.call("perform", "ann", "greet", "ann"), "hello ann from bob");
    const story = "once upon a time ".repeat(6_000);
    await Promise.all([ann.sendText(story, "text"), bob.call("sendText", story, "text")]);
    const [told] = await ann.hears(1, "text");
    assert.deepEqual([told?.content === story, told?.form, told?.from], [true, "text", "bob"]);
    const read = await until("the page's text", PATIENCE_MS, async () => (await bob.call("received"))[0]);
    assert.deepEqual([read.text === story, read.identity], [true, "ann"]);
    await view.close();
    assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
  });
}
