import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket, DataPacket_Kind, UserPacket } from "@livekit/protocol";
import { DATA_LABELS, MAX_DATA_BYTES, MAX_DATA_PAYLOAD_BYTES, serializeDataMessage } from "@sluice/protocol";
import fc from "fast-check";
import type { MemoryClient } from "../../testing/memory-client.js";
import { DataRoom, type SentPacket } from "./testing/data-room.js";

const { reliable, lossy } = DATA_LABELS;

type Fields = ConstructorParameters<typeof DataPacket>[0];

function say(text: string, more: Fields = {}, of: ConstructorParameters<typeof UserPacket>[0] = {}): Fields {
  const value = new UserPacket({ payload: new Uint8Array(Buffer.from(text)), ...of });
  return { value: { case: "user", value }, ...more };
}

const chat = (message: string): DataPacket["value"] => ({ case: "chatMessage", value: { message } as never });
const decode = (sent: SentPacket | undefined) => DataPacket.fromBinary(sent?.bytes ?? new Uint8Array());
const textOf = ({ value }: DataPacket) => (value.case === "user" ? Buffer.from(value.value.payload).toString() : value.case);

class PacketRoom extends DataRoom {
  sendPacket(client: MemoryClient, label: string, fields: Fields): void {
    this.sendRaw(client, label, new DataPacket(fields).toBinary());
  }

  texts(): (string | undefined)[] {
    return this.sentPackets().map((sent) => textOf(decode(sent)));
  }
}

test("[RM112] a packet crosses to the worker once, for all LiveKit clients, as it came but for who it is from", () => {
  const room = new PacketRoom();
  const [ann] = [room.enterLiveKit("ann"), room.enterLiveKit("bob"), room.enterLiveKit("cat")];
  for (const label of [reliable, lossy]) {
    const sequence = label === reliable ? 7 : 0;
    const fake = { participantIdentity: "bob", participantSid: "PA_bob", kind: DataPacket_Kind.RELIABLE };
    room.sendPacket(ann, label, { ...fake, sequence, value: chat("hi") });
    const [sent, ...others] = room.sentPackets();
    assert.deepEqual([sent?.identities, sent?.label, others], [["bob", "cat"], label, []]);
    const expected = new DataPacket({
      kind: label === reliable ? DataPacket_Kind.RELIABLE : DataPacket_Kind.LOSSY,
      participantIdentity: "ann",
      participantSid: ann.participantId,
      sequence,
      value: chat("hi"),
    });
    assert.deepEqual(decode(sent), expected);
  }
  assert.deepEqual([room.counters.accepted, room.counters.toChannels], [2, 4]);
});

test("[RM112] values and fields that the node does not know are handed on byte for byte", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  room.enterLiveKit("bob");
  const unknown = Uint8Array.of(0xfa, 0x07, 3, 1, 2, 3);
  room.sendRaw(ann, reliable, unknown);
  const [sent] = room.sentPackets();
  assert.ok(Buffer.from(sent?.bytes ?? []).includes(Buffer.from(unknown)));
});

test("[RM112] its destinations are identities, or ids in a user packet; a list of nobody is nobody", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enterLiveKit("bob")];
  room.enterLiveKit("cat");
  const receivers = (fields: Fields) => {
    room.sendPacket(ann, reliable, fields);
    return room.sentPackets().map(({ identities }) => identities);
  };
  assert.deepEqual(receivers(say("1", { destinationIdentities: ["cat", "ann", "nobody"] })), [["cat"]]);
  assert.deepEqual(receivers(say("2", {}, { destinationIdentities: ["bob"] })), [["bob"]]);
  assert.deepEqual(receivers(say("3", {}, { destinationSids: [bob.participantId] })), [["bob"]]);
  assert.deepEqual(receivers(say("4", { destinationIdentities: [""] })), []);
  assert.deepEqual(receivers({ value: chat("5"), destinationIdentities: ["cat"] }), [["cat"]]);
});

test("[RM113] a hidden sender is anonymous; only agents transcribe, and speak for others", () => {
  const room = new PacketRoom();
  const [ann, ghost] = [room.enterLiveKit("ann"), room.enterLiveKit("ghost", undefined, { hidden: true })];
  const agent = room.enterLiveKit("agent", undefined, { agent: true });
  const from = (client: MemoryClient, fields: Fields) => {
    room.sendPacket(client, reliable, fields);
    const [sent] = room.sentPackets();
    const { participantIdentity, participantSid } = decode(sent);
    return sent === undefined ? undefined : [participantIdentity, participantSid];
  };
  const transcription = { case: "transcription", value: { trackId: "TR_1" } } as never;
  assert.deepEqual(from(ghost, say("boo")), ["", ""]);
  assert.deepEqual(from(ann, { value: transcription }), undefined);
  assert.equal(room.counters.notPermitted, 1);
  assert.deepEqual(from(agent, { value: transcription }), ["agent", agent.participantId]);
  assert.deepEqual(from(agent, { value: transcription, participantIdentity: "ann" }), ["ann", agent.participantId]);
  assert.deepEqual(from(agent, say("hi", { participantIdentity: "ann" })), ["agent", agent.participantId]);
  assert.deepEqual(from(ann, { value: chat("hi"), participantIdentity: "agent" }), ["ann", ann.participantId]);
});

