/** LiveKit's SDK for Node, which is libwebrtc and their Rust, as its package has it: with one peer connection and with two. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { DisconnectReason, SimulateScenarioKind, VideoCodec } from "@livekit/rtc-node";
import { RoomServiceClient } from "livekit-server-sdk";
import { ForkedPeer } from "./harness/forked-peer.js";
import type { RtcNodePeer } from "./harness/rtc-node-peer.js";
import { TestNode } from "./harness/test-node.js";
import { TwoConnectionsFront } from "./harness/two-connections-front.js";
import { until } from "./harness/until.js";

type Peer = ForkedPeer<RtcNodePeer>;

const PATIENCE_MS = 20_000;
/** Frames of 10 ms, and pictures. */
const [SOUND, PICTURES] = [100, 20];
const [DARK, BRIGHT] = [60, 200];
/** What encoding changes of a brightness at the most. */
const TOLERANCE = 12;
const BYTES = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);

let node: TestNode;
let front: TwoConnectionsFront;

before(async () => {
  node = await TestNode.start({ flags: { "room.enable-remote-unmute": true } });
  front = await TwoConnectionsFront.open(node.url);
});
after(async () => {
  await front.close();
  await node.close();
  assert.deepEqual(node.complaints, []);
});

for (const form of ["one peer connection", "two peer connections"] as const) {
  const isSingle = form === "one peer connection";

  const join = async (t: TestContext, room: string, identity: string): Promise<Peer> => {
    const token = await node.token(`${room}, ${form}`, identity, { canUpdateOwnMetadata: true });
    return ForkedPeer.fork<RtcNodePeer>(t, "rtc-node-process.js", { url: isSingle ? node.url : front.url, token });
  };

  describe(form, { concurrency: 1 }, () => {
    test("sound and pictures flow both ways, stop while muted, and go on after every reconnect", async (t) => {
      const [ann, bob] = [await join(t, "media", "ann"), await join(t, "media", "bob")];
      const rooms = new RoomServiceClient(node.url, "devkey", "secret");
      const [, picture] = await ann.call("publishMedia", BRIGHT, VideoCodec.VP8);
      await bob.call("publishMedia", DARK, VideoCodec.H264);
      await flows(ann, "bob", DARK);
      await flows(bob, "ann", BRIGHT);

      await rooms.mutePublishedTrack(`media, ${form}`, "ann", picture, true);
      await told(bob, `trackMuted ann ${picture}`);
      await until("sound without pictures", PATIENCE_MS, async () => {
        const before = await bob.call("framesOf", "ann");
        const later = await until("more sound", PATIENCE_MS, async () => {
          const frames = await bob.call("framesOf", "ann");
          return frames.audio >= before.audio + SOUND && frames;
        });
        return later.video === before.video;
      });
      await rooms.mutePublishedTrack(`media, ${form}`, "ann", picture, false);
      await told(bob, `trackUnmuted ann ${picture}`);
      await flows(bob, "ann", BRIGHT);

      for (const scenario of [SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT, SimulateScenarioKind.SIMULATE_FULL_RECONNECT]) {
        const reconnects = await countOf(ann, "reconnected");
        await ann.call("simulate", scenario);
        await until(`reconnect by ${scenario}`, PATIENCE_MS, async () => (await countOf(ann, "reconnected")) > reconnects);
        await flows(bob, "ann", BRIGHT);
        await flows(ann, "bob", DARK);
        const hasLeft = (await countOf(bob, "participantDisconnected ann")) > 0;
        assert.equal(
          hasLeft,
          scenario === SimulateScenarioKind.SIMULATE_FULL_RECONNECT,
          "a resumed client has never been away",
        );
      }
      const ended = () => countOf(ann, "trackUnsubscribed bob");
      const before = await ended();
      await bob.call("unpublishMedia");
      await until("both tracks' end", PATIENCE_MS, async () => (await ended()) >= before + 2);
    });

    test("data of both kinds, calls, texts, bytes and what they say of themselves", async (t) => {
      const [ann, bob] = [await join(t, "data", "ann"), await join(t, "data", "bob")];
      await bob.call("expectTexts", "story");
      await bob.call("expectBytes", "picture");
      await ann.call("publish", "for sure", { topic: "a" });
      await until("a message that may be lost", PATIENCE_MS, async () => {
        await ann.call("publish", "perhaps", { topic: "b", isReliable: false });
        return (await bob.call("received")).some(({ isReliable }) => !isReliable);
      });
      const [first, second] = await bob.call("received");
      assert.deepEqual(first, { text: "for sure", topic: "a", isReliable: true, identity: "ann" });
      assert.deepEqual(second, { text: "perhaps", topic: "b", isReliable: false, identity: "ann" });
      const story = "once upon a time ".repeat(10_000);
      await ann.call("sendText", story, "story");
      await ann.call("sendBytes", BYTES, "picture");
      const streamed = await until("both streams", PATIENCE_MS, async () => {
        const streams = (await bob.call("received")).filter(({ topic }) => topic === "story" || topic === "picture");
        return streams.length === 2 && new Map(streams.map(({ topic, text }) => [topic, text]));
      });
      assert.equal(streamed.get("story"), story);
      assert.deepEqual(new Uint8Array(Buffer.from(streamed.get("picture") ?? "", "base64")), BYTES);
      assert.equal(await ann.call("perform", "bob", "greet", "bob"), "hello bob");
      assert.equal(await bob.call("perform", "ann", "greet", "ann"), "hello ann");
      await assert.rejects(bob.call("perform", "ann", "fail", ""), /out of milk/);
      await assert.rejects(bob.call("perform", "ann", "what", ""), /not supported/i);

      await ann.call("describeOneself", "Ann", "m1", { role: "host" });
      await told(bob, "name ann Ann");
      await told(bob, "metadata ann m1");
      await told(bob, 'attributes ann {"role":"host"}');
    });

    test("who leaves, who is removed and whose room is deleted: everybody learns of it, and why", async (t) => {
      const [ann, bob, cat] = [await join(t, "end", "ann"), await join(t, "end", "bob"), await join(t, "end", "cat")];
      const rooms = new RoomServiceClient(node.url, "devkey", "secret");
      await bob.call("leave");
      await told(ann, "participantDisconnected bob");
      assert.equal(await bob.call("disconnectReason"), DisconnectReason.CLIENT_INITIATED);
      await rooms.removeParticipant(`end, ${form}`, "cat");
      await told(ann, "participantDisconnected cat");
      await disconnected(cat, DisconnectReason.PARTICIPANT_REMOVED);
      await rooms.deleteRoom(`end, ${form}`);
      await disconnected(ann, DisconnectReason.ROOM_DELETED);
      assert.equal(front.refused > 0, !isSingle);
    });
  });
}

/** Waits for more sound and more pictures, and looks at them. */
async function flows(peer: Peer, identity: string, brightness: number): Promise<void> {
  const before = await peer.call("framesOf", identity);
  let latest = before;
  await until(
    `sound and pictures of ${identity}`,
    PATIENCE_MS,
    async () => {
      latest = await peer.call("framesOf", identity);
      const isRight = Math.abs(latest.brightness - brightness) <= TOLERANCE && latest.loudness > 1_000;
      return isRight && latest.video >= before.video + PICTURES && latest.audio >= before.audio + SOUND;
    },
    () => [before, latest],
  );
}

async function told(peer: Peer, line: string): Promise<void> {
  const events = () => peer.call("events");
  await until(line, PATIENCE_MS, async () => (await events()).includes(line), events);
}

async function countOf(peer: Peer, start: string): Promise<number> {
  return (await peer.call("events")).filter((line) => line.startsWith(start)).length;
}

async function disconnected(peer: Peer, reason: DisconnectReason): Promise<void> {
  await until("disconnect", PATIENCE_MS, async () => (await peer.call("disconnectReason")) !== undefined);
  assert.equal(await peer.call("disconnectReason"), reason);
}
