import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses } from "../testing/call-fixture.js";
import type { MemoryClient } from "../testing/memory-client.js";
import { MemoryNode } from "../testing/memory-node.js";
import { readSdp } from "../testing/peer-answer.js";
import { MAX_ANSWER_MS } from "./room-offers.js";

const DUAL = { connections: "dual", acceptsUnpublished: true } as const;
const DEBOUNCE_MS = 10;

/** Ann sends audio and video; bob, of two connections, has been offered nothing so far. */
function createDualCall(node = new MemoryNode()) {
  const ann = node.client("ann");
  ann.join();
  const tracks = [ann.publish("audio"), ann.publish("video")];
  ann.offer();
  const bob = node.client("bob");
  bob.join(DUAL);
  return { node, ann, bob, tracks, worker: workerOf(node) };
}

function workerOf(node: MemoryNode) {
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  return worker;
}

function receivingId(client: MemoryClient): string {
  const transport = client.membership.session.media.transportOf(client.participantId);
  assert.ok(transport);
  return transport.transportId;
}

function connect(node: MemoryNode, transportId: string): void {
  node.workers.report(workerOf(node), { type: "transportState", transportId, state: { type: "connected" } });
}

const stateOf = (client: MemoryClient) => client.membership.session.room.participant(client.participantId)?.state;
const sectionsOf = (sdp: string) => readSdp(sdp).sections.map(({ kind, direction }) => `${kind} ${direction}`);

test("who joins is offered a connection to receive in, also with nothing to send, and is active when that stands", () => {
  const node = new MemoryNode();
  const bob = node.client("bob");
  bob.join(DUAL);
  assert.deepEqual(bob.offers, [], "not before the answer to its join");
  node.clock.advance(0);
  assert.deepEqual(
    workerOf(node).commands.map(({ type }) => type),
    ["openRouter", "openTransport"],
  );
  const { sdp } = bob.answer();
  assert.deepEqual(sectionsOf(sdp), ["application sendrecv"]);
  assert.deepEqual(workerOf(node).take("connectTransport").length, 1);
  assert.equal(bob.membership.session.media.transportOf(bob.participantId)?.channels.isAgreed, true);
  assert.equal(stateOf(bob), "joined");
  connect(node, receivingId(bob));
  assert.equal(stateOf(bob), "active");
  node.clock.advance(60_000);
  assert.deepEqual([bob.offers, bob.closed], [[], undefined]);
});

test("tracks there are come in the first offer, and later ones in the next, announced before", () => {
  const { node, ann, bob, tracks, worker } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  const first = bob.answer();
  assert.deepEqual(
    first.tracks.map(({ trackId, participantId }) => [trackId, participantId]),
    tracks.map(({ trackId }) => [trackId, ann.participantId]),
  );
  assert.equal(worker.take("openConsumer").length, 2);
  const order: string[] = [];
  bob.told.push = (...told) => order.push(...told.map(({ method }) => method));
  bob.offers.push = (...offers) => order.push(...offers.map(({ sdp }) => sectionsOf(sdp).join(", ")));
  ann.publish("video");
  ann.offer();
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(order.pop(), "application sendrecv, audio sendonly, video sendonly, video sendonly");
  assert.deepEqual(new Set(order), new Set(["trackPublished"]));
  assert.deepEqual(bob.take("negotiationNeeded"), []);
});

test("what is announced in the same moment is told before the offer", () => {
  const { node, ann, bob } = createDualCall();
  const order: string[] = [];
  bob.told.push = (...told) => order.push(...told.map(({ method }) => method));
  bob.offers.push = () => order.push("offer");
  const { session } = ann.membership;
  session.command((room) => room.setRoomMetadata("early"));
  node.clock.schedule(1, () => session.command((room) => room.setRoomMetadata("late")));
  node.clock.advance(1);
  assert.deepEqual(order, ["roomUpdated", "offer", "roomUpdated"]);
});