test("[RM113] a hidden sender is anonymous at our own door, too, by whichever it comes", () => {
  const room = new PacketRoom();
  const { session } = room.enter("bob").membership;
  const ghost = room.enterLiveKit("ghost", undefined, { hidden: true });
  room.sendPacket(ghost, reliable, say("boo"));
  assert.equal(room.sent()[0]?.header.from, session.room.roomId);
  const spy = room.enter("spy", undefined, { hidden: true });
  room.send(spy, reliable, "hush");
  assert.equal(room.sent()[0]?.header.from, session.room.roomId);
});

test("[RM113] nobody tells others who speaks", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  const bob = room.enterLiveKit("bob");
  const value = { case: "speaker", value: { speakers: [{ sid: bob.participantId, level: 1, active: true }] } } as never;
  room.sendPacket(ann, reliable, { value });
  assert.deepEqual([room.sentPackets(), room.counters.notPermitted], [[], 1]);
});

test("[RM113] metrics are for those whose token says so, whomever they are sent to", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  room.enterLiveKit("bob");
  room.enterLiveKit("meter", undefined, { canSubscribeMetrics: true });
  const metrics = { case: "metrics", value: {} } as never;
  for (const fields of [{}, { destinationIdentities: ["bob", "meter"] }]) {
    room.sendPacket(ann, reliable, { value: metrics, ...fields });
    assert.deepEqual(
      room.sentPackets().map(({ identities }) => identities),
      [["meter"]],
    );
  }
});

test("[RM115] a user packet is a message of ours at the other door, and ours is a user packet", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enter("bob")];
  for (const label of [reliable, lossy]) {
    room.sendPacket(ann, label, say("hi", { sequence: 0 }, { topic: "thème" }));
    const header = { from: ann.participantId, topic: "thème" };
    assert.deepEqual(room.sent(), [{ transportIds: [room.transportOf(bob)], label, header, text: "hi" }]);
    room.send(bob, label, "hello", { topic: "t" });
    const [sent] = room.sentPackets();
    assert.deepEqual([sent?.identities, sent?.label], [["ann"], label]);
    const packet = decode(sent);
    assert.ok(packet.value.case === "user");
    const { payload, topic, participantIdentity, participantSid } = packet.value.value;
    assert.deepEqual([Buffer.from(payload).toString(), topic], ["hello", "t"]);
    assert.deepEqual([packet.participantIdentity, packet.participantSid, packet.sequence], ["bob", bob.participantId, 0]);
    assert.deepEqual([participantIdentity, participantSid], ["bob", bob.participantId]);
  }
});

test("[RM115] whatever one door's participant says, the other's reads it", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enter("bob")];
  fc.assert(
    fc.property(text, fc.uint8Array({ maxLength: 400 }), (topic, payload) => {
      room.node.clock.advance(10);
      room.sendRaw(ann, reliable, new DataPacket(say("", {}, { topic, payload })).toBinary());
      const [ours] = room.sent();
      if (topic.length > 128) return assert.equal(ours, undefined);
      assert.deepEqual([ours?.header.topic ?? "", ours?.text], [topic, Buffer.from(payload).toString()]);
      room.sendRaw(bob, reliable, serializeDataMessage({ topic }, payload));
      const { value } = decode(room.sentPackets()[0]);
      assert.ok(value.case === "user");
      assert.deepEqual([value.value.topic ?? "", value.value.payload], [topic, payload]);
    }),
    { numRuns: 200, seed: 20_261_130 },
  );
});

test("[RM115] what the other door cannot say does not reach it, and is counted", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enter("bob")];
  room.sendPacket(ann, reliable, { value: chat("hi") });
  room.sendPacket(ann, reliable, say("hi", {}, { topic: "t".repeat(129) }));
  room.send(bob, reliable, "x".repeat(MAX_DATA_PAYLOAD_BYTES));
  room.send(bob, reliable, "x".repeat(65_535));
  assert.deepEqual([room.sentInBothForms(), room.counters.untranslated], [{ ours: [], theirs: [] }, 4]);
  room.send(bob, reliable, "x".repeat(65_000));
  assert.equal(room.sentPackets().length, 1);
});

