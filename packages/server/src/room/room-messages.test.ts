import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant } from "@sluice/media";
import { MAX_DATA_PAYLOAD_BYTES, SluiceError } from "@sluice/protocol";
import { PARTICIPANT_DATA_RATES, ROOM_DATA_RATES } from "./data-budget.js";
import type { OutgoingData } from "./outgoing-data.js";
import type { Room } from "./room.js";
import { createRoom, data, enter, refuses, t0, told } from "./testing/room-fixture.js";

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
    refuses("permissionDenied", () => room.admitData(mute, data(), t0));
  }
  const chat = enter(room, "chat", { canPublish: false, canPublishData: true });
  room.admitData(chat, data(), t0);
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
  room.handleConnectionLost(bob, t0);
  const receivers = (to: Partial<OutgoingData>) => room.admitData(ann, data(to), t0);
  assert.deepEqual(receivers({}), [bob, cat]);
  assert.deepEqual(receivers({ to: [cat, ann, "PA_x", cat] }), [cat]);
  assert.deepEqual(receivers({ to: ["PA_x", ann] }), []);
  assert.deepEqual(receivers({ to: [] }), []);
  assert.deepEqual(receivers({ toIdentities: ["cat", "dan", "ann"] }), [cat]);
  assert.deepEqual(receivers({ to: [cat], toIdentities: ["bob", "cat"] }), [cat, bob]);
});

test("[RM53] [RM51] the server's own data goes to everybody and takes no grant", () => {
  const room = createRoom();
  const [ann, bob] = [enter(room, "ann", { canPublishData: false }), enter(room, "bob")];
  assert.deepEqual(room.admitData(undefined, data(), t0), [ann, bob]);
  assert.deepEqual(room.admitData(undefined, data({ toIdentities: ["ann"] }), t0), [ann]);
});

test("[RM57] one participant's messages and bytes per second are bounded, and nobody else's by them", () => {
  const room = createRoom();
  const [ann, bob] = [enter(room, "ann"), enter(room, "bob")];
  assert.equal(sendMany(room, ann, 2_000, data(), t0), PARTICIPANT_DATA_RATES.messagesPerSecond);
  assert.equal(sendMany(room, ann, 2_000, data(), after(t0, 100)), PARTICIPANT_DATA_RATES.messagesPerSecond / 10);
  assert.equal(sendMany(room, bob, 1, data(), after(t0, 100)), 1);
  const large = data({ sizeBytes: MAX_DATA_PAYLOAD_BYTES });
  const perSecond = Math.ceil(PARTICIPANT_DATA_RATES.bytesPerSecond / MAX_DATA_PAYLOAD_BYTES);
  assert.equal(sendMany(room, ann, 200, large, after(t0, 60_000)), perSecond);
});

test("[RM57] what a room hands out is bounded, each receiver counted", () => {
  const room = createRoom({ maxParticipants: 101 });
  const everybody = Array.from({ length: 101 }, (_, index) => enter(room, `p${index}`));
  const sent = everybody.map((participantId) => sendMany(room, participantId, 10, data(), t0));
  assert.equal(
    sent.reduce((sum, count) => sum + count, 0),
    ROOM_DATA_RATES.messagesPerSecond / 100,
  );
});

/** How many of so many messages were let through. */
function sendMany(room: Room, participantId: string, count: number, message: OutgoingData, now: Instant): number {
  let admitted = 0;
  for (let at = 0; at < count; at++) {
    try {
      room.admitData(participantId, message, now);
      admitted++;
    } catch (error) {
      assert.ok(error instanceof SluiceError && error.code === "resourceExhausted", String(error));
    }
  }
  return admitted;
}
