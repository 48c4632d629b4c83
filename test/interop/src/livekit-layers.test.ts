/** livekit-client's savings in Chromium: who shows a small picture gets one, who hides it none, and what nobody watches is not encoded. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browser.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** So many times in a row without a new picture, each more than half a frame after the other: it stands still. */
const LOOKS_AT_STILL_PICTURE = 20;

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

  test(
    `${form}: an element's size and visibility choose the layer, and unwatched layers are not encoded`,
    NEEDS_CHROMIUM,
    async () => {
      const room = `layers-${singlePeerConnection}`;
      const [ann, bob] = [await browser.openLiveKit(node.url, "ann"), await browser.openLiveKit(node.url, "bob")];
      await ann.connect(node.url, await node.token(room, "ann"), { room: { singlePeerConnection, dynacast: true } });
      await bob.connect(node.url, await node.token(room, "bob"), { room: { singlePeerConnection, adaptiveStream: true } });
      const sid = await ann.publishVideo({ codec: "vp8", width: 960, height: 540 });
      await bob.attach(sid, 960, 540);
      await showsHeight(bob, sid, (height) => height === 540);
      await resize(bob, sid, 240, 135);
      await showsHeight(bob, sid, (height) => height === 180);
      assert.deepEqual(await encodingsBecome(ann, [true, false, false]), [true, false, false]);

      await bob.page.evaluate((id) => document.getElementById(id)?.style.setProperty("display", "none"), sid);
      let [decoded, looks] = [-1, 0];
      await until("a hidden picture to stand still", 20_000, async () => {
        const { framesDecoded = -1 } = (await bob.received(sid)) ?? {};
        looks = framesDecoded === decoded ? looks + 1 : 0;
        decoded = framesDecoded;
        return looks === LOOKS_AT_STILL_PICTURE;
      });
      assert.deepEqual(await encodingsBecome(ann, [false, false, false]), [false, false, false]);

      await bob.page.evaluate((id) => document.getElementById(id)?.style.setProperty("display", "block"), sid);
      await resize(bob, sid, 960, 540);
      await bob.plays(sid);
      await showsHeight(bob, sid, (height) => height === 540);
      assert.deepEqual(await encodingsBecome(ann, [true, true, true]), [true, true, true]);
      await Promise.all([ann.close(), bob.close()]);
      assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
    },
  );
}

async function showsHeight(page: LiveKitPage, sid: string, isIt: (height: number) => boolean): Promise<void> {
  let latest = 0;
  await until(
    "a picture of the size that is shown",
    30_000,
    async () => {
      latest = (await page.received(sid))?.frameHeight ?? 0;
      return latest > 0 && isIt(latest);
    },
    () => latest,
  );
}

function resize(page: LiveKitPage, sid: string, width: number, height: number): Promise<void> {
  return page.page.evaluate(
    ([id, elementWidth, elementHeight]) => {
      const { style } = document.getElementById(id) ?? document.body;
      style.width = `${elementWidth}px`;
      style.height = `${elementHeight}px`;
    },
    [sid, width, height] as const,
  );
}

/** Which encodings of the page's only video are sent, smallest first, once they are as `wanted` or some time has passed. */
async function encodingsBecome(page: LiveKitPage, wanted: readonly boolean[]): Promise<readonly boolean[]> {
  const active = () =>
    page.page.evaluate(() => {
      const [publication] = [...window.livekitRoom.localParticipant.videoTrackPublications.values()];
      return publication?.track?.sender?.getParameters().encodings.map((encoding) => encoding.active !== false) ?? [];
    });
  let latest: readonly boolean[] = [];
  await until(
    `encodings ${wanted}`,
    30_000,
    async () => {
      latest = await active();
      return latest.join() === wanted.join();
    },
    () => latest,
  );
  return latest;
}
