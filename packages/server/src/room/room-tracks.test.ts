import assert from "node:assert/strict";
import { test } from "node:test";
import type { VideoLayer } from "@sluice/protocol";
import { createRoom, enter, join, notifications, publish, refuses, t0, told, wants } from "./testing/room-fixture.js";

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

const LAYERS = [
  { rid: "q", width: 320, height: 180 },
  { rid: "f", width: 1280, height: 720, bitrateBps: 1_700_000 },
];

test("[RM25] announced layers are of video, smallest first, and named all or not at all", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const tries = (kind: "audio" | "video", layers: readonly VideoLayer[]) => room.publish(ann, { cid: "c", kind, layers });
  refuses("invalidArgument", () => tries("audio", LAYERS));
  refuses("invalidArgument", () => tries("video", LAYERS.toReversed()));
  refuses("invalidArgument", () => tries("video", [...LAYERS, { width: 1920, height: 1080 }]));
  refuses("invalidArgument", () => tries("video", [...LAYERS, { rid: "q", width: 1920, height: 1080 }]));
  assert.deepEqual([...room.tracksOf(ann)], []);
  assert.deepEqual(tries("video", LAYERS).layers, LAYERS);
  assert.equal(room.publish(ann, { cid: "d", kind: "video", layers: [] }).layers, undefined);
  const same = LAYERS.map(({ width, height }) => ({ width, height }));
  assert.deepEqual(room.publish(ann, { cid: "e", kind: "video", layers: same }).layers, same);
});

test("[RM26] publishing again with other layers replaces them, and the others are told", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const ann = enter(room, "ann");
  const { trackId } = room.publish(ann, { cid: "c", kind: "video", layers: LAYERS });
  room.pollEffects();
  room.publish(ann, { cid: "c", kind: "video", layers: structuredClone(LAYERS) });
  assert.deepEqual(room.publish(ann, { cid: "c", kind: "video" }).layers, LAYERS);
  assert.deepEqual(room.pollEffects(), []);
  const layers = [{ width: 90, height: 160 }];
  const track = room.publish(ann, { cid: "c", kind: "video", layers });
  assert.deepEqual(track, { ...room.track(trackId)?.info, layers });
  const notification = { method: "trackPublished", params: { participantId: ann, track } } as const;
  assert.deepEqual(room.pollEffects(), [
    { type: "layersAnnounced", trackId },
    { type: "notify", participantIds: [bob], notification },
  ]);
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

test("[RM32] setLayers is of one's own subscription, and says only what is new", () => {
  const room = createRoom();
  const trackId = publish(room, enter(room, "ann"));
  const bob = enter(room, "bob");
  room.setLayers(bob, { trackId, paused: false, priority: 1 });
  assert.deepEqual(room.pollEffects(), []);
  room.setLayers(bob, { trackId, paused: true });
  room.setLayers(bob, { trackId, paused: true });
  assert.deepEqual(room.pollEffects(), [
    { type: "wishChanged", participantId: bob, trackId },
    { type: "demandChanged", trackId },
  ]);
  room.unsubscribe(bob, [trackId]);
  refuses("notFound", () => room.setLayers(bob, { trackId, paused: true }));
});

test("[RM33] every setLayers replaces the last as a whole", () => {
  const room = createRoom();
  const trackId = publish(room, enter(room, "ann"));
  const bob = enter(room, "bob");
  room.setLayers(bob, { trackId, paused: true, width: 320, height: 180, maxSpatialLayer: 1, priority: 9 });
  room.setLayers(bob, { trackId, maxTemporalLayer: 0 });
  assert.deepEqual(room.subscription(bob, trackId)?.wish, {
    isPaused: false,
    width: undefined,
    height: undefined,
    maxSpatialLayer: undefined,
    maxTemporalLayer: 0,
    priority: 1,
  });
});

test("[RM33] a shared screen comes before faces unless told otherwise", () => {
  const room = createRoom();
  const { trackId } = room.publish(enter(room, "ann"), { cid: "s", kind: "video", source: "screenShare" });
  const bob = enter(room, "bob");
  assert.equal(room.subscription(bob, trackId)?.wish.priority, 8);
  room.setLayers(bob, { trackId, priority: 2 });
  assert.equal(room.subscription(bob, trackId)?.wish.priority, 2);
});

test("[RM34] a resumed participant still wants what it wanted; who subscribes again wants everything", () => {
  const room = createRoom();
  const trackId = publish(room, enter(room, "ann"));
  const bob = enter(room, "bob");
  room.setLayers(bob, { trackId, height: 180 });
  room.handleConnectionLost(bob, t0);
  join(room, "bob", {}, { resume: bob });
  assert.equal(room.subscription(bob, trackId)?.wish.height, 180);
  room.unsubscribe(bob, [trackId]);
  room.subscribe(bob, [trackId]);
  assert.equal(room.subscription(bob, trackId)?.wish.height, undefined);
});

test("[RM35] whenever subscribers of a video come, go or want something else, its demand is told to have changed", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const trackId = publish(room, ann);
  const audioId = publish(room, ann, "audio");
  const demands = () => room.pollEffects().flatMap((effect) => (effect.type === "demandChanged" ? effect.trackId : []));
  demands();
  const { participantId: bob } = join(room, "bob").participant;
  assert.deepEqual(demands(), [trackId]);
  room.unsubscribe(bob, [trackId, audioId]);
  assert.deepEqual(demands(), [trackId]);
  room.unsubscribe(bob, [trackId]);
  assert.deepEqual(demands(), []);
  room.subscribe(bob, [audioId, trackId]);
  assert.deepEqual(demands(), [trackId]);
  room.leave(bob, "clientLeft");
  assert.deepEqual(demands(), [trackId]);
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
