import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError, serializeDataMessage } from "@sluice/protocol";
import { roomInfo, settle } from "@sluice/protocol/testing";
import { createTrack, type MemoryMediaConnection } from "./testing/memory-media.js";
import { camera, createRoom, person } from "./testing/room-fixture.js";

test("who is there is told before we are connected", async () => {
  const { log } = await createRoom({ others: [person("PA_1", [camera])] });
  assert.deepEqual(log, ["joined PA_1", "published TR_cam", "connected"]);
});

test("publishing announces, offers, and says which section carries which track", async () => {
  const { room, server, media } = await createRoom();
  const track = await room.publish(createTrack("video"), { source: "camera" });
  assert.deepEqual(server.callsOf("offer"), [
    { sdp: "m=s0\n", tracks: [{ mid: "s0", trackId: track.trackId }], confirms: true },
  ]);
  assert.deepEqual(media.connections[0]?.answers, ["answer to m=s0\n"]);
  assert.deepEqual(room.localParticipant.tracks, [track]);
});

test("the node is told when its answer has been applied, and not before", async () => {
  const { room, server, media } = await createRoom();
  const [connection] = media.connections;
  assert.ok(connection !== undefined);
  let apply = () => {};
  connection.applied = new Promise((resolve) => {
    apply = resolve;
  });
  const published = room.publish(createTrack("video"));
  await settle();
  assert.equal(connection.answers.length, 1);
  assert.deepEqual(server.callsOf("answerApplied"), []);
  apply();
  await published;
  assert.deepEqual(server.callsOf("answerApplied"), [{}]);
});

test("a track whose offer is refused is taken back", async () => {
  const { room, server, media } = await createRoom();
  server.refuse("offer", "unsupported");
  await assert.rejects(
    room.publish(createTrack("video")),
    (error) => error instanceof SluiceError && error.code === "unsupported",
  );
  assert.equal(server.callsOf("unpublish").length, 1);
  assert.deepEqual(media.connections[0]?.sending, []);
  assert.deepEqual(room.localParticipant.tracks, []);
});

test("the same media track is published once", async () => {
  const { room, server } = await createRoom();
  const mediaStreamTrack = createTrack("audio");
  const first = await room.publish(mediaStreamTrack);
  assert.equal(await room.publish(mediaStreamTrack), first);
  const other = createTrack("audio");
  const [a, b] = await Promise.all([room.publish(other), room.publish(other)]);
  assert.equal(a, b);
  assert.equal(server.callsOf("publish").length, 2);
  await room.unpublish(first);
  assert.notEqual(await room.publish(mediaStreamTrack), first);
});

test("a section that changes its track unsubscribes one and subscribes the other", async () => {
  const { server, sections, drain } = await createRoom({
    others: [person("PA_1", [camera, { ...camera, trackId: "TR_two" }])],
  });
  sections.push({ mid: "0", trackId: "TR_cam", participantId: "PA_1" });
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  sections.splice(0, 1, { mid: "0", trackId: "TR_two", participantId: "PA_1" });
  drain();
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  assert.deepEqual(drain(), ["unsubscribed TR_cam", "subscribed TR_two"]);
});

test("a track that is subscribed again before its section was freed is there at once", async () => {
  const { room, server, sections, drain } = await createRoom({ others: [person("PA_1", [camera])] });
  sections.push({ mid: "0", trackId: "TR_cam", participantId: "PA_1" });
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  drain();
  await room.unsubscribe("TR_cam");
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  assert.deepEqual(drain(), ["unsubscribed TR_cam"], "not wanted, whatever carries it");
  await room.subscribe("TR_cam");
  assert.deepEqual(drain(), ["subscribed TR_cam"]);
  await room.unsubscribe("TR_cam");
  sections.splice(0);
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  await room.subscribe("TR_cam");
  assert.deepEqual(drain(), ["unsubscribed TR_cam"], "the section was freed: the next answer will say");
});

test("an answer that comes before the announcement of its track is not forgotten", async () => {
  const { server, sections, drain } = await createRoom({ others: [person("PA_1")] });
  sections.push({ mid: "0", trackId: "TR_cam", participantId: "PA_1" });
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  await settle();
  drain();
  server.notify("trackPublished", { participantId: "PA_1", track: camera });
  assert.deepEqual(drain(), ["published TR_cam", "subscribed TR_cam"]);
  server.notify("trackUnpublished", { participantId: "PA_1", trackId: "TR_cam" });
  assert.deepEqual(drain(), ["unsubscribed TR_cam", "unpublished TR_cam"]);
});

test("a resumed participant keeps its media and learns what it missed", async () => {
  const { server, scheduler, media, state, drain } = await createRoom({ others: [person("PA_1", [camera]), person("PA_2")] });
  drain();
  server.close(1006);
  state.others = [person("PA_1", [{ ...camera, muted: true }]), person("PA_3")];
  await scheduler.advance(200);
  assert.equal(media.connections.length, 1);
  assert.deepEqual(drain(), [
    "reconnecting signaling",
    "left PA_2 connectionLost",
    "muted TR_cam true",
    "joined PA_3",
    "connected",
  ]);
});

