import assert from "node:assert/strict";
import { test } from "node:test";
import { openApi } from "./testing/api-fixture.js";

test("CreateRoom makes a room with all its settings, and tells it", async () => {
  const { api, node } = openApi();
  const room = await api.call("CreateRoom", {
    name: "demo",
    empty_timeout: 60,
    departure_timeout: 30,
    max_participants: 5,
    metadata: "m",
    min_playout_delay: 100,
    max_playout_delay: 200,
    sync_streams: true,
    agents: [{ agent_name: "echo", metadata: "x", attributes: { a: "b" } }],
    tags: { team: "red" },
    node_id: "elsewhere",
  });
  assert.match(room.sid as string, /^RM_/);
  assert.deepEqual(
    [room.name, room.empty_timeout, room.departure_timeout, room.max_participants, room.metadata, room.num_participants],
    ["demo", 60, 30, 5, "m", 0],
  );
  const { agents, tags, syncStreams, minPlayoutDelayMs, maxPlayoutDelayMs } = node.rooms.find("demo")?.room.settings ?? {};
  assert.deepEqual([syncStreams, minPlayoutDelayMs, maxPlayoutDelayMs, tags], [true, 100, 200, { team: "red" }]);
  assert.deepEqual(agents, [{ agentName: "echo", metadata: "x", attributes: { a: "b" } }]);
});

test("[RM62] CreateRoom gives a room that is there what it says, and leaves the rest", async () => {
  const { api } = openApi();
  const first = await api.call("CreateRoom", { name: "demo", metadata: "m", empty_timeout: 60 });
  const second = await api.call("CreateRoom", { name: "demo", max_participants: 7 });
  assert.deepEqual([second.sid, second.metadata, second.empty_timeout, second.max_participants], [first.sid, "m", 60, 7]);
});

test("CreateRoom takes what a preset says where the request says nothing", async () => {
  const { api } = openApi({ "room.room-configurations": { big: { max_participants: 500, empty_timeout: 60 } } });
  const room = await api.call("CreateRoom", { name: "demo", room_preset: "big", empty_timeout: 5 });
  assert.deepEqual([room.max_participants, room.empty_timeout], [500, 5]);
});

for (const [what, request, code, text] of [
  ["without a name", {}, "invalidArgument", /^name/],
  ["with a name that is too long", { name: "x".repeat(257) }, "invalidArgument", /^name/],
  ["with too many agents", { name: "demo", agents: new Array(33).fill({}) }, "invalidArgument", /agents/],
  ["with metadata that is too long", { name: "demo", metadata: "x".repeat(65_537) }, "invalidArgument", /metadata/],
  ["that is to be recorded", { name: "demo", egress: { tracks: {} } }, "unsupported", /egress/],
  ["by a preset that there is not", { name: "demo", room_preset: "large" }, "invalidArgument", /no room preset "large"/],
] as const) {
  test(`a room ${what} is refused`, async () => {
    const { api, node } = openApi();
    await api.refuses(code, text, "CreateRoom", request);
    assert.equal(node.rooms.count, 0);
  });
}

test("the node's limit of rooms holds for CreateRoom, too", async () => {
  const { api } = openApi({ "limits.rooms": 1 });
  await api.call("CreateRoom", { name: "demo" });
  await api.refuses("resourceExhausted", /1 rooms/, "CreateRoom", { name: "other" });
  await api.call("CreateRoom", { name: "demo" });
});

test("ListRooms tells all rooms, or those of some names", async () => {
  const { api } = openApi();
  for (const name of ["a", "b", "c"]) await api.call("CreateRoom", { name });
  const names = async (request: unknown) =>
    ((await api.call("ListRooms", request)).rooms as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(await names({}), ["a", "b", "c"]);
  assert.deepEqual(await names({ names: ["c", "nowhere", "a"] }), ["a", "c"]);
  assert.deepEqual(await names({ names: ["nowhere"] }), []);
});

test("[RM66] DeleteRoom sends everybody away, and a second time there is none", async () => {
  const { api, node } = openApi();
  const ann = node.client("ann");
  ann.join();
  assert.deepEqual(await api.call("DeleteRoom", { room: "demo" }), {});
  assert.deepEqual(ann.take("roomClosed"), [{ reason: "roomDeleted" }]);
  await api.refuses("notFound", /^requested room does not exist$/, "DeleteRoom", { room: "demo" });
});

test("UpdateRoomMetadata tells everybody in the room", async () => {
  const { api, node } = openApi();
  const ann = node.client("ann");
  ann.join();
  const room = await api.call("UpdateRoomMetadata", { room: "demo", metadata: "now" });
  assert.deepEqual([room.metadata, room.num_participants], ["now", 1]);
  assert.equal(ann.take("roomUpdated")[0]?.room.metadata, "now");
  // Empty is a metadata like any other here.
  assert.equal((await api.call("UpdateRoomMetadata", { room: "demo" })).metadata, "");
  await api.refuses("notFound", /room/, "UpdateRoomMetadata", { room: "other" }, { roomAdmin: true, room: "other" });
});
