import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "@sluice/protocol";
import { refuses } from "../../testing/call-fixture.js";
import type { MemoryClient } from "../../testing/memory-client.js";
import { MemoryNode } from "../../testing/memory-node.js";
import type { MemoryWorker } from "../../testing/memory-workers.js";

const VIDEO_LAYERS = [
  { rid: "q", width: 320, height: 180, maxBitrateBps: 150_000 },
  { rid: "f", width: 640, height: 360, maxBitrateBps: 500_000 },
];

/** Ann sends audio and video in the room "demo", Vic watches in the room "other", into which she is forwarded. */
function openRooms({ workers = 1 } = {}) {
  const node = new MemoryNode({ workers });
  const ann = node.client("ann", { canUpdateOwnMetadata: true });
  ann.join({}, { name: "Ann", attributes: { role: "host", team: "red" } });
  const tracks = [ann.publish("audio"), ann.publish("video")];
  ann.offer();
  const vic = node.client("vic", { room: "other" });
  vic.join();
  node.rooms.forwardParticipant("demo", "ann", "other");
  const [worker] = node.workers.ready as [MemoryWorker];
  return { node, ann, vic, tracks, worker };
}

/** Ann as Vic sees her. */
function forwarded(node: MemoryNode) {
  const participant = node.rooms.find("other")?.room.withIdentity("ann");
  assert.ok(participant !== undefined);
  return participant;
}

function receive(client: MemoryClient, node: MemoryNode): Result<"offer"> {
  node.clock.advance(10);
  for (const needed of client.take("negotiationNeeded")) client.peer.receive(needed);
  return client.offer();
}

test("[RM90] [RM91] who is forwarded is in the other room, with everything it is", () => {
  const { node, ann, vic } = openRooms();
  const participant = forwarded(node);
  assert.deepEqual(
    [participant.name, participant.attributes, participant.kindDetails, participant.state],
    ["Ann", { role: "host", team: "red" }, ["forwarded"], "active"],
  );
  assert.notEqual(participant.participantId, ann.participantId);
  assert.equal(vic.take("participantJoined").length, 1);
  ann.call({ method: "updateParticipant", params: { name: "Anne", attributes: { team: "", seat: "1" } } });
  assert.deepEqual([participant.name, participant.attributes], ["Anne", { role: "host", seat: "1" }]);
  node.clock.advance(60_000);
  assert.ok(node.rooms.find("other")?.room.withIdentity("ann") !== undefined, "it is never away");
});

test("[RM92] [RM93] its tracks come along, with their media, and can be received there", () => {
  const { node, vic, tracks, worker } = openRooms();
  const there = [...forwarded(node).tracks.values()];
  assert.deepEqual(
    there.map(({ kind, info }) => [kind, info.mimeType]),
    [
      ["audio", "audio/opus"],
      ["video", "video/VP8"],
    ],
  );
  const roomId = node.rooms.find("other")?.room.roomId ?? "";
  const copies = worker.take("copyProducer");
  assert.deepEqual(
    copies.map((copy) => copy.routerId),
    [roomId, roomId],
  );
  const producers = node.rooms.find("demo")?.media.producers;
  assert.deepEqual(
    copies.map((copy) => copy.producerId),
    tracks.map(({ trackId }) => producers?.get(trackId)?.producerId),
  );
  const received = receive(vic, node);
  assert.deepEqual(received.tracks.map(({ trackId }) => trackId).sort(), there.map(({ trackId }) => trackId).sort());
  assert.deepEqual(
    worker
      .take("openConsumer")
      .map(({ parameters }) => parameters.producerId)
      .sort(),
    copies.map(({ copyId }) => copyId).sort(),
  );
});

