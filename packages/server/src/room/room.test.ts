import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import type { ErrorCode, Notification, VideoGrant } from "@sluice/protocol";
import { SluiceError } from "@sluice/protocol";
import type { RoomEffect } from "./effect.js";
import { Room } from "./room.js";

const t0 = instant(0);

function createRoom(limits: { readonly maxParticipants?: number; readonly maxTracks?: number } = {}): Room {
  let next = 0;
  const randomId = (prefix: string) => `${prefix}${++next}`;
  return new Room({ name: "demo", randomId, maxParticipants: 10, maxTracks: 3, departureTimeoutMs: 15_000, ...limits });
}

const claims = (identity: string, grant: VideoGrant = {}) => {
  return { iss: "key", sub: identity, exp: 1, video: { room: "demo", roomJoin: true, ...grant } };
};

function join(room: Room, identity: string, grant?: VideoGrant, params: { autoSubscribe?: boolean; resume?: string } = {}) {
  return room.join(claims(identity, grant), params, 0);
}

/** Joins and returns the participant's id; what others were told about it is of no interest. */
function enter(room: Room, identity: string, grant?: VideoGrant, params?: { autoSubscribe?: boolean }): string {
  const { participantId } = join(room, identity, grant, params).participant;
  room.pollEffects();
  return participantId;
}

function publish(
  room: Room,
  participantId: string,
  kind: "audio" | "video" = "video",
  cid = `${kind} of ${participantId}`,
): string {
  return room.publish(participantId, { cid, kind }).trackId;
}

/** Who was told what since the last look: "PA_2: participantLeft". */
function told(effects: readonly RoomEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "notify" ? effect.participantIds.map((id) => `${id}: ${effect.notification.method}`) : [],
  );
}

function notifications(effects: readonly RoomEffect[]): Notification[] {
  return effects.flatMap((effect) => (effect.type === "notify" ? effect.notification : []));
}

const wants = (room: Room, participantId: string) => [...room.subscriptionsOf(participantId)].map(({ track }) => track.trackId);

function refuses(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof SluiceError && error.code === code);
}

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
  assert.deepEqual(notifications(effects)[0]?.params, { participantId: first, reason: "duplicateIdentity" });
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
  assert.deepEqual(notifications(effects)[0]?.params, { participantId: ann, reason: "connectionLost" });
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
  assert.deepEqual(notifications(room.pollEffects()), [
    { method: "trackUnpublished", params: { participantId: ann, trackId: camera } },
  ]);
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
    ["notify", "trackClosed", "wantedTracksChanged", "participantClosed"],
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
    () => room.setLayers("PA_x", track, true),
    () => room.mute("PA_x", track, true),
    () => room.signal("PA_x", { type: "offer", data: "" }),
    () => room.sendData("PA_x", { data: "" }),
    () => room.checkJoined("PA_x"),
  ]) {
    refuses("failedPrecondition", run);
  }
  room.leave("PA_x", "clientLeft");
});

test("[RM20] publishing takes canPublish and a granted source, and is nothing for hidden participants", () => {
  const room = createRoom();
  refuses("permissionDenied", () => publish(room, enter(room, "viewer", { canPublish: false })));
  refuses("permissionDenied", () => publish(room, enter(room, "ghost", { hidden: true })));
  const ann = enter(room, "ann", { canPublishSources: ["microphone", "screen_share"] });
  room.publish(ann, { cid: "1", kind: "audio", source: "microphone" });
  room.publish(ann, { cid: "2", kind: "video", source: "screenShare" });
  refuses("permissionDenied", () => room.publish(ann, { cid: "3", kind: "video", source: "camera" }));
  refuses("permissionDenied", () => room.publish(ann, { cid: "3", kind: "video" }));
  refuses("permissionDenied", () => publish(room, enter(room, "odd", { canPublishSources: ["hologram"] })));
  publish(room, enter(room, "all", { canPublishSources: [] }));
});