test("a participant that could not be resumed gets a new peer connection and publishes everything again", async () => {
  const { room, server, scheduler, media, state } = await createRoom();
  const track = await room.publish(createTrack("video"));
  const before = track.trackId;
  state.resumable = false;
  server.close(1006);
  await scheduler.advance(200);
  assert.equal(media.connections[0]?.closed, true);
  assert.notEqual(track.trackId, before);
  assert.equal(room.localParticipant.participantId, "PA_me2");
  assert.deepEqual(server.callsOf("offer").at(-1), {
    sdp: "m=s0\n",
    tracks: [{ mid: "s0", trackId: track.trackId }],
    confirms: true,
  });
});

test("after the loss of a worker the same tracks go over a new peer connection on the same socket", async () => {
  const { room, server, scheduler, media, sections, drain } = await createRoom({ others: [person("PA_1", [camera])] });
  sections.push({ mid: "0", trackId: "TR_cam", participantId: "PA_1" });
  server.notify("negotiationNeeded", { audio: 0, video: 1 });
  const track = await room.publish(createTrack("video"));
  const offers = server.callsOf("offer").length;
  drain();
  server.notify("reconnect", { reason: "workerDied", delayMs: 500 });
  await scheduler.advance(499);
  assert.equal(server.callsOf("offer").length, offers);
  await scheduler.advance(1);
  assert.equal(server.sockets.length, 1);
  assert.equal(server.callsOf("publish").length, 1);
  assert.deepEqual(server.callsOf("offer").at(-1), {
    sdp: "m=s0\nm=video\n",
    tracks: [{ mid: "s0", trackId: track.trackId }],
    confirms: true,
  });
  media.connections[1]?.handleState("connected");
  assert.deepEqual(drain(), ["reconnecting media", "unsubscribed TR_cam", "subscribed TR_cam", "connected"]);
});

test("an offer the node cannot take yet is made again", async () => {
  const { room, server, scheduler } = await createRoom();
  server.refuse("offer", "unavailable");
  const published = room.publish(createTrack("video"));
  await scheduler.advance(1_000);
  server.answers.offer = () => ({ sdp: "answer", tracks: [] });
  await scheduler.advance(5_000);
  await published;
});

test("an offer whose answer was lost with the socket is made again", async () => {
  const { room, server, scheduler } = await createRoom();
  server.answers.offer = () => undefined;
  const published = room.publish(createTrack("video"));
  await settle();
  server.close(1006);
  server.answers.offer = () => ({ sdp: "answer", tracks: [] });
  await scheduler.advance(1_000);
  await published;
});

test("a peer connection that fails is replaced, again and again, with growing pauses", async () => {
  const { room, scheduler, media } = await createRoom();
  await room.publish(createTrack("video"));
  for (let failures = 1; failures <= 10; failures++) {
    media.connections.at(-1)?.handleState("failed");
    assert.equal(media.connections.length, failures + 1);
    assert.deepEqual(room.state, { status: "reconnecting", cause: "media" });
    await scheduler.advance(5_000);
  }
  media.connections.at(-1)?.handleState("connected");
  assert.deepEqual(room.state, { status: "connected" });
});

test("a path that is interrupted has six seconds to come back", async () => {
  const { room, scheduler, media } = await createRoom();
  await room.publish(createTrack("video"));
  media.connections[0]?.handleState("disconnected");
  assert.deepEqual(room.state, { status: "reconnecting", cause: "media" });
  await scheduler.advance(5_999);
  media.connections[0]?.handleState("connected");
  assert.deepEqual(room.state, { status: "connected" });
  media.connections[0]?.handleState("disconnected");
  await scheduler.advance(6_000);
  assert.equal(media.connections.length, 2);
  assert.equal(media.connections[0]?.closed, true);
});

test("without anything to send or receive nothing is offered", async () => {
  const { server, scheduler, media } = await createRoom();
  server.close(1006);
  await scheduler.advance(200);
  media.connections[0]?.handleState("failed");
  await scheduler.advance(1_000);
  assert.deepEqual(server.callsOf("offer"), []);
});

test("muting takes effect at once, and an admin's mute does too", async () => {
  const { room, server, drain } = await createRoom();
  const track = await room.publish(createTrack("audio"));
  drain();
  const told = room.setMuted(track, true);
  assert.equal(track.mediaStreamTrack.enabled, false);
  await told;
  await room.setMuted(track, false);
  server.notify("trackMuted", { participantId: "PA_me1", trackId: track.trackId, muted: true });
  assert.equal(track.mediaStreamTrack.enabled, false);
  assert.deepEqual(drain(), [`muted ${track.trackId} true`, `muted ${track.trackId} false`, `muted ${track.trackId} true`]);
});

test("a device that goes away is unpublished", async () => {
  const { room, server } = await createRoom();
  const track = await room.publish(createTrack("video"));
  track.mediaStreamTrack.dispatchEvent(new Event("ended"));
  await settle();
  assert.deepEqual(server.callsOf("unpublish"), [{ trackId: track.trackId }]);
  assert.deepEqual(room.localParticipant.tracks, []);
});

