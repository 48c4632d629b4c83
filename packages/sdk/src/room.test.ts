import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantInfo, TrackInfo } from "@sluice/protocol";
import { SluiceError } from "@sluice/protocol";
import { MemoryServer, settle, VirtualScheduler } from "@sluice/protocol/testing";
import { Room } from "./room.js";
import { createMemoryMedia, createTrack } from "./testing/memory-media.js";

const camera: TrackInfo = { trackId: "TR_cam", kind: "video", source: "camera", name: "", muted: false };

const person = (participantId: string, tracks: TrackInfo[] = []): ParticipantInfo => ({
  participantId,
  identity: `id of ${participantId}`,
  name: "",
  metadata: "",
  attributes: {},
  joinedAt: 0,
  tracks,
});

/** A room whose events are written down as "event argument". */
async function createRoom({ others = [] as ParticipantInfo[], autoSubscribe = true } = {}) {
  const server = new MemoryServer();
  let joins = 0;
  const state = { others, resumable: true };
  server.answers.join = ({ resume }) => {
    const resumed = resume !== undefined && state.resumable;
    if (!resumed) joins += 1;
    return {
      room: { roomId: "RM_1", name: "demo", metadata: "" },
      participant: person(`PA_me${joins}`),
      participants: state.others,
      iceServers: [],
      pingIntervalMs: 1e6,
      resumed,
    };
  };
  server.answers.publish = ({ cid, kind }) => ({
    track: { ...camera, trackId: `TR_${joins}_${String(cid).slice(0, 4)}`, kind },
  });
  const sections: { mid: string; trackId: string; participantId: string }[] = [];
  server.answers.offer = ({ sdp }) => ({ sdp: `answer to ${sdp}`, tracks: sections });
  server.answers.signal = () => ({ delivered: 1 });
  const scheduler = new VirtualScheduler();
  const media = createMemoryMedia();
  const room = new Room({ url: "ws://n", token: "t", autoSubscribe, openSocket: server.openSocket, scheduler }, media.open);
  const log: string[] = [];
  room.on("participantJoined", ({ participantId }) => log.push(`joined ${participantId}`));
  room.on("participantLeft", ({ participantId }, reason) => log.push(`left ${participantId} ${reason}`));
  room.on("trackPublished", ({ trackId }) => log.push(`published ${trackId}`));
  room.on("trackUnpublished", ({ trackId }) => log.push(`unpublished ${trackId}`));
  room.on("trackSubscribed", ({ trackId }) => log.push(`subscribed ${trackId}`));
  room.on("trackUnsubscribed", ({ trackId }) => log.push(`unsubscribed ${trackId}`));
  room.on("trackMuted", ({ trackId, muted }) => log.push(`muted ${trackId} ${muted}`));
  room.on("connectionStateChanged", (to) => log.push("cause" in to ? `${to.status} ${to.cause}` : to.status));
  room.on("error", ({ code }) => log.push(`error ${code}`));
  await room.whenJoined();
  await settle();
  return { room, server, scheduler, media, sections, state, log, drain: () => log.splice(0) };
}

test("who is there is told before we are connected", async () => {
  const { log } = await createRoom({ others: [person("PA_1", [camera])] });
  assert.deepEqual(log, ["joined PA_1", "published TR_cam", "connected"]);
});

test("publishing announces, offers, and says which section carries which track", async () => {
  const { room, server, media } = await createRoom();
  const track = await room.publish(createTrack("video"), { source: "camera" });
  assert.deepEqual(server.callsOf("offer"), [{ sdp: "m=s0\n", tracks: [{ mid: "s0", trackId: track.trackId }] }]);
  assert.deepEqual(media.connections[0]?.answers, ["answer to m=s0\n"]);
  assert.deepEqual(room.localParticipant.tracks, [track]);
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
  assert.deepEqual(server.callsOf("offer").at(-1), { sdp: "m=s0\n", tracks: [{ mid: "s0", trackId: track.trackId }] });
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
  const { room, server, scheduler, state } = await createRoom({ others: [person("PA_1", [camera])] });
  await room.unsubscribe("TR_cam");
  await room.setPaused("TR_cam", true);
  state.resumable = false;
  server.close(1006);
  await scheduler.advance(200);
  assert.deepEqual(server.callsOf("unsubscribe"), [{ trackIds: ["TR_cam"] }, { trackIds: ["TR_cam"] }]);
  assert.equal(server.callsOf("setLayers").length, 2);
});

test("data and signals are handed on; too much data is refused here", async () => {
  const { room, server } = await createRoom();
  const heard: string[] = [];
  room.on("data", ({ from, topic, data }) => heard.push(`${from} ${topic} ${new TextDecoder().decode(data)}`));
  await room.sendData("grüße", { topic: "chat" });
  assert.deepEqual(server.callsOf("sendData"), [{ data: Buffer.from("grüße").toString("base64"), topic: "chat" }]);
  server.notify("data", { from: "PA_1", topic: "chat", data: Buffer.from("hallo").toString("base64") });
  assert.deepEqual(heard, ["PA_1 chat hallo"]);
  await assert.rejects(room.sendData(new Uint8Array(15_361)), (error) => error instanceof SluiceError);
  assert.equal(await room.signal("candidate", "x", { to: "PA_1" }), 1);
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