test("[RM92] what is published, announced, muted or taken back later is so there, too", () => {
  const { node, ann, vic, tracks } = openRooms();
  const participant = forwarded(node);
  const [audio, video] = [...participant.tracks.values()];
  assert.ok(audio !== undefined && video !== undefined);
  vic.told.splice(0);
  ann.call({ method: "mute", params: { trackId: tracks[0]?.trackId ?? "", muted: true } });
  assert.deepEqual(vic.take("trackMuted"), [{ participantId: participant.participantId, trackId: audio.trackId, muted: true }]);
  ann.call({ method: "mute", params: { trackId: tracks[0]?.trackId ?? "", muted: false } });
  assert.equal(audio.isMuted, false);
  ann.call({ method: "publish", params: { cid: "video1", kind: "video", layers: VIDEO_LAYERS } });
  assert.equal(video.layers?.length, 2);
  const screen = ann.publish("video", { source: "screenShare" });
  assert.equal(participant.tracks.size, 3);
  ann.unpublish(screen.trackId);
  assert.deepEqual([...participant.tracks.keys()], [audio.trackId, video.trackId]);
});

test("[RM92] whom it lets receive its tracks is let there, too", () => {
  const { node, ann, vic, tracks } = openRooms();
  const [audio, video] = [...forwarded(node).tracks.values()];
  const audible = { identity: "vic", everyTrack: false, trackIds: [tracks[0]?.trackId ?? ""] };
  ann.call({ method: "setSubscriptionPermissions", params: { everybody: false, participants: [audible] } });
  const subscribers = () => [audio, video].map((track) => track?.subscribers.has(vic.participantId));
  assert.deepEqual(subscribers(), [true, false]);
  ann.call({ method: "setSubscriptionPermissions", params: { everybody: true, participants: [] } });
  assert.deepEqual(subscribers(), [true, true]);
});

test("[RM94] a layer that only the other room wants is wanted", () => {
  const { node, ann, vic } = openRooms();
  const trackId = [...forwarded(node).tracks.keys()][1] ?? "";
  const told = () => ann.take("publishedLayers").map(({ wanted }) => wanted);
  node.clock.advance(4_000);
  assert.deepEqual(told(), [], "everything is wanted while nobody has counted");
  vic.call({ method: "setLayers", params: { trackId, paused: true } });
  node.clock.advance(12_000);
  assert.deepEqual(told(), [[false]]);
  vic.call({ method: "setLayers", params: { trackId } });
  node.clock.advance(20);
  assert.deepEqual(told(), [[true]]);
});

test("[RM97] what it sends to everybody is for everybody there, too; what it sends to some is not", () => {
  const { node, ann, vic } = openRooms();
  const bob = node.client("bob");
  bob.join();
  const data = Buffer.from("hello").toString("base64");
  ann.call({ method: "sendData", params: { data, topic: "chat" } });
  const from = forwarded(node).participantId;
  assert.deepEqual(vic.take("data"), [{ from, topic: "chat", data }]);
  assert.equal(bob.take("data").length, 1);
  ann.call({ method: "sendData", params: { data, to: [bob.participantId] } });
  vic.call({ method: "sendData", params: { data } });
  assert.deepEqual([vic.take("data").length, bob.take("data").length, ann.take("data").length], [0, 1, 0]);
});

test("[RM95] who leaves, or whose room ends, is forwarded no more", () => {
  for (const end of ["leave", "delete", "lost"] as const) {
    const { node, ann, vic } = openRooms();
    if (end === "leave") ann.membership.session.leave(ann.participantId);
    else if (end === "delete") node.rooms.delete("demo");
    else ann.membership.session.handleClientGone(ann.participantId, ann);
    node.clock.advance(20_000);
    const reasons = vic.take("participantLeft").map(({ reason }) => reason);
    assert.deepEqual(reasons, [{ leave: "clientLeft", delete: "roomDeleted", lost: "connectionLost" }[end]]);
  }
});