test("one offer is outstanding; what changes meanwhile comes in the next", () => {
  const { node, ann, bob, tracks } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  ann.publish("video");
  ann.offer();
  node.clock.advance(1_000);
  assert.equal(bob.offers.length, 1);
  bob.answer();
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(bob.answer().tracks.length, tracks.length + 1);
});

test("who unsubscribes gets no more packets at once, and the section is taken back", () => {
  const { node, bob, tracks, worker } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  bob.answer();
  const consumerIds = worker.take("openConsumer").map(({ parameters }) => parameters.consumerId);
  const trackIds = [tracks[1]?.trackId ?? ""];
  bob.call({ method: "unsubscribe", params: { trackIds } });
  assert.equal(worker.take("setConsumerPaused").length, 1);
  node.clock.advance(DEBOUNCE_MS);
  assert.deepEqual(sectionsOf(bob.answer().sdp), ["application sendrecv", "audio sendonly", "video inactive"]);
  assert.deepEqual(worker.take("closeConsumer"), [{ type: "closeConsumer", consumerId: consumerIds[1] }]);
  bob.call({ method: "subscribe", params: { trackIds } });
  node.clock.advance(DEBOUNCE_MS);
  assert.deepEqual(sectionsOf(bob.answer().sdp), ["application sendrecv", "audio sendonly", "video sendonly"]);
});

test("what was wanted of a track between offer and answer counts", () => {
  const { node, bob, tracks, worker } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  bob.call({ method: "setLayers", params: { trackId: tracks[1]?.trackId ?? "", paused: true } });
  bob.answer();
  assert.deepEqual(
    worker.take("openConsumer").map(({ parameters }) => parameters.isPaused),
    [false, true],
  );
});

test("it sends in the connection that it offers, and receives nothing there", () => {
  const { node, ann, bob, worker } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  bob.answer();
  connect(node, receivingId(bob));
  const track = bob.publish("audio");
  assert.deepEqual(bob.offer().tracks, []);
  assert.equal(worker.take("openTransport").length, 3);
  node.clock.advance(DEBOUNCE_MS);
  assert.deepEqual(bob.offers, [], "its own track is nothing new to receive");
  for (const needed of ann.take("negotiationNeeded")) ann.peer.receive(needed);
  assert.deepEqual(
    ann.offer().tracks.map(({ trackId }) => trackId),
    [track.trackId],
  );
});

test("who may not subscribe is active by the connection that it sends in", () => {
  const node = new MemoryNode();
  const bob = node.client("bob", { canSubscribe: false });
  bob.join(DUAL);
  node.clock.advance(DEBOUNCE_MS);
  bob.answer();
  bob.publish("audio");
  bob.offer();
  const transports = workerOf(node).take("openTransport");
  connect(node, transports[1]?.transportId ?? "");
  assert.equal(stateOf(bob), "active");
});

test("who may subscribe is not", () => {
  const node = new MemoryNode();
  const bob = node.client("bob");
  bob.join(DUAL);
  node.clock.advance(DEBOUNCE_MS);
  bob.answer();
  bob.publish("audio");
  bob.offer();
  const transports = workerOf(node).take("openTransport");
  connect(node, transports[1]?.transportId ?? "");
  assert.equal(stateOf(bob), "joined");
});

test("an answer that is late or of another offer is ignored, one that makes no sense is refused", () => {
  const { node, bob, worker } = createDualCall();
  const answer = (id: number, sdp: string) => bob.membership.session.handleAnswer(bob.participantId, { id, sdp });
  answer(1, "nothing was offered");
  node.clock.advance(DEBOUNCE_MS);
  answer(77, "nonsense");
  refuses("invalidArgument", () => answer(bob.offers[0]?.id ?? 0, "nonsense"));
  assert.deepEqual(worker.take("connectTransport", "openConsumer").length, 1, "ann's");
  const { id } = bob.answer();
  answer(id, "once more");
  assert.equal(worker.take("openConsumer").length, 2);
});

test("who does not answer has to begin anew", () => {
  const { node, bob } = createDualCall();
  node.clock.advance(MAX_ANSWER_MS - 1);
  assert.equal(bob.closed, undefined);
  node.clock.advance(1);
  assert.deepEqual(bob.closed, { code: "failedPrecondition", message: "stateMismatch" });
});

