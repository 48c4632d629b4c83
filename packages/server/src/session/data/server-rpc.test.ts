import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket, RpcAck, RpcError, RpcResponse } from "@livekit/protocol";
import { DATA_LABELS } from "@sluice/protocol";
import fc from "fast-check";
import { refuses } from "../../testing/call-fixture.js";
import type { MemoryClient } from "../../testing/memory-client.js";
import type { RpcOutcome, ServerCall } from "./server-rpc.js";
import { DataRoom } from "./testing/data-room.js";

const { reliable } = DATA_LABELS;

/** One call to ann, with what came of it. */
class CallRoom extends DataRoom {
  readonly ann = this.enterLiveKit("ann");
  readonly bob = this.enterLiveKit("bob");
  readonly outcomes: RpcOutcome[] = [];

  call(more: Partial<ServerCall> = {}): string {
    const call = { destinationIdentity: "ann", method: "greet", payload: "hello", ...more };
    this.ann.membership.session.performRpc(call, (outcome) => this.outcomes.push(outcome));
    const [sent] = this.sentPackets();
    const { value } = DataPacket.fromBinary(sent?.bytes ?? new Uint8Array());
    return value.case === "rpcRequest" ? value.value.id : "";
  }

  answer(client: MemoryClient, value: DataPacket["value"], id: string): void {
    this.sendRaw(client, reliable, new DataPacket({ destinationIdentities: [id], value }).toBinary());
  }

  respond(client: MemoryClient, id: string, value: RpcResponse["value"]): void {
    this.answer(client, { case: "rpcResponse", value: new RpcResponse({ requestId: id, value }) }, id);
  }
}

test("[RM117] a client is called and answers, and nobody else hears of it", () => {
  const room = new CallRoom();
  room.ann.membership.session.performRpc({ destinationIdentity: "ann", method: "greet", payload: "hello" }, (outcome) =>
    room.outcomes.push(outcome),
  );
  const [sent] = room.sentPackets();
  assert.deepEqual([sent?.identities, sent?.label], [["ann"], reliable]);
  const { value, participantIdentity } = DataPacket.fromBinary(sent?.bytes ?? new Uint8Array());
  assert.ok(value.case === "rpcRequest");
  const { id, method, payload, responseTimeoutMs, version } = value.value;
  assert.deepEqual([method, payload, responseTimeoutMs, version], ["greet", "hello", 15_000, 1]);
  assert.equal(participantIdentity, id);
  room.answer(room.ann, { case: "rpcAck", value: new RpcAck({ requestId: id }) }, id);
  room.respond(room.bob, id, { case: "payload", value: "not bob's to say" });
  assert.deepEqual(room.outcomes, []);
  room.node.clock.advance(14_000);
  room.respond(room.ann, id, { case: "payload", value: "hi" });
  room.respond(room.ann, id, { case: "payload", value: "twice" });
  assert.deepEqual(room.outcomes, [{ type: "answered", payload: "hi" }]);
  assert.deepEqual(room.sentPackets(), []);
});

test("[RM117] a client's error is the outcome", () => {
  const room = new CallRoom();
  const id = room.call();
  room.respond(room.ann, id, { case: "error", value: new RpcError({ code: 1400, message: "no such method", data: "d" }) });
  const other = room.call();
  room.respond(room.ann, other, { case: "compressedPayload", value: new Uint8Array(3) });
  const [first, second] = room.outcomes;
  assert.deepEqual(first, { type: "failed", code: 1400, message: "no such method", data: "d" });
  assert.ok(second?.type === "failed" && second.code === 1500);
});

test("[RM117] a call without an answer fails in its time: 7 s for the ack, then as long as was said", () => {
  const room = new CallRoom();
  const code = () => room.outcomes.splice(0).map((outcome) => (outcome.type === "failed" ? outcome.code : 0));
  room.call();
  room.node.clock.advance(6_999);
  assert.deepEqual(code(), []);
  room.node.clock.advance(1);
  assert.deepEqual(code(), [1501]);
  const id = room.call({ responseTimeoutMs: 60_000 });
  room.answer(room.ann, { case: "rpcAck", value: new RpcAck({ requestId: id }) }, id);
  room.node.clock.advance(59_999);
  assert.deepEqual(code(), []);
  room.node.clock.advance(1);
  assert.deepEqual(code(), [1502]);
  room.call();
  const { session } = room.ann.membership;
  session.leave(room.ann.participantId);
  assert.deepEqual(code(), [1503]);
  session.performRpc({ destinationIdentity: "ann", method: "m", payload: "" }, (outcome) => room.outcomes.push(outcome));
  assert.deepEqual(code(), [1401]);
});

test("[RM117] what cannot be sent has failed at once", () => {
  const room = new CallRoom();
  const { session } = room.enter("cat").membership;
  const codes = (call: Partial<ServerCall>) => {
    const outcomes: RpcOutcome[] = [];
    session.performRpc({ destinationIdentity: "ann", method: "m", payload: "", ...call }, (each) => outcomes.push(each));
    return outcomes.map((outcome) => (outcome.type === "failed" ? outcome.code : 0));
  };
  assert.deepEqual(codes({ destinationIdentity: "nobody" }), [1401]);
  assert.deepEqual(codes({ destinationIdentity: "cat" }), [1505], "our own door has no such thing");
  assert.deepEqual(codes({ payload: "ä".repeat(7_681) }), [1402]);
  assert.deepEqual(codes({ payload: "ä".repeat(7_680) }), []);
  refuses("invalidArgument", () => codes({ method: "" }));
  refuses("invalidArgument", () => codes({ method: "m".repeat(257) }));
  for (let at = 1; at < 1_000; at++) codes({});
  refuses("resourceExhausted", () => codes({}));
});

test("[attack 23] no answer, however malformed, ends a call that it does not name", () => {
  const room = new CallRoom();
  const id = room.call();
  fc.assert(
    fc.property(fc.constantFrom(0x5a, 0x62), fc.uint8Array({ maxLength: 60 }), (tag, value) => {
      room.node.clock.advance(1);
      room.sendRaw(room.ann, reliable, Uint8Array.of(tag, value.length, ...value));
    }),
    { numRuns: 500, seed: 20_261_130 },
  );
  assert.deepEqual(room.outcomes, []);
  room.respond(room.ann, id, { case: "payload", value: "hi" });
  assert.deepEqual(room.outcomes.length, 1);
});
