import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import {
  AddTrackRequest,
  DisconnectReason,
  JoinRequest,
  LeaveRequest,
  LeaveRequest_Action,
  MuteTrackRequest,
  Ping,
  RequestResponse_Reason,
  SessionDescription,
  SimulateScenario,
  SubscriptionError,
  SyncState,
  TrackPublishedResponse,
  TrackType,
  UpdateParticipantMetadata,
  UpdateSubscription,
} from "@livekit/protocol";
import type { VideoGrant } from "@sluice/protocol";
import { LocalDoor } from "../../testing/local-door.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { LiveKitClient, wrap } from "./testing/livekit-client.js";

async function open(t: TestContext, flags: Readonly<Record<string, unknown>> = {}): Promise<LocalDoor> {
  const local = await LocalDoor.open(flags);
  t.after(() => local.close());
  return local;
}

async function join(t: TestContext, local: LocalDoor, identity: string, grant: VideoGrant = {}, request = new JoinRequest()) {
  const client = await LiveKitClient.single(local.url, await local.token(identity, grant), request);
  t.after(() => client.socket.terminate());
  return { client, joined: await client.next("join") };
}

function offerOf(peer: PeerOffer, id = 1): SessionDescription {
  return new SessionDescription({ type: "offer", sdp: peer.createSdp(), id });
}

test("the first message is the join, the answer to an offer in the URL follows, with the offer's id", async (t) => {
  const local = await open(t);
  const peer = new PeerOffer();
  peer.receive({ audio: 3, video: 3 });
  peer.addDataSection();
  const request = new JoinRequest({ publisherOffer: offerOf(peer, 7) });
  const { client, joined } = await join(t, local, "ann", {}, request);
  assert.deepEqual([joined.participant?.identity, joined.room?.name, joined.subscriberPrimary], ["ann", "demo", false]);
  assert.ok(joined.participant?.sid.startsWith("PA_") && joined.participant.permission?.canPublish);
  assert.ok(joined.serverInfo?.version !== "" && joined.pingInterval > 0 && joined.sifTrailer.length > 0);
  assert.ok(joined.enabledPublishCodecs.some(({ mime }) => mime === "video/VP8"));
  const answer = await client.next("answer");
  assert.deepEqual([answer.type, answer.id, answer.midToTrackId], ["answer", 7, {}]);
});

test("who comes later is told of who is there, and the others of who comes", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const { joined } = await join(t, local, "bob");
  assert.deepEqual(
    joined.otherParticipants.map(({ identity }) => identity),
    ["ann"],
  );
  assert.deepEqual(
    (await ann.next("update")).participants.map(({ identity }) => identity),
    ["bob"],
  );
});

test("a track may come before its offer or after it; either way others learn of it, and a wish for sections is a difference", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const peer = new PeerOffer();
  peer.receive({ audio: 3, video: 3 });
  const { client: bob } = await join(t, local, "bob", {}, new JoinRequest({ publisherOffer: offerOf(peer) }));
  await bob.next("answer");
  const sending = new PeerOffer();
  sending.addSection("video", "sendonly");
  ann.send({ case: "offer", value: offerOf(sending) });
  await ann.next("answer");
  ann.send({ case: "addTrack", value: new AddTrackRequest({ cid: "late", type: TrackType.VIDEO }) });
  const late = await ann.next("trackPublished");
  assert.deepEqual([late.cid, late.track?.sid.startsWith("TR_")], ["late", true]);
  assert.equal((await bob.next("update")).participants[0]?.tracks[0]?.sid, late.track?.sid);
  const { numAudios, numVideos } = await bob.next("mediaSectionsRequirement");
  assert.deepEqual([numAudios, numVideos], [0, 0], "three sections are free");
  bob.send({ case: "offer", value: offerOf(peer, 2) });
  const answer = await bob.next("answer");
  assert.deepEqual(Object.values(answer.midToTrackId), [late.track?.sid]);
  assert.match(answer.sdp, new RegExp(`a=msid:PA_\\w+\\|${late.track?.sid} ${late.track?.sid}`));
  await ann.next("trackSubscribed");
});

