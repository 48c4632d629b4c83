import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { parseServerMessages, serializeBatch, serializeRequest } from "@sluice/protocol";
import { createToken } from "../../auth/create-token.js";
import { LocalDoor } from "../../testing/local-door.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { WebSocketClient } from "../../testing/web-socket-client.js";

async function open(t: TestContext, ...options: Parameters<typeof LocalDoor.open>): Promise<LocalDoor> {
  const local = await LocalDoor.open(...options);
  t.after(() => local.close());
  return local;
}

/** The status and text with which an upgrade is refused. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const { request } = await import("node:http");
  const upgrade = request(url, {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  upgrade.end();
  upgrade.on("upgrade", () => assert.fail("the upgrade was granted"));
  const [response] = await once(upgrade, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
}

test("[attack 25] without a good token there is no WebSocket: 401 with a text that says why", async (t) => {
  const local = await open(t);
  const { status, text } = await refusal(`${local.url}/rpc`);
  assert.equal(status, 401);
  assert.match(text, /no access token: pass \?access_token=/);
  assert.deepEqual(await refusal(`${local.url}/rpc?access_token=nonsense`), {
    status: 401,
    text: "the access token is not a JWT\n",
  });
  const foreign = await createToken({ key: "devkey", secret: "other", identity: "a", grant: {} });
  assert.equal((await refusal(`${local.url}/rpc`, { Authorization: `Bearer ${foreign}` })).status, 401);
  assert.equal(local.door.counters.upgradesRefused, 3);
  assert.equal(local.door.connectionCount, 0);
});

test("a good token that does not let its bearer join is 403", async (t) => {
  const local = await open(t);
  const token = await local.token("ann", { roomJoin: false });
  assert.deepEqual(await refusal(`${local.url}/rpc?access_token=${token}`), {
    status: 403,
    text: "the access token does not grant roomJoin\n",
  });
});

test("the token may come as a header", async (t) => {
  const local = await open(t);
  const client = await WebSocketClient.open(local.url, "", {
    headers: { Authorization: `Bearer ${await local.token("ann")}` },
  });
  assert.equal((await client.request("join", {})).participant.identity, "ann");
  client.socket.terminate();
});

test("pages of other origins are refused before their token is looked at", async (t) => {
  const local = await open(t);
  const url = `${local.url}/rpc?access_token=${await local.token("ann")}`;
  const { status, text } = await refusal(url, { Origin: "https://evil.example" });
  assert.equal(status, 403);
  assert.match(text, /allowed-origins/);
  await local.connect("ann", {}, { origin: "http://localhost:5173" });
});

test("other paths have no WebSockets", async (t) => {
  const local = await open(t);
  assert.equal((await refusal(`${local.url}/other`)).status, 404);
  assert.equal((await refusal(`${local.url}/rpc/`)).status, 404);
});

test("[attack 24] one address opens so many connections; one that ends makes room", async (t) => {
  const local = await open(t, { limits: { connectionsPerIp: 2 } });
  const [first] = [await local.connect("a"), await local.connect("b")];
  const url = `${local.url}/rpc?access_token=${await local.token("c")}`;
  assert.equal((await refusal(url)).status, 429);
  first.socket.close();
  await first.closed;
  await local.connect("c");
});

test("1000 pipelined requests are answered in their order", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 10_000 } });
  const client = await local.connect("ann");
  client.socket.send(serializeRequest("join", "join", {}));
  for (let id = 0; id < 1_000; id++) {
    const isPublish = id % 10 === 0;
    if (isPublish) client.socket.send(serializeRequest(id, "publish", { cid: `c${id % 20}`, kind: "audio" }));
    else client.socket.send(serializeRequest(id, "ping", { timestamp: id }));
  }
  const ids: unknown[] = [];
  while (ids.length < 1_001) {
    const message = await client.nextMessage();
    if (message.type !== "notification") ids.push(message.id);
  }
  assert.deepEqual(ids, ["join", ...Array.from({ length: 1_000 }, (_, id) => id)]);
});

test("[JSON-RPC §6] a batch is answered as one array, and not at all when nothing in it wants an answer", async (t) => {
  const local = await open(t);
  const client = await local.connect("ann");
  const notification = '{"jsonrpc":"2.0","method":"ping"}';
  client.socket.send(`[${notification},${notification}]`);
  client.socket.send(notification);
  client.socket.send('{"jsonrpc":"2.0","method":"nonsense"}');
  client.socket.send(
    serializeBatch([serializeRequest(null, "ping", {}), "1", notification, serializeRequest("x", "leave", {})]),
  );
  const messages = parseServerMessages(await client.nextText());
  assert.deepEqual(
    messages.map((message) => message.type !== "notification" && [message.type, message.id]),
    [
      ["result", null],
      ["error", null],
      ["result", "x"],
    ],
  );
});

test("what cannot be understood is answered, and the connection goes on", async (t) => {
  const local = await open(t, { limits: { messageBytes: 1_024 } });
  const client = await local.connect("ann");
  const answer = async (data: string | Buffer) => {
    client.socket.send(data);
    const message = await client.nextMessage();
    assert.ok(message.type === "error");
    return [message.id, message.error.code];
  };
  assert.deepEqual(await answer("{"), [null, "parseError"]);
  assert.deepEqual(await answer(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}')), [null, "invalidRequest"]);
  assert.deepEqual(await answer("x".repeat(1_025)), [null, "resourceExhausted"]);
  assert.deepEqual(await answer("é".repeat(520)), [null, "resourceExhausted"]);
  assert.deepEqual(await answer('{"jsonrpc":"2.0","id":"a","method":"dance"}'), ["a", "methodNotFound"]);
  assert.deepEqual(await answer(serializeRequest(2, "publish", { cid: "", kind: "audio" })), [2, "invalidArgument"]);
  assert.deepEqual(await answer(serializeRequest(3, "publish", { cid: "c", kind: "audio" })), [3, "failedPrecondition"]);
  await client.request("ping", {});
});

test("[attack 24] a message far too long ends the connection with 1009, whole or in fragments", async (t) => {
  const local = await open(t, { limits: { messageBytes: 1_024 } });
  const whole = await local.connect("ann");
  whole.socket.send("x".repeat(10_000));
  assert.equal((await whole.closed).code, 1009);
  const fragmented = await local.connect("bob");
  for (let i = 0; i < 100 && fragmented.socket.readyState === fragmented.socket.OPEN; i++) {
    fragmented.socket.send("x".repeat(100), { fin: false });
  }
  assert.equal((await fragmented.closed).code, 1009);
});

test("joining twice is joining once, leaving twice leaving once", async (t) => {
  const local = await open(t);
  const bob = await local.connect("bob");
  await bob.request("join", {});
  const ann = await local.connect("ann");
  const first = await ann.request("join", {});
  const second = await ann.request("join", { autoSubscribe: false });
  assert.deepEqual(second.participant, first.participant);
  assert.equal(second.resumed, false);
  assert.equal(second.pingIntervalMs, 5_000);
  await ann.request("leave", {});
  await ann.request("leave", {});
  const third = await ann.request("join", {});
  assert.notEqual(third.participant.participantId, first.participant.participantId);
  assert.equal((await bob.next("participantJoined")).participant.participantId, first.participant.participantId);
  const { participantId, identity } = first.participant;
  assert.deepEqual(await bob.next("participantLeft"), { participantId, identity, reason: "clientLeft" });
  assert.equal((await bob.next("participantJoined")).participant.participantId, third.participant.participantId);
});

test("a newcomer of the same identity ends the connection before with 4409", async (t) => {
  const local = await open(t);
  const first = await local.connect("ann");
  await first.request("join", {});
  const second = await local.connect("ann");
  await second.request("join", {});
  assert.deepEqual(await first.next("roomClosed"), { reason: "duplicateIdentity" });
  assert.deepEqual(await first.closed, { code: 4409, reason: "duplicateIdentity" });
});

test("a lost connection is resumed under the same id, and nobody notices", async (t) => {
  const local = await open(t);
  const bob = await local.connect("bob");
  await bob.request("join", {});
  const ann = await local.connect("ann");
  const { participant } = await ann.request("join", {});
  await bob.next("participantJoined");
  ann.socket.terminate();
  const again = await local.connect("ann");
  const resumed = await again.request("join", { resume: participant.participantId });
  assert.equal(resumed.resumed, true);
  assert.equal(resumed.participant.participantId, participant.participantId);
  await again.request("signal", { type: "offer", data: "x" });
  const { type, ...next } = await bob.nextMessage();
  assert.equal(type, "notification");
  assert.deepEqual(next, {
    notification: { method: "signal", params: { from: participant.participantId, type: "offer", data: "x" } },
  });
});

test("a page that goes away (1001) has left at once", async (t) => {
  const local = await open(t);
  const bob = await local.connect("bob");
  await bob.request("join", {});
  const ann = await local.connect("ann");
  await ann.request("join", {});
  ann.socket.close(1001);
  assert.equal((await bob.next("participantLeft")).reason, "clientLeft");
});

test("the answer comes before what the request has caused to be said", async (t) => {
  const local = await open(t);
  const ann = await local.connect("ann", { roomAdmin: true });
  const { participant } = await ann.request("join", {});
  ann.socket.terminate();
  const [worker] = local.workers.ready;
  assert.ok(worker !== undefined);
  local.workers.kill(worker);
  const again = await local.connect("ann");
  again.socket.send(serializeRequest(1, "join", { resume: participant.participantId }));
  assert.equal((await again.nextMessage()).type, "result");
});

test("requests over the limit are answered with resourceExhausted, in order", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 5 } }, { clock: new VirtualClock(Date.now()) });
  const client = await local.connect("ann");
  for (let id = 0; id < 15; id++) client.socket.send(serializeRequest(id, "ping", {}));
  const answers: string[] = [];
  for (let id = 0; id < 15; id++) {
    const message = await client.nextMessage();
    assert.ok(message.type !== "notification" && message.id === id);
    answers.push(message.type === "error" ? message.error.code : message.type);
  }
  assert.deepEqual(answers, [...Array(10).fill("result"), ...Array(5).fill("resourceExhausted")]);
  assert.equal(local.door.counters.rateLimited, 5);
});

test("[attack 24] who floods on, with requests or WebSocket pings, is disconnected with 4429", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 1 } }, { clock: new VirtualClock(Date.now()) });
  const flood = await local.connect("ann");
  for (let id = 0; id < 1_100; id++) flood.socket.send(serializeRequest(id, "ping", {}));
  assert.equal((await flood.closed).code, 4429);
  const pings = await local.connect("bob");
  for (let i = 0; i < 10; i++) pings.socket.ping();
  assert.equal((await pings.closed).code, 4429);
});

test("long messages count for more than one request, alone and in a batch", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 5 } }, { clock: new VirtualClock(Date.now()) });
  const client = await local.connect("ann");
  await client.request("join", {});
  const signal = { type: "offer", data: "x".repeat(60_000) } as const;
  await client.request("signal", signal);
  client.socket.send(serializeBatch([serializeRequest("a", "signal", signal), serializeRequest("b", "ping", {})]));
  const answers = parseServerMessages(await client.nextText());
  assert.deepEqual(
    answers.map(({ type }) => type),
    ["result", "result"],
  );
  await assert.rejects(client.request("ping", {}), { code: "resourceExhausted" });
});

test("a room whose description is longer than the send queue can be joined", async (t) => {
  const local = await open(t, { limits: { sendQueueBytes: 16_384 } });
  const video = { room: "demo", roomJoin: true };
  const metadata = "m".repeat(65_536);
  // More than the kernel's buffers on loopback hold.
  for (let i = 0; i < 150; i++) {
    const client = { notify: () => undefined, close: () => undefined };
    local.rooms.join(client, { iss: "devkey", sub: `p${i}`, exp: 0, metadata, video }, {});
  }
  const newcomer = await local.connect("newcomer");
  const { participants } = await newcomer.request("join", {});
  assert.equal(participants.length, 150);
  await newcomer.request("ping", {});
  assert.equal(local.door.counters.slowReaders, 0);
});

test("[attack 24] a slow reader is closed before it costs more than its share; nobody else notices", async (t) => {
  const local = await open(t, { limits: { requestsPerSecond: 100_000, sendQueueBytes: 65_536 } });
  const slow = await local.connect("slow");
  await slow.request("join", {});
  slow.socket.pause();
  const reader = await local.connect("reader");
  await reader.request("join", {});
  const sender = await local.connect("sender");
  await sender.request("join", {});
  const data = Buffer.alloc(15_000, 1).toString("base64");
  let sent = 0;
  // What the kernel's buffers on loopback hold comes first, some megabytes.
  while (local.door.counters.slowReaders === 0) {
    assert.ok(++sent < 2_000, "40 MB must be more than any buffer");
    await sender.request("sendData", { data });
    await reader.next("data");
  }
  assert.equal(local.door.counters.slowReaders, 1);
  await sender.request("sendData", { data: "" });
  assert.equal((await reader.next("data")).data, "");
});

test("a connection that was silent for three intervals is dropped, one that answers pings is kept", async (t) => {
  const clock = new VirtualClock(Date.now());
  const local = await open(t, {}, { clock });
  const silent = await local.connect("silent", {}, { autoPong: false });
  const alive = await local.connect("alive");
  for (let interval = 0; interval < 3; interval++) {
    const pinged = once(alive.socket, "ping");
    clock.advance(5_000);
    await pinged;
    // A round trip later the pong has been handled, because messages and pongs keep their order.
    await alive.request("ping", {});
  }
  assert.equal(silent.socket.readyState, silent.socket.OPEN);
  clock.advance(5_000);
  assert.equal((await silent.closed).code, 1006);
  await alive.request("ping", {});
  assert.equal(local.door.counters.silent, 1);
});

test("shutting down tells who has joined, and ends every connection with 4503", async (t) => {
  const local = await open(t);
  const ann = await local.connect("ann");
  await ann.request("join", {});
  const lurker = await local.connect("lurker");
  local.rooms.close();
  local.door.close();
  assert.deepEqual(await ann.next("roomClosed"), { reason: "nodeShutdown" });
  assert.equal((await ann.closed).code, 4503);
  assert.equal((await lurker.closed).code, 4503);
  assert.equal((await refusal(`${local.url}/rpc?access_token=${await local.token("late")}`)).status, 503);
});
