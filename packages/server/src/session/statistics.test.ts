import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantStats, Result } from "@sluice/protocol";
import { createCall, refuses } from "../testing/call-fixture.js";
import type { MemoryClient } from "../testing/memory-client.js";
import { MemoryNode } from "../testing/memory-node.js";

function getStats(client: MemoryClient, everybody?: boolean): readonly ParticipantStats[] {
  const params = everybody === undefined ? {} : { everybody };
  return (client.call({ method: "getStats", params }) as Result<"getStats">).participants;
}

/** Ann sends audio and video to Bob; `poll` reports counters one second on. */
function openCall(node = new MemoryNode()) {
  const call = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const commands = worker.commands.splice(0);
  const producers = commands.flatMap((each) => (each.type === "openProducer" ? each.parameters.producerId : []));
  const consumers = commands.flatMap((each) => (each.type === "openConsumer" ? each.parameters : []));
  const transports = commands.flatMap((each) => (each.type === "openTransport" ? each.transportId : []));
  const [audio = "", video = ""] = producers;
  const videoConsumer = consumers.find(({ producerId }) => producerId === video)?.consumerId ?? "";
  const [annTransport = "", bobTransport = ""] = transports;
  let atMs = 0;
  const poll = (rows: Parameters<typeof node.workers.reportStatistics>[2]) => {
    atMs += 1_000;
    node.workers.reportStatistics(worker, atMs, rows);
  };
  return { node, ...call, worker, audio, video, videoConsumer, annTransport, bobTransport, poll };
}

test("[RM59] everybody sees how its own media does, an admin sees everybody's", () => {
  const { node, ann, bob } = openCall();
  const admin = node.client("admin", { roomAdmin: true, hidden: true });
  admin.join();
  assert.deepEqual(
    getStats(ann).map(({ identity }) => identity),
    ["ann"],
  );
  assert.deepEqual(
    getStats(bob, false).map(({ identity }) => identity),
    ["bob"],
  );
  refuses("permissionDenied", () => getStats(bob, true));
  assert.deepEqual(
    getStats(admin, true).map(({ identity }) => identity),
    ["ann", "bob", "admin"],
  );
  refuses("failedPrecondition", () => getStats(node.client("nobody")));
});

test("without a media connection there is no transport, and before the first poll nothing but zeros", () => {
  const { node, ann, tracks } = openCall();
  const cat = node.client("cat");
  cat.join();
  assert.deepEqual(getStats(cat), [
    { participantId: cat.participantId, identity: "cat", transport: null, published: [], subscribed: [] },
  ]);
  const [stats] = getStats(ann);
  assert.equal(stats?.transport?.bitrateUpBps, 0);
  assert.equal(stats?.transport?.roundTripMs, null);
  assert.deepEqual(
    stats?.published.map(({ trackId, packets }) => [trackId, packets]),
    tracks.map(({ trackId }) => [trackId, 0]),
  );
});

test("what a publisher sends is told with rates over the last second", () => {
  const { ann, video, annTransport, tracks, poll } = openCall();
  const row = { id: video, jitterMs: 3, keyFrames: 1, packetsNacked: 4, keyFrameRequests: 2 };
  const transport = { id: annTransport, roundTripMs: 30, bytesSent: 0, availableDownBps: Number.NaN };
  poll({ producers: [{ ...row, packets: 100, bytes: 100_000 }], transports: [{ ...transport, bytesReceived: 100_000 }] });
  poll({
    producers: [{ ...row, packets: 190, bytes: 225_000, lost: 10 }],
    transports: [{ ...transport, bytesReceived: 230_000 }],
  });
  const [stats] = getStats(ann);
  assert.deepEqual(stats?.published[1], {
    trackId: tracks[1]?.trackId,
    packets: 190,
    bytes: 225_000,
    lost: 10,
    jitterMs: 3,
    bitrateBps: 1_000_000,
    layers: [{ bitrateBps: 1_000_000, isActive: true }],
    keyFrames: 1,
    nacked: 4,
    keyFrameRequests: 2,
  });
  assert.deepEqual(stats?.transport, {
    roundTripMs: 30,
    lossUp: 0.1,
    lossDown: 0,
    bitrateUpBps: 1_040_000,
    bitrateDownBps: 0,
    availableDownBps: null,
    quality: "good",
  });
});

