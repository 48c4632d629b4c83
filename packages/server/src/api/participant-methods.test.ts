import assert from "node:assert/strict";
import { test } from "node:test";
import { openApi } from "./testing/api-fixture.js";

const ANN = { room: "demo", identity: "ann" };

function openWithAnn() {
  const { api, node } = openApi();
  const ann = node.client("ann");
  ann.join();
  return { api, node, ann };
}

test("ListParticipants tells everybody, hidden ones too, and of a room that is not there nobody", async () => {
  const { api, node } = openWithAnn();
  node.client("spy", { hidden: true }).join();
  const identities = async (room: string) => {
    const { participants } = await api.call("ListParticipants", { room }, { roomAdmin: true, room });
    return (participants as { identity: string }[]).map(({ identity }) => identity);
  };
  assert.deepEqual(await identities("demo"), ["ann", "spy"]);
  assert.deepEqual(await identities("other"), []);
});

test("GetParticipant tells a participant with its tracks", async () => {
  const { api, ann } = openWithAnn();
  const { trackId } = ann.publish("audio", { source: "microphone" });
  const info = await api.call("GetParticipant", ANN);
  const [track] = info.tracks as Record<string, unknown>[];
  assert.deepEqual([info.sid, info.state, info.kind, info.is_publisher], [ann.participantId, "JOINED", "STANDARD", true]);
  assert.deepEqual([track?.sid, track?.type, track?.source, track?.stream], [trackId, "AUDIO", "MICROPHONE", "camera"]);
});

for (const method of ["GetParticipant", "RemoveParticipant", "UpdateParticipant"]) {
  test(`${method} of nobody is not found`, async () => {
    const { api } = openWithAnn();
    await api.refuses("notFound", /^participant does not exist$/, method, { room: "demo", identity: "bob" });
    const elsewhere = { room: "other", identity: "ann" };
    await api.refuses("notFound", /^requested room does not exist$/, method, elsewhere, { roomAdmin: true, room: "other" });
  });
}

test("RemoveParticipant ends its session, and it may come again", async () => {
  const { api, node, ann } = openWithAnn();
  assert.deepEqual(await api.call("RemoveParticipant", { ...ANN, revoke_token_ts: "5" }), {});
  assert.deepEqual(ann.take("roomClosed"), [{ reason: "removed" }]);
  assert.equal(node.client("ann").join().participants.length, 0);
});

test("[RM72] UpdateParticipant changes what it says and leaves what is empty", async () => {
  const { api, ann } = openWithAnn();
  await api.call("UpdateParticipant", { ...ANN, name: "Ann", metadata: "m", attributes: { a: "1", b: "2" } });
  const info = await api.call("UpdateParticipant", { ...ANN, attributes: { a: "", c: "3" } });
  assert.deepEqual([info.name, info.metadata, info.attributes], ["Ann", "m", { b: "2", c: "3" }]);
  const told = ann.take("participantUpdated").map(({ participant }) => participant.attributes);
  assert.deepEqual(told, [
    { a: "1", b: "2" },
    { b: "2", c: "3" },
  ]);
  await api.refuses("resourceExhausted", /metadata/, "UpdateParticipant", { ...ANN, metadata: "x".repeat(65_537) });
});

test("[RM73] UpdateParticipant gives other permissions as a whole, and what is no longer granted ends", async () => {
  const { api, ann } = openWithAnn();
  ann.publish("video", { source: "camera" });
  const { trackId } = ann.publish("audio", { source: "microphone" });
  const permission = { can_publish: true, can_publish_sources: ["MICROPHONE"], can_subscribe: true, hidden: true };
  const info = await api.call("UpdateParticipant", { ...ANN, permission });
  assert.deepEqual(
    (info.tracks as { sid: string }[]).map(({ sid }) => sid),
    [trackId],
  );
  assert.deepEqual(info.permission, {
    can_subscribe: true,
    can_publish: true,
    can_publish_data: false,
    can_publish_sources: ["MICROPHONE"],
    // Whether it is hidden was settled when it joined.
    hidden: false,
    recorder: false,
    can_update_metadata: false,
    agent: false,
    can_subscribe_metrics: false,
    can_manage_agent_session: false,
  });
});
