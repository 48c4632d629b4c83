import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notifications, Result } from "@sluice/protocol";
import { createCall, refuses } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";
import type { MediaForm } from "./media-form.js";

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

test("[RM119] an offer that was on its way when a track of it was taken back goes on without it", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  const trackId = tracks[1]?.trackId ?? "";
  ann.call({ method: "unpublish", params: { trackId } });
  const worker = node.workers.ready[0];
  worker?.take();
  assert.match(ann.offer().sdp, /^m=video/m);
  assert.deepEqual(worker?.take("openProducer"), []);
  const naming = (id: string) => ({ sdp: ann.peer.createSdp(), tracks: [{ mid: "0", trackId: id }] });
  refuses("notFound", () => ann.call({ method: "offer", params: naming("TR_never") }));
  refuses("notFound", () => bob.call({ method: "offer", params: naming(trackId) }));
});

test("an offer of a new peer connection replaces the Transport, and its subscribers follow", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const worker = node.workers.ready[0];
  const transports = worker?.take("openTransport").map(({ transportId }) => transportId) ?? [];
  bob.told.length = 0;
  ann.peer.reconnect();
  ann.offer();
  const commands = worker?.commands.map(({ type }) => type);
  assert.deepEqual(commands, ["closeTransport", "openTransport", "connectTransport", "openProducer", "openProducer"]);
  assert.deepEqual(worker?.take("closeTransport"), [{ type: "closeTransport", transportId: transports[0] }]);
  node.clock.advance(10);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 1, video: 1 }]);
  assert.equal(bob.offer().tracks.length, 2);
  assert.equal(worker?.take("openConsumer").length, 2);
});

test("[RFC8445 §9] an ICE restart is one command: nothing else begins anew, for nobody", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const worker = node.workers.ready[0];
  const [transport] = worker?.take("openTransport") ?? [];
  bob.told.length = 0;
  ann.peer.restartIce();
  const { sdp } = ann.offer();
  const [restart, ...others] = worker?.commands ?? [];
  assert.ok(restart?.type === "restartIce");
  assert.equal(restart.transportId, transport?.transportId);
  assert.deepEqual(restart.remoteIce, { ufrag: ann.peer.ufrag, pwd: "abcdefghijklmnopqrstuv" });
  assert.notEqual(restart.localIce.ufrag, transport?.parameters.localIce.ufrag);
  assert.ok(sdp.includes(`a=ice-ufrag:${restart.localIce.ufrag}\r\n`));
  assert.deepEqual(others, []);
  assert.equal(ann.offer().sdp, sdp, "once is enough");
  assert.equal(worker?.take("restartIce").length, 1);
  node.clock.advance(1_000);
  assert.deepEqual(bob.told, []);
  ann.peer.restartIce();
  assert.notEqual(ann.offer().sdp, sdp);
  assert.equal(worker?.take("restartIce").length, 1);
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
  refuses("failedPrecondition", () => ann.offer());
  ann.peer.restartIce();
  refuses("failedPrecondition", () => ann.offer());
  ann.peer.reconnect();
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
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers, dominant: null }]);
  assert.deepEqual(ann.take("activeSpeakers"), [{ speakers, dominant: null }]);
  const cat = node.client("cat");
  cat.join();
  assert.deepEqual(cat.take("activeSpeakers"), [{ speakers, dominant: null }]);
  bob.membership.session.handleClientGone(bob.participantId, bob);
  node.clock.advance(1_000);
  assert.deepEqual(cat.take("activeSpeakers"), [{ speakers: [], dominant: null }]);
  assert.deepEqual(bob.take("activeSpeakers"), []);
  bob.join({ resume: bob.participantId });
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers: [], dominant: null }], "it still believes that somebody speaks");
});

test("the dominant speaker is told to everybody and to newcomers, and is none any more when it is muted or leaves", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [audio] = worker.take("openProducer");
  const { routerId, producerId } = {
    routerId: ann.membership.session.room.roomId,
    producerId: audio?.parameters.producerId ?? "",
  };
  const elect = (id: string | undefined) => node.workers.report(worker, { type: "dominantSpeaker", routerId, producerId: id });
  elect(producerId);
  elect(producerId);
  const dominant = ann.participantId;
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers: [], dominant }]);
  const cat = node.client("cat");
  cat.join();
  assert.deepEqual(cat.take("activeSpeakers"), [{ speakers: [], dominant }]);
  elect(undefined);
  assert.deepEqual(bob.take("activeSpeakers"), [{ speakers: [], dominant: null }]);
  elect("nobody's");
  assert.deepEqual(bob.take("activeSpeakers"), []);
  elect(producerId);
  ann.call({ method: "mute", params: { trackId: tracks[0]?.trackId ?? "", muted: true } });
  elect(producerId);
  assert.equal(bob.take("activeSpeakers").at(-1)?.dominant, null);
  ann.call({ method: "mute", params: { trackId: tracks[0]?.trackId ?? "", muted: false } });
  elect(producerId);
  ann.membership.session.leave(dominant);
  assert.deepEqual(
    bob.take("activeSpeakers").map((each) => each.dominant),
    [dominant, null],
  );
});