test("what was not wanted is not received after joining anew", async () => {
  const tracks = [camera, { ...camera, trackId: "TR_screen" }];
  const { room, server, scheduler, state } = await createRoom({ others: [person("PA_1", tracks)] });
  await room.unsubscribe("TR_cam");
  await room.setPaused("TR_screen", true);
  state.resumable = false;
  server.close(1006);
  await scheduler.advance(200);
  assert.deepEqual(server.callsOf("unsubscribe"), [{ trackIds: ["TR_cam"] }, { trackIds: ["TR_cam"] }]);
  const wish = { trackId: "TR_screen", paused: true };
  assert.deepEqual(server.callsOf("setLayers"), [wish, wish]);
});

test("data and signals are handed on; too much data is refused here", async () => {
  const { room, server } = await createRoom();
  const heard: string[] = [];
  room.on("data", ({ from, topic, data }) => heard.push(`${from} ${topic} ${new TextDecoder().decode(data)}`));
  await room.sendData("grüße", { topic: "chat" });
  assert.deepEqual(server.callsOf("sendData"), [{ data: Buffer.from("grüße").toString("base64"), topic: "chat" }]);
  server.notify("data", { from: "PA_1", topic: "chat", data: Buffer.from("hallo").toString("base64") });
  assert.deepEqual(heard, ["PA_1 chat hallo"]);
  await assert.rejects(room.sendData(new Uint8Array(261_121)), (error) => error instanceof SluiceError);
  assert.equal(await room.signal("candidate", "x", { to: "PA_1" }), 1);
});

test("data goes by the channels of each peer connection in turn", async () => {
  const { room, server, scheduler, media } = await createRoom();
  const heard: string[] = [];
  room.on("data", ({ from, topic, data }) => heard.push(`${from} ${topic} ${data}`));
  const open = (connection: MemoryMediaConnection | undefined) => {
    const sent: Uint8Array[] = [];
    const channel = { bufferedAmount: 0, send: (bytes: Uint8Array) => void sent.push(bytes) };
    connection?.data.handleOpen("reliable", channel);
    connection?.data.handleMessage(serializeDataMessage({ from: "PA_1", topic: "t" }, Uint8Array.of(1, 2)));
    return sent;
  };
  const [first] = media.connections;
  const before = open(first);
  await room.sendData(new Uint8Array(200_000));
  server.notify("reconnect", { reason: "workerDied", delayMs: 0 });
  await scheduler.advance(0);
  await room.sendData("small");
  const after = open(media.connections[1]);
  open(first);
  await room.sendData("again", { topic: "t", to: ["PA_1"] });
  assert.deepEqual([before.length, after.length, server.callsOf("sendData").length], [1, 1, 1]);
  assert.deepEqual(heard, ["PA_1 t 1,2", "PA_1 t 1,2"]);
  room.leave();
  await assert.rejects(room.sendData("late"), (error) => error instanceof SluiceError && error.code === "unavailable");
});

test("being removed ends the room for good", async () => {
  const { room, server, scheduler, media } = await createRoom();
  server.notify("roomClosed", { reason: "removed" });
  await scheduler.advance(60_000);
  assert.deepEqual(room.state, { status: "disconnected", reason: "removed" });
  assert.equal(server.sockets.length, 1);
  assert.equal(media.connections[0]?.closed, true);
});

test("leaving tells the server, once", async () => {
  const { room, server, scheduler } = await createRoom();
  room.leave();
  room.leave();
  await scheduler.advance(60_000);
  assert.equal(server.callsOf("leave").length, 1);
  assert.deepEqual(room.state, { status: "disconnected", reason: "clientLeft" });
});

test("a listener that throws does not stop the others", async () => {
  const reported: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
  const { room, server, drain } = await createRoom();
  drain();
  const off = room.on("signal", () => {
    throw new Error("mine");
  });
  const heard: string[] = [];
  room.on("signal", ({ data }) => heard.push(data));
  server.notify("signal", { from: "PA_1", type: "offer", data: "x" });
  off();
  server.notify("signal", { from: "PA_1", type: "offer", data: "y" });
  assert.deepEqual(heard, ["x", "y"]);
  assert.equal(reported.length, 1);
});

test("who is moved is in the other room, with its tracks and the participants of that one", async () => {
  const { room, server, media, state, drain } = await createRoom({ others: [person("PA_1", [camera])] });
  const track = await room.publish(createTrack("video"), { source: "camera" });
  const moved: string[] = [];
  room.on("moved", ({ name }) => moved.push(name));
  state.others = [person("PA_2")];
  state.info = roomInfo({ roomId: "RM_2", name: "other" });
  drain();
  server.notify("moved", { room: "other", token: "t2" });
  await settle();
  assert.deepEqual(drain(), [
    "reconnecting signaling",
    "unpublished TR_cam",
    "left PA_1 connectionLost",
    "joined PA_2",
    "connected",
  ]);
  assert.deepEqual([moved, room.name, room.localParticipant.participantId], [["other"], "other", "PA_me2"]);
  assert.deepEqual([server.callsOf("publish").length, media.connections.length], [2, 2]);
  assert.deepEqual(room.localParticipant.tracks, [track]);
});