test("[RM115] [RM56] without a channel our participant hears a user packet by signaling", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enter("bob", [])];
  room.sendPacket(ann, reliable, say("hi"));
  assert.deepEqual(
    bob.take("data").map(({ from, data }) => [from, Buffer.from(data, "base64").toString()]),
    [[ann.participantId, "hi"]],
  );
});

test("[RM112] lossy packets of LiveKit may be longer than ours", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  room.enter("bob");
  room.enterLiveKit("cat");
  room.sendPacket(ann, lossy, say("x".repeat(60_000)));
  const { ours, theirs } = room.sentInBothForms();
  assert.deepEqual([ours.length, theirs.length], [1, 1]);
});

test("[RM111] a packet waits for the channel of a newcomer, short or long, and for nothing else", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  const bob = room.enterLiveKit("bob", []);
  room.sendPacket(ann, reliable, say("1"));
  room.sendPacket(ann, lossy, say("gone"));
  room.sendPacket(ann, reliable, say("x".repeat(MAX_DATA_BYTES + 1)));
  assert.deepEqual([room.texts(), room.counters.undelivered], [[], 1]);
  room.open(bob, reliable);
  room.sendPacket(ann, reliable, say("3"));
  assert.deepEqual(
    room.texts().map((text) => text?.length),
    [1, MAX_DATA_BYTES + 1, 1],
  );
});

test("[RM111] what has waited five seconds, or is more than a megabyte, is undelivered", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  const bob = room.enterLiveKit("bob", []);
  for (let at = 0; at < 20; at++) room.sendPacket(ann, reliable, say("x".repeat(64_000)));
  assert.equal(room.counters.undelivered, 4);
  room.node.clock.advance(5_000);
  assert.deepEqual([room.counters.undelivered, bob.take("data")], [20, []]);
  room.sendPacket(ann, reliable, say("too late"));
  room.open(bob, reliable);
  assert.deepEqual([room.texts(), room.counters.undelivered], [[], 21]);
});

test("[RM114] what was there before is dropped, and the door learns the last number", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  room.enterLiveKit("bob");
  for (const sequence of [1, 2, 2, 0, 1, 0, 4]) room.sendPacket(ann, reliable, say(String(sequence), { sequence }));
  for (const sequence of [3, 3]) room.sendPacket(ann, lossy, say("lossy", { sequence }));
  assert.deepEqual(room.texts(), ["1", "2", "0", "0", "4", "lossy", "lossy"]);
  assert.deepEqual([room.counters.duplicate, ann.membership.session.lastReliableSequence(ann.participantId)], [2, 4]);
});

test("[RM112] [attack 23] what is no packet is dropped and counted, and so are frames of data tracks", () => {
  const room = new PacketRoom();
  const [ann, mute] = [room.enterLiveKit("ann"), room.enterLiveKit("mute", undefined, { canPublishData: false })];
  room.enterLiveKit("bob");
  room.sendRaw(ann, reliable, new Uint8Array(65_536));
  room.sendRaw(ann, reliable, Buffer.from("text"), false);
  room.sendRaw(ann, lossy, serializeDataMessage({}, Buffer.from("in our form")));
  room.sendRaw(ann, "_data_track", new Uint8Array(12));
  room.sendRaw(ann, "chat", new Uint8Array(12));
  room.sendPacket(mute, reliable, say("hi"));
  const { tooLong, malformed, dataTrackFrames, unknownChannel, notPermitted } = room.counters;
  assert.deepEqual([tooLong, malformed, dataTrackFrames, unknownChannel, notPermitted], [1, 2, 1, 1, 1]);
  assert.deepEqual(room.sentPackets(), []);
});

