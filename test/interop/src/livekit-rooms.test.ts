/** What rooms and tokens allow, as livekit-client in Chromium meets it; tokens and rooms are made by LiveKit's server SDK. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import { AccessToken, RoomConfiguration, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";
import { Browser } from "./harness/browser.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const PATIENCE_MS = 20_000;
/** Far more than what a loopback needs. */
const PLAYOUT_DELAY_MS = 600;
const SMALL = { codec: "vp8", width: 320, height: 180, simulcast: false } as const;

let node: TestNode;
let browser: Browser;
let rooms: RoomServiceClient;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch()]);
  rooms = new RoomServiceClient(node.url, DEV_KEY, DEV_SECRET);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

interface JoinOptions {
  readonly grant?: VideoGrant;
  readonly kind?: string;
  readonly roomConfig?: RoomConfiguration;
  readonly singlePeerConnection?: boolean;
}

async function join(room: string, identity: string, options: JoinOptions = {}): Promise<LiveKitPage> {
  const { grant = {}, kind, roomConfig, singlePeerConnection = true } = options;
  const token = new AccessToken(DEV_KEY, DEV_SECRET, { identity });
  token.addGrant({ room, roomJoin: true, ...grant });
  if (kind !== undefined) token.kind = kind;
  token.roomConfig = roomConfig;
  const page = await browser.openLiveKit(node.url, identity);
  await page.connect(node.url, await token.toJwt(), { room: { singlePeerConnection } });
  return page;
}

async function close(...pages: LiveKitPage[]): Promise<void> {
  await Promise.all(pages.map((page) => page.close()));
  assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
}

function others({ page }: LiveKitPage): Promise<string[]> {
  return page.evaluate(() => [...window.livekitRoom.remoteParticipants.keys()].sort());
}

async function sees(page: LiveKitPage, trackSid: string): Promise<void> {
  await page.attach(trackSid);
  await page.plays(trackSid);
}

test("who is hidden sees the others and is seen by nobody", NEEDS_CHROMIUM, async () => {
  const ann = await join("hidden", "ann");
  const eve = await join("hidden", "eve", { grant: { hidden: true } });
  const bob = await join("hidden", "bob");
  const sid = await ann.publishVideo(SMALL);
  await sees(eve, sid);
  assert.deepEqual(await others(eve), ["ann", "bob"]);
  await eve.close();
  await bob.close();
  await ann.saw("participantDisconnected", ({ args }) => args.includes("bob"));
  const told = (await ann.events()).filter(({ args }) => args.includes("eve"));
  assert.deepEqual(told, [], "what Ann was told of Eve");
  await close(ann);
});

test("a room takes no more than it may, agents not counted", NEEDS_CHROMIUM, async () => {
  await rooms.createRoom({ name: "full", maxParticipants: 2, departureTimeout: 1 });
  const [ann, agent] = [await join("full", "ann"), await join("full", "agent", { kind: "agent", grant: { agent: true } })];
  const bob = await join("full", "bob");
  await assert.rejects(join("full", "cat"), /ConnectionError/);
  assert.deepEqual(await others(ann), ["agent", "bob"]);
  const [room] = await rooms.listRooms(["full"]);
  assert.equal(room?.numParticipants, 2);
  await bob.close();
  await until("room for one more", PATIENCE_MS, async () => (await others(ann)).length === 1);
  const cat = await join("full", "cat");
  await Promise.all([ann.close(), cat.close()]);
  // An agent alone does not keep a room.
  await agent.saw("disconnected", () => true, PATIENCE_MS);
  assert.deepEqual(await rooms.listRooms(["full"]), []);
  await close(agent);
});

test("a token makes the room it describes, and rooms end when nobody comes or nobody is left", NEEDS_CHROMIUM, async () => {
  await rooms.createRoom({ name: "empty", emptyTimeout: 1 });
  const roomConfig = new RoomConfiguration({ metadata: "by token", maxParticipants: 1, departureTimeout: 1 });
  const ann = await join("described", "ann", { roomConfig });
  assert.equal(await ann.page.evaluate(() => window.livekitRoom.metadata), "by token");
  await assert.rejects(join("described", "bob", { roomConfig }), /ConnectionError/);
  const [room] = await rooms.listRooms(["described"]);
  assert.deepEqual([room?.metadata, room?.maxParticipants, room?.departureTimeout], ["by token", 1, 1]);
  await close(ann);
  await until("the end of both rooms", PATIENCE_MS, async () => (await rooms.listRooms(["empty", "described"])).length === 0);
});

