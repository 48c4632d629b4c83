import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@sluice/protocol/testing";
import { createTrack } from "./testing/memory-media.js";
import { camera, createRoom, person } from "./testing/room-fixture.js";

test("a video is announced in the layers it is sent in, and what nobody watches is switched off", async () => {
  const { room, server, scheduler, media, state } = await createRoom();
  const track = await room.publish(createTrack("video"));
  const [announced] = server.callsOf("publish") as { layers?: { rid: string }[] }[];
  assert.deepEqual(
    announced?.layers?.map(({ rid }) => rid),
    ["q", "h", "f"],
  );
  server.notify("publishedLayers", { trackId: track.trackId, wanted: [true, false, false] });
  server.notify("publishedLayers", { trackId: "TR_other", wanted: [false] });
  await settle();
  assert.deepEqual(media.connections[0]?.active, [[true, false, false]]);
  assert.deepEqual(track.wantedLayers, [true, false, false]);
  state.resumable = false;
  server.close(1006);
  await scheduler.advance(1_000);
  assert.equal(track.wantedLayers, undefined, "another participant's track is another track");
});

test("what is wanted of a track is said as a whole, and again after subscribing or joining anew", async () => {
  const { room, server, drain } = await createRoom({ others: [person("PA_a", [camera])] });
  const wishes = () => server.calls.splice(0).flatMap(({ method, params }) => (method === "setLayers" ? [params] : []));
  const track = room.participant("PA_a")?.tracks.get("TR_cam");
  drain();
  await track?.setLayers({ width: 320, height: 180 });
  await track?.setPaused(true);
  assert.deepEqual(wishes(), [
    { trackId: "TR_cam", width: 320, height: 180 },
    { trackId: "TR_cam", width: 320, height: 180, paused: true },
  ]);
  assert.deepEqual(drain(), ["paused TR_cam true"]);
  await room.unsubscribe("TR_cam");
  await room.subscribe("TR_cam");
  assert.deepEqual(wishes(), [{ trackId: "TR_cam", width: 320, height: 180, paused: true }]);
});

test("what the server sends of a track is known, until nothing carries it any more", async () => {
  const { room, server, drain } = await createRoom({ others: [person("PA_a", [camera])] });
  const track = room.participant("PA_a")?.tracks.get("TR_cam");
  drain();
  server.notify("subscribedLayers", { trackId: "TR_cam", paused: false, spatialLayer: 1, temporalLayer: 2 });
  await settle();
  assert.deepEqual(track?.receivedLayers, { spatialLayer: 1, temporalLayer: 2 });
  server.notify("subscribedLayers", { trackId: "TR_cam", paused: true });
  await settle();
  assert.equal(track?.starved, true);
  assert.deepEqual(drain(), ["layers 1", "layers none"]);
  await room.unsubscribe("TR_cam");
  assert.equal(track?.starved, false);
});

test("a track that is announced again has other layers", async () => {
  const { room, server } = await createRoom({ others: [person("PA_a", [camera])] });
  const layers = [{ width: 320, height: 180 }];
  server.notify("trackPublished", { participantId: "PA_a", track: { ...camera, layers } });
  await settle();
  assert.deepEqual(room.participant("PA_a")?.tracks.get("TR_cam")?.layers, layers);
});