test("what is not granted is answered with the request itself and the reason", async (t) => {
  const local = await open(t, { limits: { "tracks-per-participant": 1 } });
  const { client: ann } = await join(t, local, "ann", { canPublishSources: ["microphone"] });
  const refusal = async () => {
    const { reason, request } = await ann.next("requestResponse");
    return [request.case, reason];
  };
  const { INVALID_REQUEST, LIMIT_EXCEEDED, NOT_ALLOWED, NOT_FOUND, UNSUPPORTED_TYPE } = RequestResponse_Reason;
  ann.send({ case: "addTrack", value: new AddTrackRequest({ cid: "a", type: TrackType.VIDEO, source: 1 }) });
  assert.deepEqual(await refusal(), ["addTrack", NOT_ALLOWED]);
  ann.send({ case: "addTrack", value: new AddTrackRequest({ cid: "", type: TrackType.AUDIO, source: 2 }) });
  assert.deepEqual(await refusal(), ["addTrack", INVALID_REQUEST]);
  ann.send({ case: "addTrack", value: new AddTrackRequest({ cid: "a", type: TrackType.DATA }) });
  assert.deepEqual(await refusal(), ["addTrack", UNSUPPORTED_TYPE]);
  for (const cid of ["a", "b"])
    ann.send({ case: "addTrack", value: new AddTrackRequest({ cid, type: TrackType.AUDIO, source: 2 }) });
  assert.deepEqual(await refusal(), ["addTrack", LIMIT_EXCEEDED]);
  ann.send({ case: "mute", value: new MuteTrackRequest({ sid: "TR_nowhere", muted: true }) });
  assert.deepEqual(await refusal(), ["mute", NOT_FOUND]);
  ann.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ name: "x", requestId: 5 }) });
  assert.deepEqual(await refusal(), ["updateMetadata", NOT_ALLOWED]);
  ann.send({ case: "subscription", value: new UpdateSubscription({ trackSids: ["TR_nowhere"], subscribe: true }) });
  assert.equal((await ann.next("subscriptionResponse")).err, SubscriptionError.SE_TRACK_NOTFOUND);
});

test("pings of both kinds are answered, in the form in which they come", async (t) => {
  const local = await open(t);
  const { client } = await join(t, local, "ann");
  client.send({ case: "ping", value: 5n });
  assert.ok((await client.next("pong")) > 1_600_000_000_000n);
  client.send({ case: "pingReq", value: new Ping({ timestamp: 42n }) });
  assert.equal((await client.next("pongResp")).lastPingTimestamp, 42n);
  client.socket.send('{"pingReq":{"timestamp":"43"},"ofTomorrow":1}');
  assert.equal((await client.next("pongResp")).lastPingTimestamp, 43n);
});

test("who leaves is gone for the others; who is replaced learns why", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const { client: bob } = await join(t, local, "bob");
  await ann.next("update");
  bob.send({ case: "leave", value: new LeaveRequest() });
  const [left] = (await ann.next("update")).participants;
  assert.deepEqual([left?.identity, left?.disconnectReason], ["bob", DisconnectReason.CLIENT_INITIATED]);
  await bob.closed;
  await join(t, local, "ann");
  const { reason, action } = await ann.next("leave");
  assert.deepEqual([reason, action], [DisconnectReason.DUPLICATE_IDENTITY, LeaveRequest_Action.DISCONNECT]);
  await ann.closed;
});

test("a lost connection is resumed; what is not there any more begins anew", async (t) => {
  const local = await open(t);
  const { client, joined } = await join(t, local, "ann");
  const { client: bob } = await join(t, local, "bob");
  client.socket.terminate();
  await client.closed;
  const sid = joined.participant?.sid ?? "";
  const again = await LiveKitClient.single(
    local.url,
    await local.token("ann"),
    new JoinRequest({ reconnect: true, participantSid: sid, syncState: new SyncState({ publishTracks: [] }) }),
  );
  await again.next("reconnect");
  assert.deepEqual((await again.next("update")).participants.map(({ identity }) => identity).sort(), ["ann", "bob"]);
  await again.next("roomUpdate");
  assert.deepEqual(bob.waiting, [], "nobody else hears of it");
  again.send({
    case: "syncState",
    value: new SyncState({ publishTracks: [new TrackPublishedResponse({ track: { sid: "TR_gone" } })] }),
  });
  assert.equal((await again.next("leave")).action, LeaveRequest_Action.RECONNECT);
  await again.closed;
  const stranger = await LiveKitClient.open(local.url, `/rtc?reconnect=1&sid=${sid}`, await local.token("ann"));
  assert.deepEqual(
    [(await stranger.next("leave")).action, await stranger.closed],
    [LeaveRequest_Action.RECONNECT, 4404],
    "never a join",
  );
});

