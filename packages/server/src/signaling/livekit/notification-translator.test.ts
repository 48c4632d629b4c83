import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConnectionQuality,
  DisconnectReason,
  LeaveRequest_Action,
  ParticipantInfo_State,
  StreamState,
} from "@livekit/protocol";
import type { Notification } from "@sluice/protocol";
import { createRoom, enter } from "../../room/testing/room-fixture.js";
import { NotificationTranslator } from "./notification-translator.js";
import { WantedSections } from "./wanted-sections.js";

function fixture() {
  const room = createRoom();
  const [ann, bob] = [enter(room, "ann"), enter(room, "bob")];
  const translator = new NotificationTranslator(room, ann, new WantedSections());
  const tell = (notification: Notification) => translator.translate(notification).map(({ message }) => message);
  return { room, ann, bob, tell };
}

test("participants are told whole, and one that has left by its state and reason", () => {
  const { room, ann, bob, tell } = fixture();
  const { trackId } = room.publish(bob, { cid: "c", kind: "audio" });
  const [published] = tell({ method: "trackMuted", params: { participantId: bob, trackId, muted: true } });
  assert.ok(published?.case === "update" && published.value.participants[0]?.tracks[0]?.sid === trackId);
  const left = { participantId: bob, identity: "bob", reason: "duplicateIdentity" as const };
  const [gone] = tell({ method: "participantLeft", params: left });
  assert.ok(gone?.case === "update");
  const [info] = gone.value.participants;
  assert.deepEqual(
    [info?.state, info?.disconnectReason],
    [ParticipantInfo_State.DISCONNECTED, DisconnectReason.DUPLICATE_IDENTITY],
  );
  assert.deepEqual(tell({ method: "trackUnpublished", params: { participantId: "PA_gone", trackId } }), []);
  const own = tell({ method: "trackUnpublished", params: { participantId: ann, trackId: "TR_x" } });
  assert.deepEqual(
    own.map((message) => message.case),
    ["trackUnpublished", "update"],
  );
});

test("speakers are told as changes, and that they have stopped", () => {
  const { ann, bob, tell } = fixture();
  const speak = (...speakers: { participantId: string; level: number }[]) =>
    tell({ method: "activeSpeakers", params: { speakers, dominant: null } }).flatMap((message) =>
      message.case === "speakersChanged" ? message.value.speakers.map(({ sid, level, active }) => [sid, level, active]) : [],
    );
  assert.deepEqual(speak({ participantId: ann, level: 0.5 }), [[ann, 0.5, true]]);
  assert.deepEqual(speak({ participantId: ann, level: 0.5 }), []);
  assert.deepEqual(speak({ participantId: bob, level: 1 }), [
    [bob, 1, true],
    [ann, 0, false],
  ]);
});

test("nobody hears of itself that it is lost", () => {
  const { ann, bob, tell } = fixture();
  const participants = [ann, bob].map((participantId) => ({ participantId, quality: "lost" as const }));
  const [told] = tell({ method: "connectionQuality", params: { participants } });
  assert.ok(told?.case === "connectionQuality");
  assert.deepEqual(
    told.value.updates.map(({ participantSid, quality }) => [participantSid, quality]),
    [[bob, ConnectionQuality.LOST]],
  );
  assert.deepEqual(tell({ method: "connectionQuality", params: { participants: participants.slice(0, 1) } }), []);
});

test("layers nobody watches are qualities that are not enabled; a single layer stands for all three", () => {
  const { room, ann, tell } = fixture();
  const { trackId } = room.publish(ann, { cid: "c", kind: "video" });
  room.describeTrack(trackId, { codecs: [{ mimeType: "video/VP8", mid: "0", cid: "c" }] });
  const enabled = (wanted: readonly boolean[]) =>
    tell({ method: "publishedLayers", params: { trackId, wanted } }).flatMap((message) => {
      if (message.case !== "subscribedQualityUpdate") return [];
      assert.equal(message.value.subscribedCodecs[0]?.codec, "vp8");
      return message.value.subscribedQualities.map((each) => each.enabled);
    });
  assert.deepEqual(enabled([true, true, false]), [true, true, false]);
  assert.deepEqual(enabled([true, false]), [true, false, false]);
  assert.deepEqual(enabled([true, true]), [true, true, true]);
  assert.deepEqual(enabled([true]), [true, true, true]);
  assert.deepEqual(enabled([false]), [false, false, false]);
});

test("a pause for want of bandwidth is told when it begins and when it ends", () => {
  const { room, bob, tell } = fixture();
  const { trackId } = room.publish(bob, { cid: "c", kind: "video" });
  const states = (paused: boolean) =>
    tell({ method: "subscribedLayers", params: { trackId, paused } }).flatMap((message) =>
      message.case === "streamStateUpdate" ? message.value.streamStates.map(({ state }) => state) : [],
    );
  assert.deepEqual(
    [states(false), states(true), states(true), states(false)],
    [[], [StreamState.PAUSED], [], [StreamState.ACTIVE]],
  );
});

test("who is sent away learns why, and whether to come again", () => {
  const { tell } = fixture();
  const leave = (notification: Notification) =>
    tell(notification).flatMap((message) => (message.case === "leave" ? [[message.value.reason, message.value.action]] : []));
  const { DISCONNECT, RECONNECT } = LeaveRequest_Action;
  assert.deepEqual(leave({ method: "roomClosed", params: { reason: "removed" } }), [
    [DisconnectReason.PARTICIPANT_REMOVED, DISCONNECT],
  ]);
  assert.deepEqual(leave({ method: "roomClosed", params: { reason: "nodeShutdown" } }), [
    [DisconnectReason.SERVER_SHUTDOWN, RECONNECT],
  ]);
  assert.deepEqual(leave({ method: "reconnect", params: { reason: "workerDied", delayMs: 0 } }), [
    [DisconnectReason.STATE_MISMATCH, RECONNECT],
  ]);
});

test("[RM98] who is moved learns its token in both ways that clients take one", () => {
  const { tell } = fixture();
  const [refreshed, moved] = tell({ method: "moved", params: { room: "other", token: "t" } });
  assert.ok(refreshed?.case === "refreshToken" && moved?.case === "roomMoved");
  assert.deepEqual([refreshed.value, moved.value.token, moved.value.room?.name], ["t", "t", "other"]);
});
