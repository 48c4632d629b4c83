import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall } from "../testing/call-fixture.js";
import type { MemoryClient } from "../testing/memory-client.js";
import { MemoryNode } from "../testing/memory-node.js";

const LAYERS = [
  { rid: "q", width: 320, height: 180 },
  { rid: "h", width: 640, height: 360 },
  { rid: "f", width: 1280, height: 720 },
];

/** ann sends one video in three layers. */
function publisher(node: MemoryNode, layers = LAYERS) {
  const ann = node.client("ann");
  ann.join();
  const { trackId } = ann.publish("video", { layers });
  ann.offer();
  return { ann, trackId };
}

function viewer(node: MemoryNode, identity: string): MemoryClient {
  const client = node.client(identity);
  client.join();
  return client;
}

const wanted = (ann: MemoryClient) => ann.take("publishedLayers").map((each) => each.wanted.map(Number).join(""));

test("[RM35] who is alone is told to stop after 5 s, and to begin as soon as somebody comes", () => {
  const node = new MemoryNode();
  const { ann, trackId } = publisher(node);
  node.clock.advance(5_009);
  assert.deepEqual(wanted(ann), []);
  node.clock.advance(1);
  assert.deepEqual(ann.take("publishedLayers"), [{ trackId, wanted: [false, false, false] }]);
  viewer(node, "bob");
  node.clock.advance(10);
  assert.deepEqual(wanted(ann), ["111"]);
});

test("[RM35] what counts is who wants most", () => {
  const node = new MemoryNode();
  const { ann, trackId } = publisher(node);
  const [bob, cat] = [viewer(node, "bob"), viewer(node, "cat")];
  bob.call({ method: "setLayers", params: { trackId, width: 300, height: 170 } });
  cat.call({ method: "setLayers", params: { trackId, maxSpatialLayer: 1 } });
  node.clock.advance(6_000);
  assert.deepEqual(wanted(ann), ["110"]);
  cat.call({ method: "setLayers", params: { trackId, paused: true } });
  node.clock.advance(4_000);
  bob.call({ method: "setLayers", params: { trackId } });
  node.clock.advance(10);
  assert.deepEqual(wanted(ann), ["111"]);
  bob.call({ method: "setLayers", params: { trackId, paused: true } });
  node.clock.advance(6_000);
  assert.deepEqual(wanted(ann), ["000"]);
});

test("[RM35] a viewer who leaves, or unsubscribes, wants nothing any more", () => {
  const node = new MemoryNode();
  const { ann, trackId } = publisher(node);
  const [bob, cat] = [viewer(node, "bob"), viewer(node, "cat")];
  node.clock.advance(10_000);
  bob.membership.session.leave(bob.participantId);
  cat.call({ method: "unsubscribe", params: { trackIds: [trackId] } });
  node.clock.advance(6_000);
  assert.deepEqual(wanted(ann), ["000"]);
});

test("a look away of less than 5 s is not told", () => {
  const node = new MemoryNode();
  const { ann, trackId } = publisher(node);
  const bob = viewer(node, "bob");
  for (let i = 0; i < 5; i++) {
    bob.call({ method: "setLayers", params: { trackId, paused: true } });
    node.clock.advance(4_900);
    bob.call({ method: "setLayers", params: { trackId } });
    node.clock.advance(100);
  }
  assert.deepEqual(wanted(ann), []);
});

test("[RM37] a publisher that was away, and another peer connection, hear again what is wanted", () => {
  const node = new MemoryNode();
  const { ann } = publisher(node);
  node.clock.advance(1_000);
  ann.membership.session.handleClientGone(ann.participantId, ann);
  node.clock.advance(6_000);
  assert.deepEqual(wanted(ann), []);
  ann.join({ resume: ann.participantId });
  assert.deepEqual(wanted(ann), ["000"]);
  ann.peer.ufrag = "wxyz";
  ann.offer();
  assert.deepEqual(wanted(ann), ["000"]);
  node.clock.advance(60_000);
  assert.deepEqual(wanted(ann), []);
});

test("a track without announced layers has as many as it has encodings; audio has none", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  ann.told.length = 0;
  bob.call({ method: "unsubscribe", params: { trackIds: tracks.map(({ trackId }) => trackId) } });
  node.clock.advance(6_000);
  assert.deepEqual(ann.take("publishedLayers"), [{ trackId: tracks[1]?.trackId, wanted: [false] }]);
});

test("[RM26] layers announced anew are counted anew", () => {
  const node = new MemoryNode();
  const { ann } = publisher(node);
  node.clock.advance(6_000);
  wanted(ann);
  ann.call({ method: "publish", params: { cid: "video0", kind: "video", layers: LAYERS.slice(0, 2) } });
  node.clock.advance(10);
  assert.deepEqual(wanted(ann), ["11"]);
  node.clock.advance(5_000);
  assert.deepEqual(wanted(ann), ["00"]);
});
