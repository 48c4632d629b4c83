import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket, DataPacket_Kind, JoinResponse, Room } from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { liveKitDataFormat } from "./livekit-data-format.js";
import { LiveKitSession } from "./livekit-session.js";
import { member } from "./testing/memory-signal-server.js";

function createFormat() {
  const session = new LiveKitSession();
  session.begin(new JoinResponse({ room: new Room(), participant: member("ann"), otherParticipants: [member("bob")] }));
  return { session, format: liveKitDataFormat(session) };
}

const HELLO = new Uint8Array([1, 2, 3]);

test("reliable messages are numbered, lossy ones are not, and receivers are named by identity", () => {
  const { format } = createFormat();
  const sent = [
    format.serialize({ topic: "t", to: ["PA_bob", "PA_gone"] }, HELLO, "reliable"),
    format.serialize({}, HELLO, "lossy"),
    format.serialize({}, HELLO, "reliable"),
  ].map((bytes) => DataPacket.fromBinary(bytes));
  assert.deepEqual(
    sent.map(({ sequence }) => sequence),
    [1, 0, 2],
  );
  assert.deepEqual(
    sent.map(({ kind }) => kind),
    [DataPacket_Kind.RELIABLE, DataPacket_Kind.LOSSY, DataPacket_Kind.RELIABLE],
  );
  assert.deepEqual(
    sent.map(({ destinationIdentities }) => destinationIdentities),
    [["bob"], [], []],
  );
  const value = sent[0]?.value;
  assert.ok(value?.case === "user");
  assert.deepEqual([value.value.topic, [...value.value.payload], value.value.destinationIdentities], ["t", [1, 2, 3], ["bob"]]);
});

test("to nobody is not to everybody, and what is too long is not sent", () => {
  const { format, session } = createFormat();
  const hasCode = (code: string) => (error: unknown) => error instanceof SluiceError && error.code === code;
  assert.throws(() => format.serialize({ to: ["PA_gone"] }, HELLO, "reliable"), hasCode("notFound"));
  assert.throws(() => format.serialize({}, new Uint8Array(64_001), "reliable"), hasCode("invalidArgument"));
  assert.equal(session.nextSequence(), 1, "no number is lost by it");
});

test("a reliable message that comes twice is heard once; what has no number always", () => {
  const { format, session } = createFormat();
  const packet = (participantSid: string, sequence: number) => {
    const user = { case: "user" as const, value: { payload: HELLO, topic: "t" } };
    return new DataPacket({ participantSid, sequence, value: user }).toBinary();
  };
  const heard = (sid: string, sequence: number) => format.parse(packet(sid, sequence)) !== undefined;
  assert.deepEqual(
    [heard("PA_bob", 1), heard("PA_bob", 3), heard("PA_bob", 3), heard("PA_bob", 2)],
    [true, true, false, false],
  );
  assert.deepEqual([heard("PA_cat", 1), heard("PA_bob", 0), heard("PA_bob", 0)], [true, true, true]);
  assert.deepEqual(format.parse(packet("PA_bob", 4))?.header, { from: "PA_bob", topic: "t" });
  session.forget();
  assert.equal(heard("PA_bob", 1), true);
});

test("what is no message of a user is nothing", () => {
  const { format } = createFormat();
  assert.equal(format.parse(new DataPacket({ value: { case: "speaker", value: {} } }).toBinary()), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void format.parse(bytes)));
});