test("[RM95] who is removed from the other room, or loses it, stays where it is, and its publisher is asked for less", () => {
  for (const end of ["remove", "delete"] as const) {
    const { node, ann, worker, tracks } = openRooms();
    const copies = worker.take("copyProducer");
    const { participantId } = forwarded(node);
    if (end === "remove") node.rooms.find("other")?.leave(participantId, "removed");
    else node.rooms.delete("other");
    assert.equal(ann.closed, undefined);
    const track = node.rooms.find("demo")?.room.track(tracks[1]?.trackId ?? "");
    assert.equal(track?.layersWantedElsewhere.size, 0);
    const closed = worker.take("closeProducer", "closeRouter");
    assert.equal(closed.length, end === "remove" ? copies.length : 1);
    ann.publish("audio");
    assert.deepEqual(
      ann.membership.session.room.participants.map(({ identity }) => identity),
      ["ann"],
    );
    node.rooms.forwardParticipant("demo", "ann", "other");
    assert.equal(forwarded(node).tracks.size, 3);
  }
});

test("[RM96] forwarding again is forwarding once; nobody is forwarded who is not there, or where its identity is", () => {
  const { node, vic } = openRooms();
  const before = forwarded(node).participantId;
  node.rooms.forwardParticipant("demo", "ann", "other");
  assert.equal(forwarded(node).participantId, before);
  refuses("notFound", () => node.rooms.forwardParticipant("demo", "eve", "other"));
  refuses("notFound", () => node.rooms.forwardParticipant("none", "ann", "other"));
  refuses("invalidArgument", () => node.rooms.forwardParticipant("demo", "ann", "demo"));
  node.client("vic").join();
  refuses("alreadyExists", () => node.rooms.forwardParticipant("demo", "vic", "other"));
  node.rooms.create("small", { maxParticipants: 1 });
  node.client("sam", { room: "small" }).join();
  refuses("resourceExhausted", () => node.rooms.forwardParticipant("demo", "ann", "small"));
  assert.equal(vic.closed, undefined);
});

test("[RM96] who is forwarded is not forwarded again: rooms that forward to each other have everybody once", () => {
  const { node, vic } = openRooms();
  vic.publish("audio");
  node.rooms.forwardParticipant("other", "vic", "demo");
  refuses("invalidArgument", () => node.rooms.forwardParticipant("other", "ann", "demo"));
  refuses("invalidArgument", () => node.rooms.forwardParticipant("demo", "vic", "third"));
  const identities = (name: string) =>
    node.rooms
      .find(name)
      ?.room.participants.map(({ identity }) => identity)
      .sort();
  assert.deepEqual(
    [identities("demo"), identities("other")],
    [
      ["ann", "vic"],
      ["ann", "vic"],
    ],
  );
  node.rooms.forwardParticipant("demo", "ann", "third");
  assert.deepEqual(identities("third"), ["ann"]);
});

test("[RM93] a worker that dies takes the media along, and the next brings it back", () => {
  const { node, ann, vic, worker } = openRooms();
  receive(vic, node);
  node.workers.kill(worker);
  const next = node.workers.start();
  node.clock.advance(500);
  assert.deepEqual(next.take("copyProducer"), [], "its publisher sends nothing yet");
  ann.peer.reconnect();
  ann.offer();
  assert.equal(next.take("copyProducer").length, 2);
  vic.peer.reconnect();
  assert.equal(receive(vic, node).tracks.length, 2);
});

/** As {@link openRooms}, with the rooms at two workers. */
function openWorkers() {
  const node = new MemoryNode({ workers: 2 });
  const ann = node.client("ann");
  ann.join();
  const { trackId } = ann.publish("video", { layers: VIDEO_LAYERS });
  ann.offer();
  const vic = node.client("vic", { room: "other" });
  vic.join();
  vic.peer.receive({ audio: 0, video: 1 });
  vic.offer();
  const [a, b] = node.workers.ready as [MemoryWorker, MemoryWorker];
  const original = node.rooms.find("demo")?.media.producers.get(trackId);
  node.rooms.forwardParticipant("demo", "ann", "other");
  return { node, ann, vic, a, b, original };
}