test("a room's Router is told how many of the loudest are heard, and what is speech", () => {
  const node = new MemoryNode({ flags: { "room.loudest-speakers": 3, "audio.active-level": 50 } });
  createCall(node);
  assert.deepEqual(node.workers.ready[0]?.take("openRouter")[0]?.options, { loudestSpeakers: 3, activeLevel: 50 });
});

test("connection quality goes to the participant and to whoever receives it, when it changes", () => {
  const node = new MemoryNode();
  const { ann, bob, tracks } = createCall(node);
  const cat = node.client("cat");
  cat.join({ autoSubscribe: false });
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [audio] = worker.take("openProducer");
  let atMs = 1_000;
  const measure = (packets: number, lost: number) => {
    const id = audio?.parameters.producerId ?? "";
    atMs += 5_000;
    node.workers.reportStatistics(worker, atMs, { producers: [{ id, packets, lost }] });
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
  cat.call({ method: "subscribe", params: { trackIds: [tracks[0]?.trackId ?? ""] } });
  assert.deepEqual(cat.take("connectionQuality"), expected, "it has just begun to receive ann");
  ann.publish("audio");
  assert.deepEqual(bob.take("connectionQuality"), expected, "of some it may be the first track that they receive");
  bob.membership.session.handleClientGone(bob.participantId, bob);
  for (const client of [dan, bob]) client.told.length = 0;
  for (let packets = 400; packets < 1_000; packets += 100) measure(packets, 40);
  const qualities = ({ participants }: Notifications["connectionQuality"]) => participants.map(({ quality }) => quality);
  assert.deepEqual(dan.take("connectionQuality").map(qualities), [["good"], ["excellent"]]);
  bob.join({ resume: bob.participantId });
  const told = bob.take("connectionQuality").flatMap(({ participants }) => participants);
  assert.ok(
    told.some(({ participantId, quality }) => participantId === ann.participantId && quality === "excellent"),
    "what was said while it was away is said again",
  );
});

const LATE: MediaForm = {
  acceptsUnpublished: true,
  msidOf: ({ participantId, trackId }) => ({ streamId: `${participantId}|${trackId}`, trackId }),
};

test("a track that is published after its section was offered is named for it, and its subscribers follow", () => {
  const node = new MemoryNode();
  const [ann, bob] = [node.client("ann"), node.client("bob")];
  bob.join(LATE);
  ann.join(LATE);
  const mid = ann.peer.addSection("video", "sendonly");
  const { sdp } = ann.call({ method: "offer", params: { sdp: ann.peer.createSdp() } }) as Result<"offer">;
  assert.match(sdp, /a=recvonly\r\n/);
  const worker = node.workers.ready[0];
  assert.deepEqual(worker?.take("openProducer"), []);
  const publish = () => {
    const result = ann.call({ method: "publish", params: { cid: "c", kind: "video" } }) as Result<"publish">;
    return result.track.trackId;
  };
  const trackId = publish();
  const { session } = ann.membership;
  session.bindTracks(ann.participantId, [{ mid, trackId }]);
  session.bindTracks(ann.participantId, [{ mid, trackId }]);
  assert.equal(worker?.take("openProducer").length, 1);
  node.clock.advance(10);
  assert.deepEqual(bob.take("negotiationNeeded"), [{ audio: 0, video: 1 }]);
  bob.peer.receive({ audio: 0, video: 1 });
  assert.match(bob.offer().sdp, new RegExp(`a=msid:${ann.participantId}\\|${trackId} ${trackId}\r\n`));
  refuses("notFound", () => bob.membership.session.bindTracks(bob.participantId, [{ mid: "0", trackId }]));
  refuses("failedPrecondition", () => {
    const cat = node.client("cat");
    cat.join(LATE);
    cat.membership.session.bindTracks(cat.participantId, []);
  });
  ann.call({ method: "unpublish", params: { trackId } });
  assert.equal(worker?.take("closeProducer").length, 1);
  session.bindTracks(ann.participantId, [{ mid, trackId: publish() }]);
  assert.equal(worker?.take("openProducer").length, 1, "its section is free for the next one");
});

test("tracks are published only in codecs that the node is told to take", () => {
  const node = new MemoryNode({ flags: { "room.enabled-codecs": "audio/opus,video/VP9" } });
  const ann = node.client("ann");
  ann.join();
  ann.publish("audio");
  ann.offer();
  ann.publish("video");
  refuses("unsupported", () => ann.offer());
});
