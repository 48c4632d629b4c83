import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket } from "@livekit/protocol";
import { DATA_LABELS } from "@sluice/protocol";
import { refuses } from "../../testing/call-fixture.js";
import { DataRoom } from "./testing/data-room.js";

const { reliable, lossy } = DATA_LABELS;
const payload = Buffer.from("hello");

test("[RM116] the server's data reaches both doors' clients, and is from nobody", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const bob = room.enterLiveKit("bob");
  const { session } = ann.membership;
  for (const isReliable of [true, false]) {
    session.sendServerData({ payload, topic: "t", isReliable });
    const label = isReliable ? reliable : lossy;
    const { ours, theirs } = room.sentInBothForms();
    const header = { from: session.room.roomId, topic: "t" };
    assert.deepEqual(ours, [{ transportIds: [room.transportOf(ann)], label, header, text: "hello" }]);
    const [sent] = theirs;
    assert.deepEqual([sent?.identities, sent?.label], [[bob.identity], label]);
    const packet = DataPacket.fromBinary(sent?.bytes ?? new Uint8Array());
    assert.deepEqual([packet.participantIdentity, packet.participantSid, packet.sequence], ["", "", 0]);
    assert.ok(packet.value.case === "user");
    assert.deepEqual([Buffer.from(packet.value.value.payload).toString(), packet.value.value.topic], ["hello", "t"]);
  }
});

test("[RM116] it goes to identities and participant ids of who is there; each copy with the same nonce but the first is dropped", () => {
  const room = new DataRoom();
  const [ann, bob] = [room.enterLiveKit("ann"), room.enterLiveKit("bob")];
  room.enterLiveKit("cat");
  const { session } = ann.membership;
  const nonce = new Uint8Array(16).fill(7);
  const to = { destinationIdentities: ["ann", "nobody"], destinationIds: [bob.participantId, "PA_gone"] };
  for (let copy = 0; copy < 3; copy++) session.sendServerData({ payload, isReliable: true, nonce, ...to });
  assert.deepEqual(
    room.sentPackets().map(({ identities }) => identities),
    [["ann", "bob"]],
  );
  assert.equal(room.counters.duplicate, 2);
  session.sendServerData({ payload, isReliable: true, destinationIdentities: ["nobody"] });
  assert.deepEqual(room.sentPackets(), []);
});

test("[RM116] what no packet can hold is refused", () => {
  const room = new DataRoom();
  const { session } = room.enterLiveKit("ann").membership;
  refuses("invalidArgument", () => session.sendServerData({ payload: new Uint8Array(65_536), isReliable: true }));
  session.sendServerData({ payload: new Uint8Array(65_000), isReliable: true });
  assert.equal(room.sentPackets().length, 1);
});
