import assert from "node:assert/strict";
import { test } from "node:test";
import type { VideoGrant } from "@sluice/protocol";
import { openApi } from "./testing/api-fixture.js";

const request = { room: "demo", identity: "ann", destination_room: "other" };
const grant: VideoGrant = { roomAdmin: true, room: "demo", destinationRoom: "other" };

test("[RM98] MoveParticipant sends a participant on to another room", async () => {
  const { api, node } = openApi();
  const ann = node.client("ann");
  ann.join({}, { iss: "devkey" });
  assert.deepEqual(await api.call("MoveParticipant", request, grant), {});
  assert.deepEqual(
    ann.take("moved").map(({ room }) => room),
    ["other"],
  );
  assert.equal(node.rooms.find("demo")?.room.withIdentity("ann"), undefined);
});

test("who is not there, or to nowhere, is not moved", async () => {
  const { api, node } = openApi();
  await api.refuses("notFound", /^requested room does not exist$/, "MoveParticipant", request, grant);
  node.client("bob").join();
  await api.refuses("notFound", /^participant does not exist$/, "MoveParticipant", request, grant);
  const nowhere = { room: "demo", identity: "bob", destination_room: "" };
  await api.refuses("invalidArgument", /^destination_room/, "MoveParticipant", nowhere, { ...grant, destinationRoom: "" });
});

test("[RM90] ForwardParticipant shows a participant in another room, too", async () => {
  const { api, node } = openApi();
  const ann = node.client("ann");
  ann.join();
  ann.publish("audio");
  assert.deepEqual(await api.call("ForwardParticipant", request, grant), {});
  const there = await api.call("GetParticipant", { room: "other", identity: "ann" }, { roomAdmin: true, room: "other" });
  assert.deepEqual([there.kind_details, there.is_publisher], [["FORWARDED"], true]);
  await api.call("RemoveParticipant", { room: "other", identity: "ann" }, { roomAdmin: true, room: "other" });
  assert.ok(node.rooms.find("demo")?.room.withIdentity("ann") !== undefined, "it stays where it is");
  const same = { ...request, destination_room: "demo" };
  await api.refuses("invalidArgument", /destination/, "ForwardParticipant", same, { ...grant, destinationRoom: "demo" });
  await api.refuses("notFound", /^participant does not exist$/, "ForwardParticipant", { ...request, identity: "eve" }, grant);
});
