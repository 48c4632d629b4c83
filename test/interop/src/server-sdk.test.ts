/** LiveKit's own SDK for servers, unchanged, against a node: every method of its room client, its tokens, its errors. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import {
  AccessToken,
  DataPacket_Kind,
  EgressClient,
  IngressClient,
  ParticipantInfo_State,
  RoomServiceClient,
  SipClient,
  TokenVerifier,
  TrackSource,
  TrackType,
  TwirpError,
} from "livekit-server-sdk";
import { ForkedPeer } from "./harness/forked-peer.js";
import { RpcClient } from "./harness/rpc-client.js";
import type { RtcNodePeer } from "./harness/rtc-node-peer.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

/** LiveKit's DisconnectReason: the package that has it is native, and only for processes of its own. */
const [PARTICIPANT_REMOVED, ROOM_DELETED] = [4, 5];

let node: TestNode;
let service: RoomServiceClient;

before(async () => {
  node = await TestNode.start({ flags: { "room.enable-remote-unmute": true } });
  service = new RoomServiceClient(node.url, DEV_KEY, DEV_SECRET);
});
after(async () => {
  await node.close();
  assert.deepEqual(node.complaints, []);
});

/** Joins over our own door, with a token that LiveKit's SDK has made. */
async function join(t: TestContext, room: string, identity: string) {
  const token = new AccessToken(DEV_KEY, DEV_SECRET, { identity, name: identity.toUpperCase(), ttl: "10m" });
  token.addGrant({ roomJoin: true, room });
  const client = await RpcClient.open(node.webSocketUrl, await token.toJwt());
  t.after(() => client.close());
  return { client, ...(await client.request("join", {})) };
}

async function refused(call: Promise<unknown>, status: number, code: string | undefined, text: RegExp): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof TwirpError, String(error));
    assert.deepEqual([error.status, error.code], [status, code]);
    assert.match(error.message, text);
    return true;
  });
}

test("rooms are created, told, changed and deleted", async () => {
  const options = { name: "rooms", emptyTimeout: 60, departureTimeout: 30, maxParticipants: 4, metadata: "first" };
  const room = await service.createRoom({ ...options, minPlayoutDelay: 50, syncStreams: true });
  assert.match(room.sid, /^RM_/);
  assert.deepEqual(
    [room.name, room.emptyTimeout, room.departureTimeout, room.maxParticipants, room.metadata],
    ["rooms", 60, 30, 4, "first"],
  );
  assert.ok(Math.abs(Number(room.creationTimeMs) - Date.now()) < 60_000);
  assert.ok(room.enabledCodecs.some(({ mime }) => mime === "video/VP8"));
  assert.equal((await service.createRoom({ name: "rooms", maxParticipants: 5 })).sid, room.sid);
  assert.equal((await service.updateRoomMetadata("rooms", "second")).metadata, "second");
  const [listed] = await service.listRooms(["rooms"]);
  assert.deepEqual([listed?.sid, listed?.metadata, listed?.maxParticipants], [room.sid, "second", 5]);
  assert.ok((await service.listRooms()).some(({ name }) => name === "rooms"));
  await service.deleteRoom("rooms");
  assert.deepEqual(await service.listRooms(["rooms"]), []);
});

test("participants are told with their tracks, changed and removed", async (t) => {
  const ann = await join(t, "people", "ann");
  const { track } = await ann.client.request("publish", { cid: "c", kind: "audio", source: "microphone" });
  const [listed] = await service.listParticipants("people");
  assert.deepEqual([listed?.sid, listed?.identity, listed?.name], [ann.participant.participantId, "ann", "ANN"]);
  const info = await service.getParticipant("people", "ann");
  assert.equal(info.state, ParticipantInfo_State.JOINED);
  const [told] = info.tracks;
  assert.deepEqual([told?.sid, told?.type, told?.source], [track.trackId, TrackType.AUDIO, TrackSource.MICROPHONE]);
  const permission = { canPublish: false, canSubscribe: true, canPublishData: true };
  const updated = await service.updateParticipant("people", "ann", {
    name: "Ann",
    metadata: "host",
    attributes: { seat: "1" },
    permission,
  });
  assert.deepEqual(
    [updated.name, updated.metadata, updated.attributes, updated.tracks.length],
    ["Ann", "host", { seat: "1" }, 0],
  );
  assert.equal(updated.permission?.canPublish, false);
  assert.ok(updated.version > info.version);
  await ann.client.notified("trackUnpublished", ({ trackId }) => trackId === track.trackId);
  await ann.client.notified("participantUpdated", ({ participant }) => participant.metadata === "host");
  await service.removeParticipant("people", "ann");
  assert.equal((await ann.client.notified("roomClosed")).reason, "removed");
  assert.deepEqual(await service.listParticipants("people"), []);
});