test("who has resumed is asked for the sections it lacks, not once more for those it has offered", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const peer = new PeerOffer();
  peer.receive({ audio: 3, video: 3 });
  const { client: bob, joined } = await join(t, local, "bob", {}, new JoinRequest({ publisherOffer: offerOf(peer) }));
  await bob.next("answer");
  bob.socket.terminate();
  await bob.closed;
  const again = await LiveKitClient.single(
    local.url,
    await local.token("bob"),
    new JoinRequest({ reconnect: true, participantSid: joined.participant?.sid ?? "", syncState: new SyncState() }),
  );
  await again.next("reconnect");
  const sending = new PeerOffer();
  sending.addSection("video", "sendonly");
  ann.send({ case: "offer", value: offerOf(sending) });
  ann.send({ case: "addTrack", value: new AddTrackRequest({ cid: "late", type: TrackType.VIDEO }) });
  const { numAudios, numVideos } = await again.next("mediaSectionsRequirement");
  assert.deepEqual([numAudios, numVideos], [0, 0]);
});

test("an offer that cannot be understood ends with a fresh start, and only for who made it", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const { client: bob } = await join(t, local, "bob");
  bob.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: "v=nonsense", id: 1 }) });
  const { reason, action } = await bob.next("leave");
  assert.deepEqual([reason, action], [DisconnectReason.STATE_MISMATCH, LeaveRequest_Action.RECONNECT]);
  await bob.closed;
  ann.send({ case: "ping", value: 1n });
  await ann.next("pong");
});

test("[attack 23] numbers that only JSON can write do not reach anybody", async (t) => {
  const local = await open(t);
  const { client: ann } = await join(t, local, "ann");
  const { client: bob } = await join(t, local, "bob");
  bob.socket.send('{"addTrack":{"cid":"a","type":"AUDIO","backupCodecPolicy":1e20}}');
  bob.socket.send('{"addTrack":{"cid":"b","type":"AUDIO"}}');
  assert.equal((await bob.next("trackPublished")).cid, "b");
  for (let tracks = 0; tracks === 0; ) tracks = (await ann.next("update")).participants[0]?.tracks.length ?? 0;
  assert.equal(local.liveKitDoor.counters.malformed, 1);
});

test("frames that are no messages are dropped and counted, messages of tomorrow are ignored", async (t) => {
  const local = await open(t);
  const { client } = await join(t, local, "ann");
  for (const frame of [Buffer.from([0xff, 0xff]), Buffer.alloc(0), "nonsense", "{}"]) client.socket.send(frame);
  client.send({ case: "ping", value: 1n });
  await client.next("pong");
  assert.equal(local.liveKitDoor.counters.malformed, 4);
});

