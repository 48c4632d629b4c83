import assert from "node:assert/strict";
import { test } from "node:test";
import { after } from "@sluice/media";
import { createRoom, data, enter, join, notifications, publish, refuses, t0, told, wants } from "./testing/room-fixture.js";

test("[RM1] joining takes roomJoin for this very room", () => {
  const room = createRoom();
  refuses("permissionDenied", () => join(room, "ann", { room: "other" }));
  refuses("permissionDenied", () => join(room, "ann", { roomJoin: false }));
  refuses("permissionDenied", () => join(room, "ann", { room: "" }));
  assert.ok(room.isEmpty);
  assert.deepEqual(room.pollEffects(), []);
});

test("[RM2] [RM3] the newcomer learns of the others, and they of the newcomer; nobody learns of who is hidden", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const track = publish(room, ann);
  enter(room, "ghost", { hidden: true });
  const { participants, participant, isResumed } = join(room, "bob");
  assert.deepEqual(
    participants.map(({ identity, tracks }) => [identity, tracks.map(({ trackId }) => trackId)]),
    [["ann", [track]]],
  );
  assert.equal(isResumed, false);
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${ann}: participantJoined`, "PA_4: participantJoined"]);
  assert.deepEqual(notifications(effects)[0]?.params, { participant });
  join(room, "ghost2", { hidden: true });
  assert.deepEqual(told(room.pollEffects()), []);
});

test("[RM4] the newcomer of the same identity wins", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const first = enter(room, "ann");
  publish(room, first);
  room.pollEffects();
  const { participant } = join(room, "ann");
  assert.notEqual(participant.participantId, first);
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${bob}: participantLeft`, `${bob}: participantJoined`]);
  assert.deepEqual(notifications(effects)[0]?.params, { participantId: first, identity: "ann", reason: "duplicateIdentity" });
  assert.ok(effects.some((effect) => effect.type === "participantClosed" && effect.reason === "duplicateIdentity"));
});

test("[RM5] a full room takes nobody, except in exchange for themselves", () => {
  const room = createRoom({ maxParticipants: 2 });
  enter(room, "ann");
  enter(room, "ghost", { hidden: true });
  refuses("resourceExhausted", () => join(room, "bob"));
  assert.equal(join(room, "ann").participants.length, 0);
});

test("[RM6] autoSubscribe takes all tracks, now and later, with canSubscribe", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const audio = publish(room, ann, "audio");
  const bob = enter(room, "bob");
  const manual = enter(room, "manual", {}, { autoSubscribe: false });
  const deaf = enter(room, "deaf", { canSubscribe: false });
  const video = publish(room, ann, "video");
  assert.deepEqual(wants(room, bob), [audio, video]);
  assert.deepEqual(wants(room, manual), []);
  assert.deepEqual(wants(room, deaf), []);
  assert.deepEqual(wants(room, ann), []);
});

test("[RM10] resuming is silent and keeps id, tracks and subscriptions", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const ann = enter(room, "ann");
  const track = publish(room, ann);
  room.handleConnectionLost(ann, t0);
  room.pollEffects();
  const { participant, isResumed } = join(room, "ann", {}, { resume: ann });
  assert.equal(isResumed, true);
  assert.equal(participant.participantId, ann);
  assert.deepEqual(told(room.pollEffects()), []);
  assert.deepEqual(wants(room, bob), [track]);
  assert.equal(room.pollTimeout(), undefined);
});

test("[RM11] nobody resumes somebody else, nor who is gone", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = join(room, "bob", {}, { resume: ann });
  assert.equal(bob.isResumed, false);
  assert.notEqual(bob.participant.participantId, ann);
  room.leave(ann, "clientLeft");
  assert.equal(join(room, "ann", {}, { resume: ann }).isResumed, false);
});

test("[RM12] who is away is in the room and is told nothing", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  room.handleConnectionLost(ann, t0);
  assert.equal(publish(room, bob), "TR_4");
  assert.deepEqual(told(room.pollEffects()), []);
  assert.deepEqual(wants(room, ann), ["TR_4"]);
  assert.equal(join(room, "cat").participants.length, 2);
  assert.equal(room.signal(bob, { type: "offer", data: "", to: ann }), 0);
});

