import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AddTrackRequest, DisconnectReason, LeaveRequest_Action, SessionDescription, TrackType } from "@livekit/protocol";
import type { VideoGrant } from "@sluice/protocol";
import { LocalDoor } from "../../testing/local-door.js";
import { answerSdp, readSdp } from "../../testing/peer-answer.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { LiveKitClient } from "./testing/livekit-client.js";

async function join(t: TestContext, local: LocalDoor, identity: string, grant: VideoGrant = {}): Promise<LiveKitClient> {
  const client = await LiveKitClient.open(local.url, "/rtc?protocol=16", await local.token(identity, grant));
  t.after(() => client.socket.terminate());
  return client;
}

async function open(t: TestContext): Promise<LocalDoor> {
  const local = await LocalDoor.open();
  t.after(() => local.close());
  return local;
}

function answer({ id, sdp }: SessionDescription): SessionDescription {
  return new SessionDescription({ type: "answer", sdp: answerSdp(sdp), id });
}

test("the node offers what a client receives in, and its tracks, named, when there are some", async (t) => {
  const local = await open(t);
  const ann = await join(t, local, "ann");
  assert.equal((await ann.next("join")).subscriberPrimary, true);
  const first = await ann.next("offer");
  assert.deepEqual(
    readSdp(first.sdp).sections.map(({ kind }) => kind),
    ["application"],
  );
  ann.send({ case: "answer", value: answer(first) });
  const bob = await join(t, local, "bob");
  const bobId = (await bob.next("join")).participant?.sid ?? "";
  bob.send({ case: "addTrack", value: new AddTrackRequest({ cid: "camera", type: TrackType.VIDEO }) });
  const trackId = (await bob.next("trackPublished")).track?.sid ?? "";
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  bob.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: peer.createSdp(), id: 1 }) });
  assert.equal((await bob.next("answer")).id, 1);
  const second = await ann.next("offer");
  assert.ok(second.id > first.id);
  const [, video] = readSdp(second.sdp).sections;
  assert.deepEqual(video?.msids, [{ streamId: `${bobId}|${trackId}`, trackId }]);
  assert.deepEqual(second.midToTrackId, { [video?.mid ?? ""]: trackId });
});

test("an answer without an id, as LiveKit's SDKs in Rust give, is to the offer that waits for one", async (t) => {
  const local = await open(t);
  const ann = await join(t, local, "ann");
  const { sdp, id } = await ann.next("offer");
  ann.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: answerSdp(sdp) }) });
  const bob = await join(t, local, "bob");
  bob.send({ case: "addTrack", value: new AddTrackRequest({ cid: "camera", type: TrackType.VIDEO }) });
  await bob.next("trackPublished");
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  bob.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: peer.createSdp(), id: 1 }) });
  assert.ok((await ann.next("offer")).id > id, "there is a next one only once the first is answered");
});

test("an answer that makes no sense ends what the client has, and it begins anew", async (t) => {
  const local = await open(t);
  const ann = await join(t, local, "ann");
  const { id } = await ann.next("offer");
  ann.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: "v=0", id }) });
  const { action, reason } = await ann.next("leave");
  assert.deepEqual([action, reason], [LeaveRequest_Action.RECONNECT, DisconnectReason.STATE_MISMATCH]);
});

test("who may not subscribe waits for the connection that it sends in", async (t) => {
  const local = await open(t);
  const ann = await join(t, local, "ann", { canSubscribe: false });
  assert.equal((await ann.next("join")).subscriberPrimary, false);
  await ann.next("offer");
});

test("[RFC8830 §2] a stream may be called anything, and is a token in what is offered", async (t) => {
  const local = await open(t);
  local.rooms.create("demo", { syncStreams: true });
  const ann = await join(t, local, "ann");
  ann.send({ case: "answer", value: answer(await ann.next("offer")) });
  const bob = await join(t, local, "bob");
  const bobId = (await bob.next("join")).participant?.sid ?? "";
  const request = new AddTrackRequest({ cid: "camera", type: TrackType.VIDEO, stream: "two\r\na=words of|mine" });
  bob.send({ case: "addTrack", value: request });
  await bob.next("trackPublished");
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  bob.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: peer.createSdp(), id: 1 }) });
  const [, video] = readSdp((await ann.next("offer")).sdp).sections;
  assert.equal(video?.msids[0]?.streamId, `${bobId}|two__a_words_of_mine`);
});
