/** livekit-client as its package has it, in Chromium, with one peer connection and with two: nothing of it is changed for this server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RoomServiceClient } from "livekit-server-sdk";
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

for (const singlePeerConnection of [true, false]) {
  const form = singlePeerConnection ? "one peer connection" : "two peer connections";

  const join = async (room: string, identity: string, grant = {}): Promise<LiveKitPage> => {
    const page = await browser.openLiveKit(node.url, identity);
    await page.connect(node.url, await node.token(`${room}-${singlePeerConnection}`, identity, grant), {
      room: { singlePeerConnection },
    });
    return page;
  };
  const service = () => new RoomServiceClient(node.url, "devkey", "secret");
  const roomName = (room: string) => `${room}-${singlePeerConnection}`;

  test(`${form}: every codec is published, simulcast or SVC, and seen`, NEEDS_CHROMIUM, async () => {
    const [ann, bob] = [await join("codecs", "ann"), await join("codecs", "bob")];
    const videos = [
      { codec: "vp8", width: 960, height: 540 },
      { codec: "h264", width: 960, height: 540 },
      { codec: "vp9", width: 640, height: 360, scalabilityMode: "L3T3_KEY" },
      { codec: "av1", width: 320, height: 180, scalabilityMode: "L1T3" },
    ] as const;
    for (const video of videos) {
      const sid = await ann.publishVideo(video);
      await bob.saw("trackSubscribed", ({ args }) => args.includes(sid));
      await bob.attach(sid);
      const { codec } = await bob.plays(sid);
      assert.equal(codec.toLowerCase(), `video/${video.codec}`);
      const isSimulcast = await bob.page.evaluate(
        (trackSid) => [...window.livekitRoom.remoteParticipants.values()][0]?.trackPublications.get(trackSid)?.simulcasted,
        sid,
      );
      assert.equal(isSimulcast, video.codec === "vp8" || video.codec === "h264", `${video.codec} is simulcast`);
      await ann.page.evaluate((trackSid) => {
        const { localParticipant } = window.livekitRoom;
        const track = localParticipant.trackPublications.get(trackSid)?.track;
        return track && localParticipant.unpublishTrack(track.mediaStreamTrack).then(() => {});
      }, sid);
      await bob.saw("trackUnsubscribed", ({ args }) => args.includes(sid));
    }
    await close(ann, bob);
  });

  test(
    `${form}: who was there first is seen by who comes later; mutes are seen, and what is muted is not sent`,
    NEEDS_CHROMIUM,
    async () => {
      const ann = await join("mute", "ann");
      const [video, audio] = [await ann.publishVideo({ codec: "vp8", width: 320, height: 180 }), await ann.publishAudio()];
      const bob = await join("mute", "bob");
      await bob.attach(video);
      await bob.plays(video);
      await until("sound", 10_000, async () => ((await bob.received(audio))?.packetsReceived ?? 0) > 20);
      await ann.page.evaluate(() => window.livekitRoom.localParticipant.setCameraEnabled(false).then(() => {}));
      await bob.saw("trackMuted", ({ args }) => args.includes(video));
      const muted = await bob.received(video);
      await ann.page.evaluate(() => window.livekitRoom.localParticipant.setCameraEnabled(true).then(() => {}));
      await bob.saw("trackUnmuted", ({ args }) => args.includes(video));
      assert.ok((await bob.plays(video)).framesDecoded > (muted?.framesDecoded ?? 0));
      await close(ann, bob);
    },
  );

  test(
    `${form}: names, metadata and attributes change, by oneself and by the server; permissions, too`,
    NEEDS_CHROMIUM,
    async () => {
      const ann = await join("metadata", "ann", { canUpdateOwnMetadata: true });
      const bob = await join("metadata", "bob");
      await ann.page.evaluate(async () => {
        const { localParticipant } = window.livekitRoom;
        await localParticipant.setName("Ann");
        await localParticipant.setMetadata("m1");
        await localParticipant.setAttributes({ role: "host" });
      });
      await bob.saw("participantNameChanged", ({ args }) => args.includes("Ann"));
      await bob.saw("participantMetadataChanged", ({ args }) => args.includes("ann"));
      await bob.saw("participantAttributesChanged", ({ args }) => args.includes("ann"));
      const refused = await bob.page.evaluate(() =>
        window.livekitRoom.localParticipant.setName("Bob").then(
          () => "granted",
          (error: Error) => error.name,
        ),
      );
      assert.notEqual(refused, "granted", "without canUpdateOwnMetadata");
      const sid = await ann.publishVideo({ codec: "vp8", width: 320, height: 180 });
      await bob.saw("trackSubscribed", ({ args }) => args.includes(sid));
      await service().updateRoomMetadata(roomName("metadata"), "hello");
      await ann.saw("roomMetadataChanged", ({ args }) => args.includes("hello"));
      await service().updateParticipant(roomName("metadata"), "ann", {
        permission: { canSubscribe: true, canPublish: false, canPublishData: true },
      });
      await ann.saw("participantPermissionsChanged", ({ args }) => args.includes("ann"));
      await ann.saw("localTrackUnpublished", ({ args }) => args.includes(sid));
      await bob.saw("trackUnpublished", ({ args }) => args.includes(sid));
      await close(ann, bob);
    },
  );

  test(`${form}: who speaks is told, and how good connections are`, NEEDS_CHROMIUM, async () => {
    const [ann, bob] = [await join("speakers", "ann"), await join("speakers", "bob")];
    await ann.publishAudio();
    await bob.saw("activeSpeakersChanged", ({ args }) => JSON.stringify(args).includes("ann"), 15_000);
    const quality = await until("a quality of ann's", 20_000, async () => {
      return bob.page.evaluate(() => {
        const [participant] = [...window.livekitRoom.remoteParticipants.values()];
        return participant?.connectionQuality === "excellent" && participant.connectionQuality;
      });
    });
    assert.equal(quality, "excellent");
    await close(ann, bob);
  });

  test(`${form}: a subscriber chooses, a publisher decides who may`, NEEDS_CHROMIUM, async () => {
    const [ann, bob] = [await join("rights", "ann"), await join("rights", "bob")];
    const sid = await ann.publishVideo({ codec: "vp8", width: 320, height: 180 });
    const subscribe = (isWanted: boolean) =>
      bob.page.evaluate(
        ([trackSid, wanted]) => {
          const [participant] = [...window.livekitRoom.remoteParticipants.values()];
          const publication = participant?.trackPublications.get(trackSid) as
            | { setSubscribed(wanted: boolean): void }
            | undefined;
          publication?.setSubscribed(wanted);
        },
        [sid, isWanted] as const,
      );
    await bob.saw("trackSubscribed");
    await subscribe(false);
    await bob.saw("trackUnsubscribed");
    await bob.page.evaluate(() => void window.livekitEvents.splice(0));
    await subscribe(true);
    await bob.saw("trackSubscribed");
    await bob.attach(sid);
    await bob.plays(sid);
    await ann.page.evaluate(() => window.livekitRoom.localParticipant.setTrackSubscriptionPermissions(false, []));
    await bob.saw("trackSubscriptionPermissionChanged", ({ args }) => args.includes("not_allowed"));
    await bob.saw("trackUnsubscribed");
    await ann.page.evaluate(() =>
      window.livekitRoom.localParticipant.setTrackSubscriptionPermissions(false, [
        { participantIdentity: "bob", allowAll: true },
      ]),
    );
    await bob.saw("trackSubscriptionPermissionChanged", ({ args }) => args.includes("subscribed") || args.includes("allowed"));
    await bob.attach(sid);
    await bob.plays(sid);
    await close(ann, bob);
  });

  test(
    `${form}: who comes under the same name takes over; who is removed, and whose room is deleted, learns why`,
    NEEDS_CHROMIUM,
    async () => {
      const { DUPLICATE_IDENTITY, PARTICIPANT_REMOVED, ROOM_DELETED } = {
        DUPLICATE_IDENTITY: 2,
        PARTICIPANT_REMOVED: 4,
        ROOM_DELETED: 5,
      };
      const first = await join("leave", "ann");
      const ann = await join("leave", "ann");
      await first.saw("disconnected", ({ args }) => args[0] === DUPLICATE_IDENTITY);
      const bob = await join("leave", "bob");
      await ann.saw("participantConnected", ({ args }) => args.includes("bob"));
      await service().removeParticipant(roomName("leave"), "bob");
      await bob.saw("disconnected", ({ args }) => args[0] === PARTICIPANT_REMOVED);
      await ann.saw("participantDisconnected", ({ args }) => args.includes("bob"));
      await service().deleteRoom(roomName("leave"));
      await ann.saw("disconnected", ({ args }) => args[0] === ROOM_DELETED);
      await close(first, ann, bob);
    },
  );

  test(`${form}: both doors lead into one room`, NEEDS_CHROMIUM, async () => {
    const ann = await join("doors", "ann");
    const sid = await ann.publishVideo({ codec: "vp8", width: 320, height: 180 });
    const bob = await browser.openClient(node.url, { room: roomName("doors"), identity: "bob" });
    await bob.watchCounter(sid);
    await until("pictures from LiveKit's door", 15_000, async () => (await bob.videoFrames()).decoded > 10);
    const own = await bob.publishCounter({ width: 320, height: 180, framesPerSecond: 15 }, { codec: "vp8" });
    await ann.saw("trackSubscribed", ({ args }) => args.includes(own));
    await ann.attach(own);
    await ann.plays(own);
    await bob.close();
    await ann.saw("participantDisconnected", ({ args }) => args.includes("bob"));
    await close(ann);
  });
}

async function close(...pages: LiveKitPage[]): Promise<void> {
  await Promise.all(pages.map((page) => page.close()));
  assert.deepEqual(node.complaints.splice(0), [], "what the node complained of");
}