test("[RM21] the same cid is the same track, and cannot be of another kind", () => {
  const room = createRoom();
  enter(room, "bob");
  const ann = enter(room, "ann");
  const track = publish(room, ann, "video", "c");
  room.pollEffects();
  assert.equal(publish(room, ann, "video", "c"), track);
  assert.deepEqual(room.pollEffects(), []);
  refuses("alreadyExists", () => publish(room, ann, "audio", "c"));
});

test("[RM22] [attack 25] a participant publishes so many tracks", () => {
  const room = createRoom({ maxTracks: 2 });
  const ann = enter(room, "ann");
  publish(room, ann, "audio", "1");
  const second = publish(room, ann, "audio", "2");
  refuses("resourceExhausted", () => publish(room, ann, "audio", "3"));
  assert.equal(publish(room, ann, "audio", "2"), second);
  room.unpublish(ann, second);
  publish(room, ann, "audio", "3");
});

test("[RM23] [RM24] the others are told of tracks that come and go, and only their publisher takes them back", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const ann = enter(room, "ann");
  const track = room.publish(ann, { cid: "c", kind: "video", source: "camera", name: "front", muted: true });
  assert.deepEqual(notifications(room.pollEffects()), [
    {
      method: "trackPublished",
      params: {
        participantId: ann,
        track: { trackId: track.trackId, kind: "video", source: "camera", name: "front", muted: true },
      },
    },
  ]);
  refuses("permissionDenied", () => room.unpublish(bob, track.trackId));
  room.unpublish(ann, track.trackId);
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${bob}: trackUnpublished`]);
  assert.ok(effects.some((effect) => effect.type === "trackClosed" && effect.trackId === track.trackId));
  assert.deepEqual(wants(room, bob), []);
  room.unpublish(ann, track.trackId);
  assert.deepEqual(room.pollEffects(), []);
});

test("[RM30] subscribing takes canSubscribe and others' tracks, all or nothing", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const [one, two] = [publish(room, ann, "audio"), publish(room, ann, "video")];
  const bob = enter(room, "bob", {}, { autoSubscribe: false });
  refuses("notFound", () => room.subscribe(bob, [one, "TR_x"]));
  assert.deepEqual(wants(room, bob), []);
  refuses("invalidArgument", () => room.subscribe(ann, [one]));
  refuses("permissionDenied", () => room.subscribe(enter(room, "deaf", { canSubscribe: false }), [one]));
  room.subscribe(bob, [two, one, two]);
  room.subscribe(bob, [one]);
  assert.deepEqual(wants(room, bob), [two, one]);
});

test("[RM31] unsubscribing from what is not there is done already", () => {
  const room = createRoom();
  const track = publish(room, enter(room, "ann"));
  const bob = enter(room, "bob");
  room.unsubscribe(bob, [track, "TR_x", track]);
  assert.deepEqual(wants(room, bob), []);
  assert.equal(room.track(track)?.subscribers.size, 0);
});

test("[RM32] setLayers pauses one's own subscription, and says so once", () => {
  const room = createRoom();
  const track = publish(room, enter(room, "ann"));
  const bob = enter(room, "bob");
  room.setLayers(bob, track, false);
  assert.deepEqual(room.pollEffects(), []);
  room.setLayers(bob, track, true);
  room.setLayers(bob, track, true);
  assert.deepEqual(room.pollEffects(), [{ type: "subscriptionPaused", participantId: bob, trackId: track, isPaused: true }]);
  room.unsubscribe(bob, [track]);
  refuses("notFound", () => room.setLayers(bob, track, true));
});

test("[RM40] [RM42] a publisher mutes and unmutes; the others are told, and packets stop", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const ann = enter(room, "ann");
  const trackId = publish(room, ann);
  room.pollEffects();
  room.mute(ann, trackId, true);
  assert.deepEqual(room.pollEffects(), [
    { type: "trackPaused", trackId, isPaused: true },
    {
      type: "notify",
      participantIds: [bob],
      notification: { method: "trackMuted", params: { participantId: ann, trackId, muted: true } },
    },
  ]);
  room.mute(ann, trackId, true);
  assert.deepEqual(room.pollEffects(), []);
  room.mute(ann, trackId, false);
  assert.equal(room.track(trackId)?.isMuted, false);
  refuses("notFound", () => room.mute(ann, "TR_x", true));
});

test("[RM41] roomAdmin mutes anybody and unmutes nobody; the publisher is told", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const track = publish(room, ann);
  const admin = enter(room, "admin", { roomAdmin: true });
  refuses("permissionDenied", () => room.mute(enter(room, "bob"), track, true));
  room.mute(admin, track, true);
  assert.ok(told(room.pollEffects()).includes(`${ann}: trackMuted`));
  refuses("permissionDenied", () => room.mute(admin, track, false));
  room.mute(ann, track, false);
});

test("[RM50] a signal goes to the room or to one, and says to how many", () => {
  const room = createRoom();
  const [ann, bob, cat] = [enter(room, "ann"), enter(room, "bob"), enter(room, "cat")];
  assert.equal(room.signal(ann, { type: "offer", data: "sdp" }), 2);
  assert.deepEqual(room.pollEffects(), [
    {
      type: "notify",
      participantIds: [bob, cat],
      notification: { method: "signal", params: { from: ann, type: "offer", data: "sdp" } },
    },
  ]);
  assert.equal(room.signal(ann, { type: "candidate", data: "c", to: cat }), 1);
  assert.deepEqual(told(room.pollEffects()), [`${cat}: signal`]);
  refuses("notFound", () => room.signal(ann, { type: "offer", data: "", to: "PA_x" }));
  room.leave(bob, "clientLeft");
  room.leave(cat, "clientLeft");
  assert.equal(room.signal(ann, { type: "offer", data: "" }), 0);
});

test("[RM51] signals and data take canPublishData, which defaults to canPublish", () => {
  const room = createRoom();
  for (const grant of [{ canPublishData: false }, { canPublish: false }]) {
    const mute = enter(room, "mute", grant);
    refuses("permissionDenied", () => room.signal(mute, { type: "offer", data: "" }));
    refuses("permissionDenied", () => room.sendData(mute, { data: "" }));
  }
  const chat = enter(room, "chat", { canPublish: false, canPublishData: true });
  room.sendData(chat, { data: "" });
});

test("[RM52] signaling every room takes roomAdmin", () => {
  const room = createRoom();
  refuses("permissionDenied", () => room.checkSignalEveryRoom(enter(room, "ann")));
  const admin = enter(room, "admin", { roomAdmin: true });
  room.checkSignalEveryRoom(admin);
  assert.equal(room.deliverSignal(admin, "offer", ""), 1);
});

test("[RM53] data goes to everybody else, or to who is there of a list, never to its sender", () => {
  const room = createRoom();
  const [ann, bob, cat] = [enter(room, "ann"), enter(room, "bob"), enter(room, "cat")];
  room.sendData(ann, { data: "aGk=" });
  const effects = room.pollEffects();
  assert.deepEqual(told(effects), [`${bob}: data`, `${cat}: data`]);
  assert.deepEqual(notifications(effects)[0]?.params, { from: ann, topic: "", data: "aGk=" });
  room.sendData(ann, { data: "", topic: "t", to: [cat, ann, "PA_x", cat] });
  assert.deepEqual(told(room.pollEffects()), [`${cat}: data`]);
});

test("[RM61] closing the room closes every participant with the reason", () => {
  const room = createRoom();
  const [ann, bob] = [enter(room, "ann"), enter(room, "bob")];
  room.close("nodeShutdown");
  assert.deepEqual(room.pollEffects(), [
    { type: "participantClosed", participantId: ann, reason: "nodeShutdown" },
    { type: "participantClosed", participantId: bob, reason: "nodeShutdown" },
  ]);
  assert.ok(room.isEmpty);
});
