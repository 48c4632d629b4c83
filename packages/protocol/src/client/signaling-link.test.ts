import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODES, SluiceError } from "../error-code.js";
import { participantInfo, roomInfo } from "../testing/infos.js";
import { MemoryServer } from "../testing/memory-server.js";
import { settle, VirtualScheduler } from "../testing/virtual-scheduler.js";
import { dialJsonRpc } from "./dial-json-rpc.js";
import { SignalingLink, type TokenSource } from "./signaling-link.js";

const PING_INTERVAL_MS = 5_000;

function createLink(token: TokenSource = "token") {
  const server = new MemoryServer();
  server.answers.join = ({ resume }) => ({
    room: roomInfo(),
    participant: participantInfo(),
    participants: [],
    iceServers: [],
    pingIntervalMs: PING_INTERVAL_MS,
    resumed: resume !== undefined,
  });
  server.answers.ping = () => ({ timestamp: null, serverTime: 0 });
  const scheduler = new VirtualScheduler();
  const events: string[] = [];
  const link = new SignalingLink(
    { url: "ws://node", token, autoSubscribe: true, dial: dialJsonRpc(server.openSocket), scheduler },
    {
      handleJoined: ({ resumed }) => events.push(resumed ? "resumed" : "joined"),
      handleNotification: ({ method }) => events.push(method),
      handleLost: () => events.push("lost"),
      handleClosed: (reason) => events.push(reason),
    },
  );
  return { server, scheduler, link, events };
}

const hasCode = (code: string) => (error: unknown) => error instanceof SluiceError && error.code === code;

test("joins, and resumes the participant after the socket was lost", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  server.close(1006);
  await scheduler.advance(200);
  assert.deepEqual(events, ["joined", "lost", "resumed"]);
  assert.deepEqual(server.callsOf("join"), [{ autoSubscribe: true }, { autoSubscribe: true, resume: "PA_1" }]);
});

test("a node that is away is tried with growing pauses for a minute, then it is over", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  server.reachable = false;
  server.close(1006);
  await scheduler.advance(59_000);
  const attempts = server.sockets.length;
  assert.ok(attempts > 10 && attempts < 25, `${attempts} attempts`);
  assert.deepEqual(events, ["joined", "lost"]);
  await scheduler.advance(2_000);
  assert.deepEqual(events, ["joined", "lost", "connectionLost"]);
  await assert.rejects(link.whenJoined(), hasCode("unavailable"));
});

test("a server that stops answering is left after three silent intervals", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  await scheduler.advance(20 * PING_INTERVAL_MS);
  assert.deepEqual(events, ["joined"]);
  const [socket] = server.sockets;
  if (socket !== undefined) socket.cut = true;
  await scheduler.advance(3 * PING_INTERVAL_MS - 1);
  assert.deepEqual(events, ["joined"]);
  await scheduler.advance(1 + 200);
  assert.deepEqual(events, ["joined", "lost", "resumed"]);
});

test("a server that lets us in and throws us out again is asked less and less often, and given up", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  for (let second = 0; second < 70; second++) {
    server.close(4429);
    await scheduler.advance(1_000);
  }
  assert.ok(server.sockets.length < 30, `${server.sockets.length} connections`);
  assert.equal(events.at(-1), "connectionLost");
});

test("after a connection that lasted the back-off begins anew", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  for (let loss = 0; loss < 20; loss++) {
    await scheduler.advance(5_000);
    server.close(1006);
    await scheduler.advance(200);
    assert.equal(events.at(-1), "resumed");
  }
});

test("a first connection that fails is told at once", async () => {
  const { server, scheduler, link, events } = createLink();
  server.reachable = false;
  await assert.rejects(link.whenJoined(), hasCode("unavailable"));
  await scheduler.advance(60_000);
  assert.equal(server.sockets.length, 1);
  assert.deepEqual(events, ["connectionLost"]);
});

test("a cluster without a node to spare is told as such at first, and tried again by who was in a room", async () => {
  const first = createLink();
  first.server.answers.join = () => undefined;
  const refused = assert.rejects(first.link.whenJoined(), hasCode("noNodeAvailable"));
  await settle();
  first.server.close(ERROR_CODES.noNodeAvailable.webSocketClose);
  await refused;
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  server.close(ERROR_CODES.noNodeAvailable.webSocketClose);
  await scheduler.advance(200);
  assert.deepEqual(events, ["joined", "lost", "resumed"]);
});

