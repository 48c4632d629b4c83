import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall, refuses } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";

test("a publisher's offer opens a Router, a Transport and its Producers, in this order", () => {
  const node = new MemoryNode();
  const ann = node.client("ann");
  const { room } = ann.join();
  ann.publish("audio");
  const { sdp, tracks } = ann.offer();
  assert.match(sdp, /a=ice-lite\r\n/);
  assert.deepEqual(tracks, []);
  const commands = node.workers.ready[0]?.commands ?? [];
  assert.deepEqual(
    commands.map(({ type }) => type),
    ["openRouter", "openTransport", "connectTransport", "openProducer"],
  );
  const [router, transport] = commands;
  assert.ok(router?.type === "openRouter" && transport?.type === "openTransport");
  assert.equal(router.routerId, room.roomId);
  const { ufrag, pwd } = transport.parameters.localIce;
  assert.ok(ufrag.length >= 4 && pwd.length >= 22, "[RFC8445 §5.3]");
  assert.match(sdp, new RegExp(`a=ice-ufrag:${ufrag.replaceAll(/[+/]/g, "\\$&")}\r\n`));
});

test("a subscriber is asked once for the sections it lacks, and receives what it was asked for", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks, received } = createCall(node);
  assert.deepEqual(
    received.map(({ trackId, participantId }) => [trackId, participantId]),
    tracks.map(({ trackId }) => [trackId, ann.participantId]),
  );
  const consumers = node.workers.ready[0]?.take("openConsumer") ?? [];
  assert.equal(consumers.length, 2);
  node.clock.advance(1_000);
  assert.deepEqual(bob.take("negotiationNeeded"), []);
});

test("tracks that come together are asked for together, 10 ms later", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  bob.told.length = 0;
  ann.publish("video");
  ann.offer();
  ann.publish("video");
  ann.offer();
  assert.deepEqual(bob.take("negotiationNeeded"), []);
  node.clock.advance(9);
  assert.deepEqual(bob.take("negotiationNeeded"), []);
  node.clock.advance(1);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 1, video: 3 }]);
});

test("a client that does not do as it was asked is not asked again and again", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  ann.publish("video");
  ann.offer();
  node.clock.advance(10);
  assert.equal(bob.take("negotiationNeeded").length, 1);
  for (let i = 0; i < 5; i++) {
    bob.offer();
    node.clock.advance(100);
  }
  assert.deepEqual(bob.take("negotiationNeeded"), []);
});

test("media of a published track comes when its publisher has offered it, not before", () => {
  const node = new MemoryNode();
  const [ann, bob] = [node.client("ann"), node.client("bob")];
  bob.join();
  ann.join();
  ann.publish("video");
  node.clock.advance(1_000);
  assert.equal(bob.told.filter(({ method }) => method === "trackPublished").length, 1);
  assert.deepEqual(bob.take("negotiationNeeded"), []);
  ann.offer();
  node.clock.advance(10);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 0, video: 1 }]);
});

test("who unsubscribes gets no more packets at once, and its section is free at its next offer", () => {
  const node = new MemoryNode();
  const { bob, tracks } = createCall(node);
  const worker = node.workers.ready[0];
  const [, video] = worker?.take("openConsumer").map(({ parameters }) => parameters.consumerId) ?? [];
  const trackId = tracks[1]?.trackId ?? "";
  bob.call({ method: "unsubscribe", params: { trackIds: [trackId] } });
  assert.deepEqual(worker?.take("setConsumerPaused"), [{ type: "setConsumerPaused", consumerId: video, isPaused: true }]);
  bob.call({ method: "subscribe", params: { trackIds: [trackId] } });
  assert.deepEqual(worker?.take("setConsumerPaused"), [{ type: "setConsumerPaused", consumerId: video, isPaused: false }]);
  bob.call({ method: "unsubscribe", params: { trackIds: [trackId] } });
  assert.equal(bob.offer().tracks.length, 1);
  assert.deepEqual(worker?.take("closeConsumer"), [{ type: "closeConsumer", consumerId: video }]);
});

test("pausing a subscription and muting a track reach the worker", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  const worker = node.workers.ready[0];
  const trackId = tracks[0]?.trackId ?? "";
  worker?.take();
  bob.call({ method: "setLayers", params: { trackId, paused: true } });
  assert.equal(worker?.take("setConsumerPaused")[0]?.isPaused, true);
  ann.call({ method: "mute", params: { trackId, muted: true } });
  assert.equal(worker?.take("setProducerPaused")[0]?.isPaused, true);
});

test("a track that was muted or paused before its offer is opened so", () => {
  const node = new MemoryNode();
  const ann = node.client("ann");
  ann.join();
  const { trackId } = ann.publish("audio");
  ann.call({ method: "mute", params: { trackId, muted: true } });
  ann.offer();
  assert.equal(node.workers.ready[0]?.take("openProducer")[0]?.parameters.isPaused, true);
});