test("[RM93] between two workers media goes through one pipe, whoever is forwarded in which direction", () => {
  const { node, vic, a, b, original } = openWorkers();
  const [near, far] = [a.commands.splice(0), b.commands.splice(0)];
  const pipe = near.find(({ type }) => type === "copyProducer");
  assert.ok(pipe?.type === "copyProducer" && pipe.producerId === original?.producerId);
  const arriving = far.flatMap((each) => (each.type === "openProducer" ? [each.parameters] : []));
  const sent = near.flatMap((each) => (each.type === "openConsumer" ? [each.parameters] : []));
  assert.deepEqual(
    arriving.map(({ rtp }) => rtp.encodings.map(({ ssrc }) => ssrc)),
    [sent.map(({ ssrc }) => ssrc)],
  );
  const copies = far.flatMap((each) => (each.type === "copyProducer" ? [each] : []));
  const roomId = node.rooms.find("other")?.room.roomId;
  assert.deepEqual(
    copies.map(({ producerId, routerId }) => [producerId, routerId]),
    [[arriving[0]?.producerId, roomId]],
  );
  vic.publish("audio");
  vic.offer();
  node.rooms.forwardParticipant("other", "vic", "demo");
  assert.deepEqual([a.take("openTransport").length, b.take("openTransport").length], [0, 0]);
});

test("[RM93] the pipe closes with the last that needs it, and one that fails is replaced", () => {
  const { node, ann, a, b } = openWorkers();
  const [opened] = a.take("openTransport").slice(-1);
  assert.ok(opened !== undefined);
  b.take();
  const { transportId } = opened;
  const state = { type: "closed", reason: "consentExpired" } as const;
  node.workers.report(a, { type: "transportState", transportId, state });
  const again = a.commands.splice(0);
  assert.ok(again.some((each) => each.type === "closeRouter" && each.routerId === opened.routerId));
  const [second] = again.flatMap((each) => (each.type === "openTransport" ? [each] : []));
  assert.ok(second !== undefined && second.transportId !== transportId);
  assert.equal(b.take("copyProducer").length, 1);
  ann.membership.session.leave(ann.participantId);
  const closed = (worker: MemoryWorker) => worker.take("closeRouter").map(({ routerId }) => routerId);
  assert.deepEqual([closed(a), closed(b)], [[second.routerId], [second.routerId]]);
});

test("[RM93] when the worker of the other room dies, the room goes to that of the source", () => {
  const { node, a, b, original } = openWorkers();
  a.take();
  node.workers.kill(b);
  const commands = a.commands.splice(0);
  const copies = commands.flatMap((each) => (each.type === "copyProducer" ? [each] : []));
  assert.deepEqual(
    copies.map(({ producerId, routerId }) => [producerId, routerId]),
    [[original?.producerId, node.rooms.find("other")?.room.roomId]],
  );
  assert.ok(
    commands.some(({ type }) => type === "closeRouter"),
    "the pipe is gone",
  );
});

test("[RM90] who is forwarded has no connection there that could be resumed: who comes with its name comes anew", () => {
  const { node, ann } = openRooms();
  const { participantId: forwardedId } = forwarded(node);
  const there = node.client("ann", { room: "other" });
  const { participant, resumed } = there.join({ resume: forwardedId });
  assert.equal(resumed, false);
  assert.notEqual(participant.participantId, forwardedId);
  assert.deepEqual(forwarded(node).kindDetails, [], "it has taken the place of the forwarded one");
  assert.ok(node.rooms.find("demo")?.room.participant(ann.participantId) !== undefined);
});

test("[RM90] a door that only resumes does not find who is forwarded", () => {
  const { node } = openRooms();
  const claims = { iss: "devkey", sub: "ann", exp: 1, video: { roomJoin: true, room: "other" } };
  assert.equal(node.rooms.resume(node.client("ann", { room: "other" }), claims, forwarded(node).participantId), undefined);
  assert.deepEqual(forwarded(node).kindDetails, ["forwarded"]);
});