test("a server that accepts the socket but never answers join is given up", async () => {
  const { server, scheduler, link } = createLink();
  server.answers.join = () => undefined;
  const joined = assert.rejects(link.whenJoined(), hasCode("unavailable"));
  await scheduler.advance(10_000);
  await joined;
});

test("a bad token is not tried again", async () => {
  for (const [code, reason] of [
    [4401, "tokenExpired"],
    [4403, "removed"],
    [4409, "duplicateIdentity"],
  ] as const) {
    const { server, scheduler, link, events } = createLink();
    await link.whenJoined();
    server.close(code);
    await scheduler.advance(60_000);
    assert.deepEqual(events, ["joined", reason]);
    assert.equal(server.sockets.length, 1);
  }
});

test("a request that does not mind arriving twice survives the loss of the socket, another is told of it", async () => {
  const { server, scheduler, link } = createLink();
  await link.whenJoined();
  server.answers.publish = () => undefined;
  const once = assert.rejects(link.request("sendData", { data: "" }), hasCode("unavailable"));
  const published = link.requestUntilAnswered("publish", { cid: "c", kind: "video" });
  const [socket] = server.sockets;
  if (socket !== undefined) socket.cut = true;
  server.close(1006);
  const track = { trackId: "TR_1", kind: "video", source: "camera", name: "", muted: false };
  server.answers.publish = () => ({ track });
  await scheduler.advance(200);
  assert.deepEqual(await published, { track });
  await once;
});

test("a token function is asked again for every connection", async () => {
  let count = 0;
  const { server, scheduler, link } = createLink(() => `token${++count}`);
  await link.whenJoined();
  server.close(1006);
  await scheduler.advance(200);
  assert.deepEqual(
    server.sockets.map(({ url }) => new URL(url).searchParams.get("access_token")),
    ["token1", "token2"],
  );
});

test("when the network is said to be back, no pause is waited for", async () => {
  const { server, link, events } = createLink();
  await link.whenJoined();
  server.close(1006);
  link.retryNow();
  await settle();
  assert.deepEqual(events, ["joined", "lost", "resumed"]);
});

test("a notification of a socket that was given up is not heard", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  const old = server.sockets[0]?.listener;
  server.close(1006);
  await scheduler.advance(200);
  old?.handleMessage(JSON.stringify({ jsonrpc: "2.0", method: "roomClosed", params: { reason: "roomClosed" } }));
  assert.deepEqual(events, ["joined", "lost", "resumed"]);
});

test("who is moved joins the other room at once, as a new participant and with the server's tokens from then on", async () => {
  const { server, scheduler, link, events } = createLink(() => "own");
  await link.whenJoined();
  const old = server.sockets[0]?.listener;
  server.notify("moved", { room: "other", token: "first" });
  old?.handleMessage(JSON.stringify({ jsonrpc: "2.0", method: "roomClosed", params: { reason: "moved" } }));
  await link.whenJoined();
  assert.deepEqual(events, ["joined", "lost", "joined"]);
  server.notify("tokenRefreshed", { token: "second" });
  server.close(1006);
  await scheduler.advance(200);
  assert.deepEqual(events, ["joined", "lost", "joined", "lost", "resumed"]);
  assert.deepEqual(
    server.sockets.map(({ url }) => new URL(url).searchParams.get("access_token")),
    ["own", "first", "second"],
  );
  assert.deepEqual(
    server.callsOf("join").map(({ resume }) => resume),
    [undefined, undefined, "PA_1"],
  );
});

test("who is moved while the node is away tries as long as after any other loss", async () => {
  const { server, scheduler, link, events } = createLink();
  await link.whenJoined();
  server.reachable = false;
  server.notify("moved", { room: "other", token: "first" });
  await scheduler.advance(10_000);
  server.reachable = true;
  await scheduler.advance(10_000);
  assert.deepEqual(events, ["joined", "lost", "joined"]);
});
