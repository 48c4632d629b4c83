/** A participant of one room in another, decoded there by a real browser: both rooms at one worker, and at two. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createToken, DEV_KEY, DEV_SECRET } from "@sluice/server";
import { Bots, receiving } from "./harness/bots.js";
import { Browser } from "./harness/browser.js";
import type { ClientPage } from "./harness/client-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { compareFrames } from "./harness/seen-frames.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** Three layers need this much in Chromium. */
const COUNTER = { width: 960, height: 540, framesPerSecond: 15 } as const;
const HEIGHTS = [COUNTER.height / 4, COUNTER.height / 2, COUNTER.height] as const;
const TIMEOUT_MS = 120_000;

let node: TestNode;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start({ workers: 2 }), Browser.launch({ hasDevices: false })]);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

/** Whoever is in its room before brings it to the worker that has less to do: the publisher's is the other. */
for (const order of ["watches before", "comes after"] as const) {
  test(`a Chromium viewer who ${order} it is forwarded sees every layer of it`, {
    timeout: TIMEOUT_MS,
    ...NEEDS_CHROMIUM,
  }, async (t) => {
    const [room, destination] = [`from ${order}`, `to ${order}`];
    const open = async (name: string, identity: string) => {
      const page = await browser.openClient(node.url, { room: name, identity });
      t.after(() => page.close());
      return page;
    };
    const publisher = await open(room, "ann");
    await publisher.publishCounter(COUNTER, { codec: "vp8" });
    await until("the publisher's pictures", 20_000, async () => (await publisher.videoFrames()).sent > 5);
    const early = order === "watches before" ? await open(destination, "vic") : undefined;
    await callApi("ForwardParticipant", { room, identity: "ann", destination_room: destination });
    const viewer = early ?? (await open(destination, "vic"));

    const trackId = await until("a forwarded track", 10_000, () => trackOf(viewer, "ann"));
    await viewer.watchCounter(trackId);
    // A page shows an empty picture before the first.
    let from = 0;
    for (const layer of [2, 0, 2, 1]) {
      await viewer.setLayers(trackId, layer, 2);
      await until(
        `a picture of layer ${layer}`,
        25_000,
        () => shows(viewer, layer),
        () => viewer.shown(),
      );
      from ||= Date.now();
    }
    const seen = compareFrames(await publisher.drawn(), await viewer.seen(), { from });
    t.diagnostic(JSON.stringify(seen));
    assert.deepEqual([seen.corrupt, seen.backwards], [0, 0]);
    assert.ok(seen.frames >= 10);

    await callApi("RemoveParticipant", { room: destination, identity: "ann" });
    await until("nobody else", 5_000, async () => (await trackOf(viewer, "ann")) === undefined);
    assert.deepEqual(node.complaints, []);
  });
}

test("a participant that is moved is received in the other room, where it publishes again", {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const moving = await TestNode.start();
  const bots = new Bots();
  t.after(async () => {
    await bots.close();
    await moving.close();
  });
  const ann = await bots.join(moving, "here", "ann", { publish: ["vp8"] });
  const vic = await bots.join(moving, "there", "vic", { publish: ["opus"] });
  const { participantId } = ann;
  await callApi("MoveParticipant", { room: "here", identity: "ann", destination_room: "there" }, moving);
  await receiving(vic, 1);
  await receiving(ann, 1);
  assert.deepEqual([ann.roomName, ann.participantId === participantId], ["there", false]);
  assert.deepEqual([bots.complaints, moving.complaints], [[], []]);
});

async function callApi(method: string, request: Readonly<Record<string, string>>, { url } = node): Promise<void> {
  const { room = "", destination_room: destinationRoom } = request;
  const grant = { roomAdmin: true, room, ...(destinationRoom === undefined ? {} : { destinationRoom }) };
  const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "backend", grant });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify(request);
  const response = await fetch(`${url}/twirp/livekit.RoomService/${method}`, { method: "POST", headers, body });
  assert.equal(response.status, 200, await response.text());
}

/** Of the video that this participant publishes, if it is there. */
function trackOf({ page }: ClientPage, identity: string): Promise<string | undefined> {
  return page.evaluate((name) => {
    const participant = window.sluiceRoom?.participants.find((each) => each.identity === name);
    return [...(participant?.tracks.values() ?? [])].find(({ kind }) => kind === "video")?.trackId;
  }, identity);
}

async function shows(viewer: ClientPage, layer: number): Promise<boolean> {
  const wanted = HEIGHTS[layer] ?? 0;
  return Math.abs((await viewer.shown()).height - wanted) < wanted / 4;
}
