import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";

const LAYERS = [
  { width: 320, height: 180 },
  { width: 1280, height: 720 },
];

/** bob receives ann's video; `report` is the worker saying what it sends him. */
function createViewer() {
  const node = new MemoryNode();
  const call = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker);
  const [, consumer] = worker.take("openConsumer").map(({ parameters }) => parameters);
  assert.ok(consumer);
  const { consumerId } = consumer;
  const trackId = call.tracks[1]?.trackId ?? "";
  const report = (layers: { spatialLayer: number; temporalLayer: number } | undefined, isStarved = false) =>
    node.workers.report(worker, { type: "consumerLayers", consumerId, layers, isStarved });
  const told = () => {
    node.clock.advance(100);
    return call.bob.take("subscribedLayers");
  };
  return { ...call, node, worker, consumer, trackId, report, told };
}

test("[RM37] a subscriber learns which layers it is sent, once", () => {
  const { report, told, trackId } = createViewer();
  report({ spatialLayer: 1, temporalLayer: 2 });
  assert.deepEqual(told(), [{ trackId, paused: false, spatialLayer: 1, temporalLayer: 2 }]);
  report({ spatialLayer: 1, temporalLayer: 2 });
  assert.deepEqual(told(), []);
});

test("[RM37] of several changes in 100 ms the last is told", () => {
  const { report, told, trackId } = createViewer();
  report({ spatialLayer: 0, temporalLayer: 0 });
  report(undefined, true);
  report({ spatialLayer: 1, temporalLayer: 1 });
  assert.deepEqual(told(), [{ trackId, paused: false, spatialLayer: 1, temporalLayer: 1 }]);
  report(undefined, true);
  report({ spatialLayer: 1, temporalLayer: 1 });
  assert.deepEqual(told(), []);
});

test("[RM37] starvation is told, a pause of one's own is not", () => {
  const { report, told, trackId } = createViewer();
  report({ spatialLayer: 0, temporalLayer: 0 });
  told();
  report(undefined);
  assert.deepEqual(told(), []);
  report(undefined, true);
  assert.deepEqual(told(), [{ trackId, paused: true }]);
  report(undefined);
  assert.deepEqual(told(), [{ trackId, paused: false }]);
});

test("[RM37] who was away is told again", () => {
  const { bob, report, told, trackId } = createViewer();
  report({ spatialLayer: 1, temporalLayer: 0 });
  told();
  bob.membership.session.handleClientGone(bob.participantId, bob);
  report(undefined, true);
  assert.deepEqual(told(), []);
  bob.join({ resume: bob.participantId });
  assert.deepEqual(told(), [{ trackId, paused: true }]);
});

test("nothing is told of a Consumer that is no more", () => {
  const { bob, report, told, trackId } = createViewer();
  report(undefined, true);
  bob.call({ method: "unsubscribe", params: { trackIds: [trackId] } });
  bob.offer();
  assert.deepEqual(told(), []);
  report({ spatialLayer: 0, temporalLayer: 0 });
  assert.deepEqual(told(), []);
});

test("a wish reaches the worker as layers, before the packets it is for", () => {
  const { ann, bob, consumer, trackId, worker } = createViewer();
  const { consumerId } = consumer;
  assert.deepEqual(consumer.preference, { maxSpatialLayer: 7, maxTemporalLayer: 7, priority: 1 });
  ann.call({ method: "publish", params: { cid: "video1", kind: "video", layers: LAYERS } });
  bob.call({ method: "setLayers", params: { trackId, paused: true } });
  worker.take();
  bob.call({ method: "setLayers", params: { trackId, width: 300, height: 160, priority: 3 } });
  assert.deepEqual(worker.commands.splice(0), [
    { type: "setConsumerPreference", consumerId, preference: { maxSpatialLayer: 0, maxTemporalLayer: 7, priority: 3 } },
    { type: "setConsumerPaused", consumerId, isPaused: false },
  ]);
  bob.call({ method: "setLayers", params: { trackId, width: 310, height: 165, priority: 3 } });
  assert.deepEqual(worker.commands, []);
});

test("a size that was wanted before the layers were announced becomes a layer", () => {
  const { ann, bob, trackId, worker } = createViewer();
  bob.call({ method: "setLayers", params: { trackId, height: 180 } });
  assert.deepEqual(worker.take("setConsumerPreference"), []);
  ann.call({ method: "publish", params: { cid: "video1", kind: "video", layers: LAYERS } });
  assert.deepEqual(
    worker.take("setConsumerPreference").map(({ preference }) => preference.maxSpatialLayer),
    [0],
  );
});

test("a wish older than the Consumer opens it so", () => {
  const { bob, trackId, worker } = createViewer();
  bob.call({ method: "setLayers", params: { trackId, maxSpatialLayer: 0, priority: 200 } });
  worker.take();
  bob.peer.ufrag = "wxyz";
  bob.offer();
  const opened = worker.take("openConsumer").map(({ parameters }) => parameters.preference);
  assert.deepEqual(opened, [undefined, { maxSpatialLayer: 0, maxTemporalLayer: 7, priority: 200 }]);
});