test("what a subscriber receives is told with the layers it gets", () => {
  const { ann, bob, video, videoConsumer, bobTransport, tracks, poll } = openCall();
  const row = { id: videoConsumer, retransmitted: 5, lossRatio: 0.25, roundTripMs: 80, freezes: 1, frozenMs: 400 };
  const producers = [{ id: video }];
  const transports = [{ id: bobTransport, roundTripMs: 80, availableDownBps: 2_000_000 }];
  poll({ producers, transports, consumers: [{ ...row, packets: 100, spatialLayer: 2, temporalLayer: 1, layerSwitches: 3 }] });
  poll({
    producers,
    transports,
    consumers: [{ ...row, packets: 200, bytes: 50_000, spatialLayer: Number.NaN, temporalLayer: Number.NaN }],
  });
  const [stats] = getStats(bob);
  assert.deepEqual(stats?.subscribed, [
    {
      trackId: tracks[1]?.trackId,
      participantId: ann.participantId,
      packets: 200,
      bytes: 50_000,
      bitrateBps: 400_000,
      skipped: 0,
      retransmitted: 5,
      lossRatio: 0.25,
      spatialLayer: null,
      temporalLayer: null,
      layerSwitches: 0,
      freezes: 1,
      frozenMs: 400,
    },
  ]);
  assert.equal(stats?.transport?.lossDown, 0.25);
  assert.equal(stats?.transport?.availableDownBps, 2_000_000);
});

test("a worker's counters that begin anew, and a clock that goes back, are no rates", () => {
  const { ann, video, poll, node, worker } = openCall();
  poll({ producers: [{ id: video, bytes: 1_000_000 }] });
  poll({ producers: [{ id: video, bytes: 10 }] });
  assert.equal(getStats(ann)[0]?.published[1]?.bitrateBps, 0);
  node.workers.reportStatistics(worker, 5, { producers: [{ id: video, bytes: 2_000_000 }] });
  assert.equal(getStats(ann)[0]?.published[1]?.bitrateBps, 0);
});

test("what has gone is forgotten with the next poll", () => {
  const { ann, video, poll } = openCall();
  poll({ producers: [{ id: video, packets: 7 }] });
  assert.equal(getStats(ann)[0]?.published[1]?.packets, 7);
  poll({ producers: [{ id: "elsewhere", packets: 7 }], transports: [{ id: `${ann.membership.session.room.roomId}:TP_x` }] });
  assert.equal(getStats(ann)[0]?.published[1]?.packets, 0);
});

test("videos that the path does not carry count against its quality, a pause of one's own does not", () => {
  const { bob, video, videoConsumer, tracks, poll } = openCall();
  bob.told.length = 0;
  const starve = () => poll({ producers: [{ id: video }], consumers: [{ id: videoConsumer, isStarved: 1 }] });
  for (let second = 0; second < 20; second++) starve();
  const told = () => bob.take("connectionQuality").map(({ participants }) => participants[0]?.quality);
  assert.deepEqual(told(), ["good"]);
  assert.equal(getStats(bob)[0]?.transport?.quality, "good");
  bob.call({ method: "setLayers", params: { trackId: tracks[1]?.trackId ?? "", paused: true } });
  for (let second = 0; second < 30; second++) starve();
  assert.deepEqual(told(), ["excellent"]);
});

test("a publisher's own freezes are not held against those who watch", () => {
  const { ann, bob, video, videoConsumer, poll } = openCall();
  for (let second = 0; second < 20; second++) {
    const frozenMs = second * 800;
    poll({ producers: [{ id: video, frozenMs }], consumers: [{ id: videoConsumer, frozenMs }] });
  }
  assert.equal(getStats(ann)[0]?.transport?.quality, "poor");
  assert.equal(getStats(bob)[0]?.transport?.quality, "excellent");
});

test("a publisher that was told to send no picture is not frozen, one that was asked for it again may be", () => {
  const { node, ann, bob, tracks, video, poll } = openCall();
  const trackId = tracks[1]?.trackId ?? "";
  const quality = () => getStats(ann)[0]?.transport?.quality;
  let frozenMs = 0;
  const freeze = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      node.clock.advance(1_000);
      frozenMs += 1_000;
      poll({ producers: [{ id: video, frozenMs }] });
    }
  };
  bob.call({ method: "setLayers", params: { trackId, paused: true } });
  node.clock.advance(6_000);
  freeze(30);
  assert.equal(quality(), "excellent");
  bob.call({ method: "setLayers", params: { trackId } });
  freeze(1);
  assert.equal(quality(), "excellent", "an encoder needs a moment to begin again");
  freeze(10);
  assert.equal(quality(), "poor");
});

test("more than fits into a message is refused with what to do", () => {
  const node = new MemoryNode();
  const admin = node.client("admin", { roomAdmin: true });
  admin.join();
  for (let index = 0; index < 2_000; index++) node.client(`p${index}`).join({ autoSubscribe: false });
  refuses("resourceExhausted", () => getStats(admin, true));
  assert.equal(getStats(admin).length, 1);
});