test("a track is muted and unmuted, and a participant's subscriptions are changed", async (t) => {
  const ann = await join(t, "tracks", "ann");
  const { track } = await ann.client.request("publish", { cid: "c", kind: "video" });
  const bob = await join(t, "tracks", "bob");
  const muted = await service.mutePublishedTrack("tracks", "ann", track.trackId, true);
  assert.deepEqual([muted?.sid, muted?.muted], [track.trackId, true]);
  for (const { client } of [ann, bob]) await client.notified("trackMuted", (params) => params.muted);
  assert.equal((await service.mutePublishedTrack("tracks", "ann", track.trackId, false))?.muted, false);
  await bob.client.notified("trackMuted", (params) => !params.muted);
  for (const subscribe of [false, true]) await service.updateSubscriptions("tracks", "bob", [track.trackId], subscribe);
});

/** A participant of LiveKit's SDK for Node. */
async function joinLiveKit(t: TestContext, room: string, identity: string): Promise<ForkedPeer<RtcNodePeer>> {
  const token = new AccessToken(DEV_KEY, DEV_SECRET, { identity });
  token.addGrant({ roomJoin: true, room });
  const options = { url: node.url, token: await token.toJwt() };
  const peer = await ForkedPeer.fork<RtcNodePeer>(t, "rtc-node-process.js", options);
  await until(`${identity} active`, 10_000, async () => {
    const { state } = await service.getParticipant(room, identity);
    return state === ParticipantInfo_State.ACTIVE;
  });
  return peer;
}

test("data of the server reaches participants of either door", async (t) => {
  const ann = await joinLiveKit(t, "data", "ann");
  const bob = await join(t, "data", "bob");
  const send = (text: string, options: { destinationIdentities?: string[]; topic?: string }) =>
    service.sendData("data", new TextEncoder().encode(text), DataPacket_Kind.RELIABLE, options);
  await send("for all", { topic: "chat" });
  await send("for ann", { destinationIdentities: ["ann"] });
  const received = await until("data of ann", 10_000, async () => {
    const all = await ann.call("received");
    return all.length >= 2 && all;
  });
  assert.deepEqual(
    received.map(({ text, topic, isReliable, identity }) => [text, topic, isReliable, identity]),
    [
      ["for all", "chat", true, undefined],
      ["for ann", received[1]?.topic, true, undefined],
    ],
  );
  const { data, topic } = await bob.client.notified("data");
  assert.deepEqual([Buffer.from(data, "base64").toString(), topic], ["for all", "chat"]);
});

test("the server calls a participant's method", async (t) => {
  await joinLiveKit(t, "calls", "ann");
  const call = async (request: object) => {
    const token = new AccessToken(DEV_KEY, DEV_SECRET);
    token.addGrant({ roomAdmin: true, room: "calls" });
    const headers = { authorization: `Bearer ${await token.toJwt()}`, "content-type": "application/json" };
    const body = JSON.stringify({ room: "calls", destination_identity: "ann", ...request });
    const response = await fetch(`${node.url}/twirp/livekit.RoomService/PerformRpc`, { method: "POST", headers, body });
    return { status: response.status, ...((await response.json()) as object) };
  };
  assert.deepEqual(await call({ method: "greet", payload: "you" }), { status: 200, payload: "hello you" });
  const failed = { status: 500, code: "internal", msg: "out of milk", meta: { rpc_code: "4711", data: "until noon" } };
  assert.deepEqual(await call({ method: "fail" }), failed);
  assert.deepEqual(await call({ method: "none" }), {
    status: 400,
    code: "invalid_argument",
    msg: "Method not supported at destination",
    meta: { rpc_code: "1400" },
  });
});

test("a LiveKit client sees what the server changes, and why it is sent away", async (t) => {
  const ann = await joinLiveKit(t, "clients", "ann");
  await service.updateParticipant("clients", "ann", { name: "Ann", metadata: "host", attributes: { seat: "1" } });
  await service.updateRoomMetadata("clients", "news");
  const wanted = { room: "clients", roomMetadata: "news", name: "Ann", metadata: "host", attributes: { seat: "1" } };
  await until("the changes", 5_000, async () => isDeepStrictEqual(await ann.call("state"), wanted));
  const bob = await joinLiveKit(t, "clients", "bob");
  assert.deepEqual(await bob.call("others"), ["ann"]);
  await service.removeParticipant("clients", "ann");
  const reasonOf = (peer: ForkedPeer<RtcNodePeer>) => until("the reason", 5_000, () => peer.call("disconnectReason"));
  assert.equal(await reasonOf(ann), PARTICIPANT_REMOVED);
  await until("ann is gone", 5_000, async () => (await bob.call("others")).length === 0);
  await service.deleteRoom("clients");
  assert.equal(await reasonOf(bob), ROOM_DELETED);
});