test("who may not subscribe, publish or send data does not, and does what it may", NEEDS_CHROMIUM, async () => {
  const ann = await join("rights", "ann");
  const deaf = await join("rights", "deaf", { grant: { canSubscribe: false } });
  const mute = await join("rights", "mute", { grant: { canPublish: false, canPublishData: false } });
  const sid = await ann.publishVideo(SMALL);
  const own = await deaf.publishVideo(SMALL);
  await sees(mute, sid);
  await Promise.all([sees(ann, own), sees(mute, own)]);
  await deaf.saw("trackPublished", ({ args }) => args.includes(sid));
  assert.deepEqual(await deaf.events("trackSubscribed"), []);

  await assert.rejects(mute.publishVideo(SMALL), /permission/i);
  const publish = (page: LiveKitPage, text: string) =>
    page.page.evaluate(
      (content) =>
        window.livekitRoom.localParticipant.publishData(new TextEncoder().encode(content), { reliable: true }).then(
          () => {},
          () => {},
        ),
      text,
    );
  await publish(mute, "x");
  await publish(deaf, "hello");
  const hello = [...new TextEncoder().encode("hello")].join();
  for (const page of [ann, mute]) await page.saw("dataReceived", ({ args }) => String(args[0]) === hello);
  const heard = (await ann.events("dataReceived")).map(({ args }) => args[1]);
  assert.deepEqual(heard, ["deaf"], "whom Ann heard");
  assert.match(node.complaints.splice(0).join(), /notPermitted.*data messages dropped/);
  await close(ann, deaf, mute);
});

for (const singlePeerConnection of [true, false]) {
  const form = singlePeerConnection ? "one peer connection" : "two peer connections";

  test(
    `${form}: sound and picture come in one stream where a room says so, and late where it says so`,
    NEEDS_CHROMIUM,
    async () => {
      const name = `synced, ${form}`;
      await rooms.createRoom({ name, syncStreams: true, minPlayoutDelay: PLAYOUT_DELAY_MS, maxPlayoutDelay: 2_000 });
      const plain = `plain, ${form}`;
      const [ann, bob] = [await join(name, "ann", { singlePeerConnection }), await join(name, "bob", { singlePeerConnection })];
      const [cat, dan] = [
        await join(plain, "cat", { singlePeerConnection }),
        await join(plain, "dan", { singlePeerConnection }),
      ];
      const synced = [await ann.publishAudio(), await ann.publishVideo(SMALL)] as const;
      const apart = [await cat.publishAudio(), await cat.publishVideo(SMALL)] as const;
      await Promise.all([sees(bob, synced[1]), sees(dan, apart[1]), bob.attach(synced[0]), dan.attach(apart[0])]);
      const [syncedStreams, apartStreams] = [await streamIds(bob, synced), await streamIds(dan, apart)];
      assert.equal(new Set(syncedStreams).size, 1, syncedStreams.join());
      assert.equal(new Set(apartStreams).size, 2, apartStreams.join());
      let latest = 0;
      await until(
        "a picture that waits",
        PATIENCE_MS,
        async () => {
          latest = await bufferingMs(bob, synced[1]);
          return latest >= PLAYOUT_DELAY_MS / 2;
        },
        () => latest,
      );
      await close(ann, bob, cat, dan);
    },
  );
}

function streamIds({ page }: LiveKitPage, sids: readonly string[]): Promise<string[]> {
  return page.evaluate((wanted) => {
    const publications = [...window.livekitRoom.remoteParticipants.values()].flatMap(({ trackPublications }) => [
      ...trackPublications.values(),
    ]);
    return wanted.map((sid) => publications.find(({ trackSid }) => trackSid === sid)?.track?.mediaStream?.id ?? "none");
  }, sids);
}

/** How long the latest pictures waited to be shown, on average. */
function bufferingMs({ page }: LiveKitPage, sid: string): Promise<number> {
  return page.evaluate(async (trackSid) => {
    const track = [...window.livekitRoom.remoteParticipants.values()][0]?.trackPublications.get(trackSid)?.track;
    const inbound = async () => {
      const stats = [...((await track?.getRTCStatsReport())?.values() ?? [])].find(({ type }) => type === "inbound-rtp");
      return [stats?.jitterBufferDelay ?? 0, stats?.jitterBufferEmittedCount ?? 0] as const;
    };
    const [delay, count] = await inbound();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const [laterDelay, laterCount] = await inbound();
    return laterCount > count ? (1_000 * (laterDelay - delay)) / (laterCount - count) : 0;
  }, sid);
}