test("a track that is taken back closes its Producer, and leaves a section for the next one", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  const worker = node.workers.ready[0];
  const [, video] = worker?.take("openProducer").map(({ parameters }) => parameters.producerId) ?? [];
  ann.unpublish(tracks[1]?.trackId ?? "");
  assert.deepEqual(worker?.take("closeProducer"), [{ type: "closeProducer", producerId: video }]);
  const next = ann.publish("video");
  ann.offer();
  node.clock.advance(10);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 1, video: 1 }], "its section of before is enough");
  assert.ok(bob.offer().tracks.some(({ trackId }) => trackId === next.trackId));
});

test("an offer of a new peer connection replaces the Transport, and its subscribers follow", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const worker = node.workers.ready[0];
  const transports = worker?.take("openTransport").map(({ transportId }) => transportId) ?? [];
  bob.told.length = 0;
  ann.peer.ufrag = "wxyz";
  ann.offer();
  const commands = worker?.commands.map(({ type }) => type);
  assert.deepEqual(commands, ["closeTransport", "openTransport", "connectTransport", "openProducer", "openProducer"]);
  assert.deepEqual(worker?.take("closeTransport"), [{ type: "closeTransport", transportId: transports[0] }]);
  node.clock.advance(10);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 1, video: 1 }]);
  assert.equal(bob.offer().tracks.length, 2);
  assert.equal(worker?.take("openConsumer").length, 2);
});

test("an offer that cannot be understood leaves everything as it was", () => {
  const node = new MemoryNode();
  const { ann } = createCall(node);
  const worker = node.workers.ready[0];
  worker?.take();
  refuses("invalidArgument", () => ann.call({ method: "offer", params: { sdp: "v=1" } }));
  refuses("notFound", () => {
    const other = node.client("cat");
    other.join();
    other.call({ method: "publish", params: { cid: "c", kind: "audio" } });
    ann.call({ method: "offer", params: { sdp: "v=0", tracks: [{ mid: "0", trackId: "TR_x" }] } });
  });
  assert.deepEqual(worker?.commands, []);
});

test("without a worker an offer is refused for now, and everything else goes on", () => {
  const node = new MemoryNode({ workers: 0 });
  const ann = node.client("ann");
  ann.join();
  ann.publish("audio");
  refuses("unavailable", () => ann.offer());
  node.workers.start();
  ann.offer();
});

test("a Transport that ends takes its Producers along, and the client's next offer begins anew", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [transport] = worker.take("openTransport");
  bob.told.length = 0;
  node.workers.report(worker, {
    type: "transportState",
    transportId: transport?.transportId ?? "",
    state: { type: "closed", reason: "consentExpired" },
  });
  assert.deepEqual(bob.take("connectionQuality"), [{ participants: [{ participantId: ann.participantId, quality: "lost" }] }]);
  ann.offer();
  assert.deepEqual(
    worker.commands.map(({ type }) => type),
    ["closeTransport", "openTransport", "connectTransport", "openProducer", "openProducer"],
  );
});

test("speakers are told to everybody when they change, and to newcomers", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [audio] = worker.take("openProducer");
  const { routerId, producerId } = {
    routerId: ann.membership.session.room.roomId,
    producerId: audio?.parameters.producerId ?? "",
  };
  const hear = (level: number) =>
    node.workers.report(worker, { type: "audioLevels", routerId, levels: [{ producerId, level, activeRatio: 1 }] });
  hear(0);
  hear(0);
  const speakers = [{ participantId: ann.participantId, level: 1 }];
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers }]);
  assert.deepEqual(ann.take("activeSpeakers"), [{ speakers }]);
  const cat = node.client("cat");
  cat.join();
  assert.deepEqual(cat.take("activeSpeakers"), [{ speakers }]);
  node.clock.advance(1_000);
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers: [] }]);
});

test("connection quality goes to the participant and to whoever receives it, when it changes", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const cat = node.client("cat");
  cat.join({ autoSubscribe: false });
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [audio] = worker.take("openProducer");
  const measure = (packets: number, lost: number) => {
    const producerId = audio?.parameters.producerId ?? "";
    node.workers.reportStatistics(worker, {
      producers: [{ producerId, packets, bytes: 0, lost, jitterMs: 0, keyFrames: 0 }],
      consumers: [],
    });
  };
  for (const client of [ann, bob, cat]) client.told.length = 0;
  measure(0, 0);
  measure(100, 0);
  measure(200, 20);
  measure(300, 40);
  const expected = [{ participants: [{ participantId: ann.participantId, quality: "poor" }] }];
  assert.deepEqual(ann.take("connectionQuality"), expected);
  assert.deepEqual(bob.take("connectionQuality"), expected);
  assert.deepEqual(cat.take("connectionQuality"), []);
  const dan = node.client("dan");
  dan.join();
  assert.deepEqual(dan.take("connectionQuality"), expected);
  measure(400, 40);
  assert.equal(bob.take("connectionQuality")[0]?.participants[0]?.quality, "excellent");
});