test("who is away is waited for, and offered again with new ICE credentials when it resumes", () => {
  const { node, ann, bob, worker } = createDualCall();
  node.clock.advance(DEBOUNCE_MS);
  const [before] = readSdp(bob.answer().sdp).sections;
  connect(node, receivingId(bob));
  const { participantId, membership } = bob;
  ann.publish("video");
  ann.offer();
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(bob.offers.length, 1);
  node.clock.advance(MAX_ANSWER_MS / 2);
  membership.session.handleClientGone(participantId, bob);
  node.clock.advance(MAX_ANSWER_MS / 2);
  ann.publish("video");
  ann.offer();
  node.clock.advance(DEBOUNCE_MS);
  worker.take();
  const again = node.client("bob");
  assert.equal(again.join({ resume: participantId }).resumed, true);
  assert.deepEqual(again.offers, []);
  node.clock.advance(DEBOUNCE_MS);
  const { sdp } = again.answer({ ufrag: "anew" });
  const [section] = readSdp(sdp).sections;
  assert.notDeepEqual(section?.ice, before?.ice);
  assert.deepEqual(
    worker.commands.map(({ type }) => type),
    ["restartIce", "openConsumer", "openConsumer"],
  );
  node.clock.advance(60_000);
  assert.equal(again.closed, undefined);
});

test("an offer that nobody received is made again on the next connection", () => {
  const { node, bob } = createDualCall();
  const { participantId, membership } = bob;
  membership.session.handleClientGone(participantId, bob);
  node.clock.advance(1_000);
  assert.deepEqual(bob.offers, []);
  const again = node.client("bob");
  again.join({ resume: participantId });
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(again.answer().tracks.length, 2);
});

test("without a worker the offer comes as soon as there is one", () => {
  const node = new MemoryNode({ workers: 0 });
  const bob = node.client("bob");
  bob.join(DUAL);
  node.clock.advance(1_000);
  assert.deepEqual(bob.offers, []);
  node.workers.start();
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(bob.offers.length, 1);
  assert.deepEqual(bob.take("reconnect"), []);
});

test("when its worker dies it is told to reconnect, and offered nothing before it has", () => {
  const { node, bob, worker } = createDualCall(new MemoryNode({ workers: 2 }));
  node.clock.advance(DEBOUNCE_MS);
  bob.answer();
  node.workers.kill(worker);
  assert.equal(bob.take("reconnect").length, 1);
  node.clock.advance(60_000);
  assert.deepEqual(bob.offers, []);
  const again = node.client("bob");
  again.join(DUAL);
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(again.offers.length, 1);
});

test("a worker that dies before the first offer costs nothing", () => {
  const { node, bob, worker } = createDualCall(new MemoryNode({ workers: 2 }));
  node.workers.kill(worker);
  assert.deepEqual(bob.take("reconnect"), []);
  node.clock.advance(DEBOUNCE_MS);
  assert.equal(bob.offers.length, 1);
});

for (const isPublishing of [false, true]) {
  const who = isPublishing ? "a publisher" : "somebody";
  test(`${who} whose connection to receive in has ended has some time to leave, and none after resuming`, () => {
    for (const isResuming of [false, true]) {
      const { node, bob, worker } = createDualCall();
      node.clock.advance(DEBOUNCE_MS);
      bob.answer();
      if (isPublishing) {
        bob.publish("audio");
        bob.offer();
      }
      const state = { type: "closed", reason: "dtlsClosed" } as const;
      node.workers.report(worker, { type: "transportState", transportId: receivingId(bob), state });
      node.clock.advance(1_000);
      assert.deepEqual([bob.offers, bob.closed], [[], undefined]);
      const again = isResuming ? node.client("bob") : bob;
      if (isResuming) again.join({ resume: bob.participantId });
      node.clock.advance(isResuming ? DEBOUNCE_MS : MAX_ANSWER_MS - 1_000);
      assert.equal(again.closed?.message, "stateMismatch");
    }
  });
}