test("[RM53] [RM112] [attack 23] whatever anybody sends, it comes back to nobody and goes at most once to each", () => {
  const room = new PacketRoom();
  const clients = [room.enterLiveKit("a"), room.enterLiveKit("b"), room.enter("c"), room.enter("d")];
  const names = fc.array(fc.constantFrom("a", "b", "c", "d", "", "x"), { maxLength: 4 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    names.map((destinationIdentities) => new DataPacket(say("hi", { destinationIdentities })).toBinary()),
    fc.tuple(names, fc.nat(), fc.nat(255)).map(([destinationIdentities, at, byte]) => {
      const packet = new DataPacket({ destinationIdentities, value: chat("hello") }).toBinary();
      packet[at % packet.length] = byte;
      return packet;
    }),
    fc.uint8Array({ maxLength: 30 }).map((payload) => serializeDataMessage({}, payload)),
  );
  fc.assert(
    fc.property(fc.nat(3), fc.constantFrom(reliable, lossy), bytes, (at, label, message) => {
      const client = clients[at];
      assert.ok(client);
      room.node.clock.advance(10);
      room.sendRaw(client, label, message);
      const transportIds = room.worker.take("sendData").flatMap((command) => command.transportIds);
      assert.ok(!transportIds.includes(room.transportOf(client)));
      assert.equal(new Set(transportIds).size, transportIds.length);
    }),
    { numRuns: 2_000, seed: 20_261_130 },
  );
  assert.ok(room.counters.accepted > 500);
});

test("[RM110] in a connection that is offered the node opens the channels, and the client's own bring what it sends", () => {
  const room = new PacketRoom();
  const ann = room.enterLiveKit("ann");
  const bob = room.node.client("bob");
  bob.join({ dataFormat: "livekit", connections: "dual", acceptsUnpublished: true });
  room.node.clock.advance(100);
  bob.answer();
  const transportId = bob.membership.session.media.transportOf(bob.participantId)?.transportId ?? "";
  room.worker.commands.length = 0;
  const connected = { type: "transportState", transportId, state: { type: "connected" } } as const;
  room.node.workers.report(room.worker, connected);
  room.node.workers.report(room.worker, connected);
  assert.deepEqual(
    room.worker.take("openDataChannel").map((command) => [command.transportId, command.parameters]),
    [
      [transportId, { label: reliable, isOrdered: true }],
      [transportId, { label: lossy, isOrdered: false, maxRetransmits: 0 }],
      [transportId, { label: "_data_track", isOrdered: false, maxRetransmits: 0 }],
    ],
  );
  room.sendPacket(ann, reliable, say("waits"));
  room.node.workers.report(room.worker, { type: "dataChannelOpened", transportId, label: reliable, isOrdered: true });
  assert.deepEqual(
    room.worker.take("sendData").map(({ transportIds }) => transportIds),
    [[transportId]],
  );
  bob.peer.addDataSection();
  bob.offer();
  const [publishing] = room.worker.take("openTransport");
  assert.ok(publishing && publishing.transportId !== transportId);
  const payload = new DataPacket(say("hi")).toBinary();
  const sent = { type: "dataMessage", transportId: publishing.transportId, label: reliable, isBinary: true, payload } as const;
  room.node.workers.report(room.worker, sent);
  assert.deepEqual(
    room.sentPackets().map(({ identities }) => identities),
    [["ann"]],
  );
});

/** Bob's Transport is closed, and it comes back with another one. */
function loseTransport(room: PacketRoom, bob: MemoryClient): void {
  const transportId = room.transportOf(bob);
  room.node.workers.report(room.worker, {
    type: "transportState",
    transportId,
    state: { type: "closed", reason: "dtlsClosed" },
  });
}

function resume(bob: MemoryClient): void {
  bob.membership.session.handleClientGone(bob.participantId, bob);
  bob.join({ resume: bob.participantId });
}

test("[RM118] who resumes is sent what it has missed, once, before what waits for it", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enterLiveKit("bob")];
  room.enterLiveKit("cat");
  for (const sequence of [1, 2, 3]) room.sendPacket(ann, reliable, say(`n${sequence}`, { sequence }));
  room.sendPacket(ann, reliable, say("for cat", { sequence: 4, destinationIdentities: ["cat"] }));
  room.sendPacket(ann, reliable, say("not counted"));
  loseTransport(room, bob);
  room.sendPacket(ann, reliable, say("n5", { sequence: 5 }));
  assert.deepEqual(room.texts().length, 6);
  const { session } = bob.membership;
  const states = [{ publisherId: ann.participantId, lastSequence: 1 }];
  session.replayData(bob.participantId, states);
  assert.equal(room.counters.replayed, 0, "not without a resume");
  resume(bob);
  session.replayData(bob.participantId, states);
  session.replayData(bob.participantId, states);
  assert.deepEqual([room.texts(), room.counters.replayed], [[], 2]);
  room.reconnect(bob);
  assert.deepEqual(room.texts(), ["n2", "n3", "n5"]);
});

test("[RM118] on the same Transport only what the client says it misses is sent again", () => {
  const room = new PacketRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enterLiveKit("bob")];
  for (const sequence of [1, 2]) room.sendPacket(ann, reliable, say(`n${sequence}`, { sequence }));
  room.texts();
  const { session } = bob.membership;
  resume(bob);
  session.replayData(bob.participantId, []);
  assert.deepEqual(room.texts(), []);
  resume(bob);
  session.replayData(bob.participantId, [{ publisherId: ann.participantId, lastSequence: 1 }]);
  assert.deepEqual(room.texts(), ["n2"]);
  room.node.clock.advance(5_000);
  resume(bob);
  session.replayData(bob.participantId, [{ publisherId: ann.participantId, lastSequence: 0 }]);
  assert.deepEqual(room.texts(), []);
});