test("failures come on request", async (t) => {
  const local = await open(t);
  const simulated = async (scenario: SimulateScenario["scenario"]) => {
    const { client } = await join(t, local, "ann");
    client.send({ case: "simulate", value: new SimulateScenario({ scenario }) });
    return client;
  };
  await join(t, local, "spy", { hidden: true });
  const speaking = await simulated({ case: "speakerUpdate", value: 1 });
  const { speakers } = await speaking.next("speakersChanged");
  assert.deepEqual([speakers.length, speakers[0]?.active], [1, true], "hidden ones are not among them");
  assert.ok((await speaking.next("speakersChanged")).speakers.every(({ active }) => !active));
  const migrating = await simulated({ case: "migration", value: true });
  assert.equal((await migrating.next("leave")).action, LeaveRequest_Action.RESUME);
  const leaving = await simulated({ case: "serverLeave", value: true });
  assert.equal((await leaving.next("leave")).action, LeaveRequest_Action.DISCONNECT);
  const again = await simulated({ case: "leaveRequestFullReconnect", value: true });
  assert.equal((await again.next("leave")).action, LeaveRequest_Action.RECONNECT);
  const peer = new PeerOffer();
  peer.receive({ audio: 1, video: 1 });
  const { client: narrow } = await join(t, local, "bob", {}, new JoinRequest({ publisherOffer: offerOf(peer) }));
  await narrow.next("answer");
  for (const value of [300_000n, 0n, -1n]) {
    narrow.send({ case: "simulate", value: new SimulateScenario({ scenario: { case: "subscriberBandwidth", value } }) });
  }
  narrow.send({ case: "ping", value: 1n });
  await narrow.next("pong");
  const limits = local.workers.ready[0]?.take("limitBandwidth") ?? [];
  assert.deepEqual(
    limits.map(({ limitBps }) => limitBps),
    [300_000, undefined, undefined],
  );
  const failing = await simulated({ case: "nodeFailure", value: true });
  assert.equal(await failing.closed, 1006);
});

test("what is refused is a status that clients know how to read, and validate says the same", async (t) => {
  const local = await open(t, { "room.auto-create": false });
  const status = async (path: string, token: string) => {
    const validated = await fetch(`${local.url}${path.replace(/\?|$/, "/validate?")}&access_token=${token}`);
    assert.equal(validated.headers.get("access-control-allow-origin"), "*");
    const refused = await LiveKitClient.open(local.url, path, token).then(
      () => 101,
      (error: { readonly status: number }) => error.status,
    );
    return [refused, validated.status, (await validated.text()).trim()];
  };
  const good = await local.token("ann");
  for (const path of ["/rtc", "/rtc/v1"]) {
    assert.deepEqual((await status(path, "nonsense")).slice(0, 2), [401, 401]);
    assert.deepEqual((await status(path, await local.token("ann", { roomJoin: false }))).slice(0, 2), [403, 403]);
    assert.deepEqual(await status(path, good), [404, 404, "requested room does not exist"]);
  }
  const creating = await local.token("ann", { roomCreate: true });
  assert.deepEqual((await status("/rtc/v1?join_request=%25", creating)).slice(0, 2), [400, 400]);
  assert.deepEqual((await status("/rtc?reconnect=1", creating)).slice(0, 2), [400, 400]);
  assert.deepEqual(await status("/rtc", creating), [101, 200, "success"]);
  assert.equal((await fetch(`${local.url}/rtc/v1`)).status, 404);
});

test("who joins and then does not get its WebSocket has not been there", async (t) => {
  const local = await open(t);
  const token = await local.token("ann");
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "short" };
  const upgrade = request(`${local.url}/rtc?access_token=${token}`, { headers });
  upgrade.end();
  const [response] = await once(upgrade, "response");
  assert.equal(response.statusCode, 400);
  assert.deepEqual(local.rooms.find("demo")?.room.participants.length, 0);
});

test("a long join request fits the URL", async (t) => {
  const local = await open(t);
  const peer = new PeerOffer();
  peer.receive({ audio: 30, video: 30 });
  const text = wrap(new JoinRequest({ publisherOffer: offerOf(peer), metadata: "" }));
  const client = await LiveKitClient.open(
    local.url,
    `/rtc/v1?join_request=${text}&padding=${"x".repeat(60_000)}`,
    await local.token("ann"),
  );
  t.after(() => client.socket.terminate());
  await client.next("answer");
});

test("a URL that ends with a slash is the same door: two slashes are one", async (t) => {
  const local = await open(t);
  for (const [path, isDual] of [
    ["//rtc", true],
    ["//rtc/v1", false],
  ] as const) {
    const client = await LiveKitClient.open(local.url, path, await local.token("ann"));
    t.after(() => client.socket.terminate());
    const { subscriberPrimary, fastPublish } = await client.next("join");
    assert.deepEqual([subscriberPrimary, fastPublish], [isDual, !isDual], path);
  }
});