test("a LiveKit client is moved to another room", async (t) => {
  const ann = await joinLiveKit(t, "left", "ann");
  await joinLiveKit(t, "right", "bob");
  await service.moveParticipant("left", "ann", "right");
  await until("ann in her new room", 15_000, async () => {
    const present = await service.listParticipants("right");
    return present.some(({ identity, state }) => identity === "ann" && state === ParticipantInfo_State.ACTIVE);
  });
  await until("ann sees bob", 5_000, async () => isDeepStrictEqual(await ann.call("others"), ["bob"]));
  assert.deepEqual(await service.listParticipants("left"), []);
});

test("a participant is moved to another room", async (t) => {
  const ann = await join(t, "from", "ann");
  await service.moveParticipant("from", "ann", "to");
  const { room, token } = await ann.client.notified("moved");
  assert.equal(room, "to");
  const again = await RpcClient.open(node.webSocketUrl, token);
  t.after(() => again.close());
  await again.request("join", {});
  const [moved] = await service.listParticipants("to");
  assert.deepEqual([moved?.identity, moved?.name], ["ann", "ANN"]);
});

test("a participant is forwarded to another room, and stays in its own", async (t) => {
  const ann = await join(t, "here", "ann");
  await ann.client.request("publish", { cid: "c", kind: "audio" });
  const bob = await join(t, "there", "bob");
  await service.forwardParticipant("here", "ann", "there");
  await bob.client.notified("participantJoined", ({ participant }) => participant.identity === "ann");
  const forwarded = (await service.getParticipant("there", "ann")).toJson() as Record<string, unknown[]>;
  assert.deepEqual([forwarded.kindDetails, forwarded.tracks?.length], [["FORWARDED"], 1]);
  await service.removeParticipant("there", "ann");
  await bob.client.notified("participantLeft", ({ identity }) => identity === "ann");
  assert.equal((await service.listParticipants("here")).length, 1);
});

test("tokens of either side are good at the other", async () => {
  const verifier = new TokenVerifier(DEV_KEY, DEV_SECRET);
  const claims = await verifier.verify(await node.token("demo", "ann", { canPublish: false }));
  assert.deepEqual([claims.sub, claims.video?.room, claims.video?.canPublish], ["ann", "demo", false]);
});

test("errors are those that the SDK knows", async (t) => {
  await join(t, "errors", "ann");
  await refused(service.deleteRoom("nowhere"), 404, "not_found", /^requested room does not exist$/);
  await refused(service.getParticipant("errors", "bob"), 404, "not_found", /^participant does not exist$/);
  await refused(service.mutePublishedTrack("errors", "ann", "TR_none", true), 404, "not_found", /track/);
  await refused(service.createRoom({ name: "" }), 400, "invalid_argument", /name/);
  assert.deepEqual(await service.listParticipants("nowhere"), []);
});

test("who may not is refused, and told whether it was the key, the token or the grant", async () => {
  const clientWith = (token: AccessToken) =>
    token.toJwt().then((jwt) => new RoomServiceClient(node.url, undefined, undefined, { token: jwt }));
  const wrongKey = new RoomServiceClient(node.url, "nobody", DEV_SECRET);
  await refused(wrongKey.listRooms(), 401, undefined, /^invalid API key: /);
  const wrongSecret = new RoomServiceClient(node.url, DEV_KEY, "another secret of thirty-two bytes or more");
  await refused(wrongSecret.listRooms(), 401, undefined, /^invalid authorization token: /);
  const expired = new AccessToken(DEV_KEY, DEV_SECRET, { ttl: -3_600 });
  expired.addGrant({ roomList: true });
  await refused((await clientWith(expired)).listRooms(), 401, undefined, /^invalid authorization token: .*expired/);
  const other = new AccessToken(DEV_KEY, DEV_SECRET);
  other.addGrant({ roomAdmin: true, room: "other" });
  await refused((await clientWith(other)).listParticipants("errors"), 401, "unauthenticated", /^permissions denied$/);
});

test("services that a node lacks say so", async () => {
  const unimplemented = (call: Promise<unknown>) => refused(call, 501, "unimplemented", /this node has no /);
  await unimplemented(new EgressClient(node.url, DEV_KEY, DEV_SECRET).listEgress());
  await unimplemented(new IngressClient(node.url, DEV_KEY, DEV_SECRET).listIngress());
  await unimplemented(new SipClient(node.url, DEV_KEY, DEV_SECRET).listSipInboundTrunk());
});
