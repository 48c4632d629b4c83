import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoom, enter, notifications, publish, refuses, told, wants } from "./testing/room-fixture.js";

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
