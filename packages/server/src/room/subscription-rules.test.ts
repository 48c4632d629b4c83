import assert from "node:assert/strict";
import { test } from "node:test";
import type { SubscriptionPermissions } from "@sluice/protocol";
import type { Room } from "./room.js";
import { createRoom, enter, join, notifications, publish, wants } from "./testing/room-fixture.js";

const EVERYBODY: SubscriptionPermissions = { everybody: true, participants: [] };
const NOBODY: SubscriptionPermissions = { everybody: false, participants: [] };

/** What was said of permissions since the last look: "TR_3: false". */
function permissionsTold(room: Room): string[] {
  return notifications(room.pollEffects()).flatMap(({ method, params }) =>
    method === "subscriptionPermission" ? `${params.trackId}: ${params.allowed}` : [],
  );
}

test("[RM80] a publisher says who receives its tracks: by id or identity, all or some; the last word counts", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  const cid = enter(room, "cid");
  const recorder = enter(room, "recorder", { recorder: true });
  const [camera, screen] = [publish(room, ann, "video", "camera"), publish(room, ann, "video", "screen")];
  room.setSubscriptionPermissions(ann, {
    everybody: false,
    participants: [
      { participantId: bob, everyTrack: true, trackIds: [] },
      { identity: "cid", everyTrack: false, trackIds: [screen] },
    ],
  });
  assert.deepEqual([wants(room, bob), wants(room, cid)], [[camera, screen], [screen]]);
  room.setSubscriptionPermissions(ann, NOBODY);
  assert.deepEqual([wants(room, bob), wants(room, cid), wants(room, recorder)], [[], [], [camera, screen]]);
  room.setSubscriptionPermissions(ann, EVERYBODY);
  assert.deepEqual([wants(room, bob).sort(), wants(room, cid).sort()], [[camera, screen].sort(), [camera, screen].sort()]);
});

test("[RM81] who loses a track is told, and gets it again by itself unless it has unsubscribed", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  const camera = publish(room, ann);
  room.pollEffects();
  room.setSubscriptionPermissions(ann, NOBODY);
  assert.deepEqual(permissionsTold(room), [`${camera}: false`]);
  room.setSubscriptionPermissions(ann, EVERYBODY);
  assert.deepEqual([permissionsTold(room), wants(room, bob)], [[`${camera}: true`], [camera]]);
  room.setSubscriptionPermissions(ann, NOBODY);
  const cid = join(room, "cid").participant.participantId;
  assert.deepEqual(permissionsTold(room), [`${camera}: false`, `${camera}: false`], "the newcomer, too");
  room.unsubscribe(bob, [camera]);
  room.setSubscriptionPermissions(ann, EVERYBODY);
  assert.deepEqual([permissionsTold(room), wants(room, bob), wants(room, cid)], [[`${camera}: true`], [], [camera]]);
});

test("[RM82] who resumes is told again what is withheld", () => {
  const room = createRoom();
  const ann = enter(room, "ann");
  const bob = enter(room, "bob");
  const camera = publish(room, ann);
  room.setSubscriptionPermissions(ann, NOBODY);
  room.pollEffects();
  join(room, "bob", {}, { resume: bob });
  assert.deepEqual(permissionsTold(room), [`${camera}: false`]);
});