test("[RM13] at the departure timeout who is away has left", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  room.handleConnectionLost(ann, t0);
  room.handleConnectionLost(ann, after(t0, 5_000));
  assert.equal(room.pollTimeout(), after(t0, 15_000));
  room.handleTimeout(after(t0, 14_999));
  assert.deepEqual(room.pollEffects(), []);
  room.handleTimeout(after(t0, 15_000));
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${bob}: participantLeft`]);
  assert.deepEqual(notifications(effects)[0]?.params, { participantId: ann, identity: "ann", reason: "connectionLost" });
  assert.equal(room.pollTimeout(), undefined);
});

test("[RM14] [attack 25] resuming with a lesser token takes away what it no longer grants", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const bobs = publish(room, bob);
  const ann = enter(room, "ann");
  room.publish(ann, { cid: "mic", kind: "audio", source: "microphone" });
  const camera = room.publish(ann, { cid: "cam", kind: "video", source: "camera" }).trackId;
  room.pollEffects();
  assert.deepEqual(wants(room, ann), [bobs]);
  const { participant } = join(
    room,
    "ann",
    { canPublishSources: ["microphone"], canSubscribe: false, hidden: true },
    { resume: ann },
  );
  assert.deepEqual(
    participant.tracks.map(({ source }) => source),
    ["microphone"],
  );
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [
    `${bob}: trackUnpublished`,
    `${ann}: trackUnpublished`,
    `${bob}: participantUpdated`,
    `${ann}: participantUpdated`,
  ]);
  assert.deepEqual(notifications(effects)[0]?.params, { participantId: ann, trackId: camera });
  assert.deepEqual(wants(room, ann), []);
  refuses("permissionDenied", () => room.subscribe(ann, [bobs]));
  assert.equal(join(room, "cat").participants.length, 2, "it joined visibly, and stays so");
});

test("[RM15] who leaves takes tracks and subscriptions along, and is told of once", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  const track = publish(room, ann);
  publish(room, bob);
  room.pollEffects();
  room.leave(ann, "clientLeft");
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${bob}: participantLeft`]);
  assert.deepEqual(
    effects.map(({ type }) => type),
    ["demandChanged", "notify", "trackClosed", "wantedTracksChanged", "countsChanged", "happened", "participantClosed"],
  );
  assert.deepEqual(wants(room, bob), []);
  assert.equal(room.track(track), undefined);
  room.leave(ann, "clientLeft");
  assert.deepEqual(room.pollEffects(), []);
  const ghost = enter(room, "ghost", { hidden: true });
  room.leave(ghost, "clientLeft");
  assert.deepEqual(told(room.pollEffects()), []);
});

test("[RM16] who is not in the room can do nothing there", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const track = publish(room, ann);
  for (const run of [
    () => room.publish("PA_x", { cid: "c", kind: "audio" }),
    () => room.unpublish("PA_x", track),
    () => room.subscribe("PA_x", [track]),
    () => room.unsubscribe("PA_x", [track]),
    () => room.setLayers("PA_x", { trackId: track, paused: true }),
    () => room.mute("PA_x", track, true),
    () => room.signal("PA_x", { type: "offer", data: "" }),
    () => room.admitData("PA_x", data(), t0),
    () => room.checkJoined("PA_x"),
  ]) {
    refuses("failedPrecondition", run);
  }
  room.leave("PA_x", "clientLeft");
});

test("[RM61] closing the room closes every participant with the reason", () => {
  const room = createRoom();
  const [ann, bob] = [enter(room, "ann"), enter(room, "bob")];
  room.close("nodeShutdown");
  assert.deepEqual(
    room.pollEffects().filter(({ type }) => type !== "happened"),
    [
      { type: "participantClosed", participantId: ann, reason: "nodeShutdown" },
      { type: "participantClosed", participantId: bob, reason: "nodeShutdown" },
    ],
  );
  assert.ok(room.isEmpty);
});

test("[RM7] agents and recorders are not counted, do not keep the room, and are let into a full one", () => {
  const room = createRoom();
  room.configure({ maxParticipants: 1 });
  const ann = enter(room, "ann");
  refuses("resourceExhausted", () => join(room, "bob"));
  join(room, "agent", { agent: true });
  join(room, "recorder", { recorder: true });
  assert.deepEqual([room.info.participantCount, room.isEmpty], [1, false]);
  room.leave(ann, "clientLeft");
  assert.deepEqual([room.info.participantCount, room.isEmpty], [0, true]);
});
