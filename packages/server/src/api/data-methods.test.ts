import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPacket, RpcAck, RpcError, RpcResponse } from "@livekit/protocol";
import { DATA_LABELS } from "@sluice/protocol";
import { DataRoom, type SentPacket } from "../session/data/testing/data-room.js";
import { dataMethods } from "./data-methods.js";
import { ApiCaller } from "./testing/api-fixture.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");

const packetValue = (sent: SentPacket | undefined) => DataPacket.fromBinary(sent?.bytes ?? new Uint8Array()).value;

/** Ann and Bob have LiveKit's channels. */
class CallRoom extends DataRoom {
  readonly ann = this.enterLiveKit("ann");
  readonly bob = this.enterLiveKit("bob");
  readonly api = new ApiCaller(dataMethods(this.node.rooms));

  /** The request that ann was sent last. */
  requestId(): string {
    const value = packetValue(this.sentPackets().at(-1));
    return value.case === "rpcRequest" ? value.value.id : "";
  }

  answer(id: string, value: DataPacket["value"]): void {
    this.sendRaw(this.ann, DATA_LABELS.reliable, new DataPacket({ destinationIdentities: [id], value }).toBinary());
  }
}

test("SendData goes to everybody, or to those who are named either way", async () => {
  const room = new CallRoom();
  assert.deepEqual(await room.api.call("SendData", { room: "demo", data: base64("hi"), topic: "chat" }), {});
  const [all] = room.sentPackets();
  const value = packetValue(all);
  const user = value.case === "user" ? value.value : undefined;
  assert.deepEqual([all?.identities, all?.label], [["ann", "bob"], DATA_LABELS.reliable]);
  assert.deepEqual([Buffer.from(user?.payload ?? []).toString(), user?.topic], ["hi", "chat"]);
  await room.api.call("SendData", { room: "demo", data: base64("x"), kind: "LOSSY", destination_identities: ["bob", "eve"] });
  await room.api.call("SendData", { room: "demo", data: base64("x"), destination_sids: [room.ann.participantId] });
  assert.deepEqual(
    room.sentPackets().map(({ identities, label }) => [identities, label]),
    [
      [["bob"], DATA_LABELS.lossy],
      [["ann"], DATA_LABELS.reliable],
    ],
  );
});

test("SendData with a nonce that was there is done already", async () => {
  const room = new CallRoom();
  const request = { room: "demo", data: base64("once"), nonce: base64("0123456789abcdef") };
  for (let copy = 0; copy < 2; copy += 1) assert.deepEqual(await room.api.call("SendData", request), {});
  assert.equal(room.sentPackets().length, 1);
});

test("SendData that makes no sense is refused", async () => {
  const { api } = new CallRoom();
  await api.refuses("invalidArgument", /^nonce/, "SendData", { room: "demo", nonce: base64("short") });
  await api.refuses("invalidArgument", /bytes/, "SendData", { room: "demo", data: base64("x".repeat(300_000)) });
  await api.refuses("notFound", /room/, "SendData", { room: "other" }, { roomAdmin: true, room: "other" });
  await api.refuses("unauthenticated", /^permissions denied$/, "SendData", { room: "demo" }, { roomJoin: true, room: "demo" });
});

test("PerformRpc waits for the participant's answer", async () => {
  const room = new CallRoom();
  const request = { room: "demo", destination_identity: "ann", method: "greet", payload: "hello" };
  const answer = room.api.call("PerformRpc", request);
  const id = room.requestId();
  room.answer(id, { case: "rpcAck", value: new RpcAck({ requestId: id }) });
  room.answer(id, { case: "rpcResponse", value: new RpcResponse({ requestId: id, value: { case: "payload", value: "hi" } }) });
  assert.deepEqual(await answer, { payload: "hi" });
});

test("PerformRpc tells how it failed, by code and by number", async () => {
  const room = new CallRoom();
  const call = (identity: string, timeoutMs = 0) =>
    room.api.call("PerformRpc", {
      room: "demo",
      destination_identity: identity,
      method: "greet",
      response_timeout_ms: timeoutMs,
    });
  const absent = await call("eve");
  assert.deepEqual([absent.code, absent.meta], ["not_found", { rpc_code: "1401" }]);
  const failing = call("ann");
  const id = room.requestId();
  const error = new RpcError({ code: 4711, message: "out of milk", data: "now" });
  room.answer(id, { case: "rpcResponse", value: new RpcResponse({ requestId: id, value: { case: "error", value: error } }) });
  assert.deepEqual(await failing, { code: "internal", text: "out of milk", meta: { rpc_code: "4711", data: "now" } });
  const late = call("ann", 3_000);
  room.node.clock.advance(3_000);
  assert.equal((await late).code, "canceled");
  const leaving = call("ann");
  room.node.rooms.delete("demo");
  assert.equal((await leaving).code, "unavailable");
});
