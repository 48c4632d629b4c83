/** livekit-client with its encryption from end to end, in Chromium: a node passes on what it cannot read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RoomServiceClient } from "livekit-server-sdk";
import { Browser } from "./harness/browser.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** Encryption.Type, which the SDK does not export. */
const GCM: number = 1;
const PATIENCE_MS = 30_000;
const PACKETS = 60;

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

for (const singlePeerConnection of [true, false]) {
  const form = singlePeerConnection ? "one peer connection" : "two peer connections";
  const room = `secret-${singlePeerConnection}`;

  const join = async (identity: string, passphrase?: string): Promise<LiveKitPage> => {
    const page = await browser.openLiveKit(node.url, identity);
    await page.connect(node.url, await node.token(room, identity), {
      room: { singlePeerConnection },
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    return page;
  };

  test(
    `${form}: who has the key sees, hears and reads, those who come late too; who has another one or none does not`,
    NEEDS_CHROMIUM,
    async () => {
      const [ann, bob] = [await join("ann", "key"), await join("bob", "key")];
      const [eve, out] = [await join("eve", "another key"), await join("out")];
      const audio = await ann.publishAudio();
      const videos = [
        await ann.publishVideo({ codec: "vp8", width: 640, height: 360 }),
        await ann.publishVideo({ codec: "h264", width: 320, height: 180, simulcast: false }),
      ];
      const service = new RoomServiceClient(node.url, "devkey", "secret");
      const { tracks } = await service.getParticipant(room, "ann");
      assert.deepEqual(
        tracks.map(({ encryption }) => encryption),
        [GCM, GCM, GCM],
      );
      for (const sid of videos) await sees(bob, sid);
      await hears(bob, audio);
      // Whoever comes now is given its first key frame by the node's cache.
      const cat = await join("cat", "key");
      for (const sid of videos) await sees(cat, sid);
      await hears(cat, audio);

      await ann.page.evaluate(() =>
        window.livekitRoom.localParticipant.publishData(new TextEncoder().encode("psst"), { reliable: true, topic: "t" }),
      );
      for (const page of [bob, cat]) {
        await page.saw("dataReceived", ({ args }) => String(args[0]) === String([..."psst"].map((c) => c.charCodeAt(0))));
      }
      for (const sid of videos) {
        await eve.attach(sid);
        await until("packets", PATIENCE_MS, async () => ((await eve.received(sid))?.packetsReceived ?? 0) > PACKETS);
        assert.equal((await eve.received(sid))?.framesDecoded, 0, "decoded with another key");
      }
      // Without any key a decoder is given what is encrypted, and may make noise of it: no pictures are looked for there.
      for (const page of [eve, out]) assert.deepEqual(await page.events("dataReceived"), []);
      await Promise.all([ann, bob, cat, eve, out].map((page) => page.close()));
      assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
    },
  );
}

async function sees(page: LiveKitPage, trackSid: string): Promise<void> {
  await page.attach(trackSid);
  await page.plays(trackSid, 10, PATIENCE_MS);
}

/** Sound, and not what an encrypted packet would be if it was played. */
async function hears(page: LiveKitPage, trackSid: string): Promise<void> {
  await page.attach(trackSid);
  const heard = () => page.received(trackSid);
  await until("sound", PATIENCE_MS, async () => ((await heard())?.totalAudioEnergy ?? 0) > 0.001, heard);
}
