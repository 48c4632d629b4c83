import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoom, enter, notifications, refuses, told } from "./testing/room-fixture.js";

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
