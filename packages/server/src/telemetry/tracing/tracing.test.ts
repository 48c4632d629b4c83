/** A real node with its workers, a client at each door, and a collector: what comes of it has to be one tree. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AddTrackRequest, JoinRequest, SessionDescription, TrackType } from "@livekit/protocol";
import type { VideoGrant } from "@sluice/protocol";
import { createToken } from "../../auth/create-token.js";
import { parseConfig } from "../../config/parse-config.js";
import { createLog } from "../../log/log.js";
import { type RunningServer, startServer } from "../../main.js";
import { LiveKitClient } from "../../signaling/livekit/testing/livekit-client.js";
import { attributesOf, OtlpCollector, type OtlpSpan } from "../../testing/otlp-collector.js";
import { answerSdp } from "../../testing/peer-answer.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { WebSocketClient } from "../../testing/web-socket-client.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";
const TRACEPARENT = `00-${TRACE_ID}-${CALLER}-01`;
const SERVER_KIND = 2;
const CONSUMER_KIND = 5;

interface TracedNode {
  readonly server: RunningServer;
  readonly collector: OtlpCollector;
  readonly token: (identity: string, grant?: VideoGrant) => Promise<string>;
  /** Ends the node; what it has exported by then is all there is. */
  readonly spans: () => Promise<readonly OtlpSpan[]>;
}

async function open(t: TestContext, flags: Readonly<Record<string, unknown>> = {}): Promise<TracedNode> {
  const collector = await OtlpCollector.open();
  t.after(() => collector.close());
  const config = parseConfig({
    flags: {
      dev: true,
      "bind-address": "127.0.0.1:0",
      "udp-port": 0,
      workers: 1,
      region: "here",
      "metrics.enabled": true,
      "admin.bind-address": "127.0.0.1:0",
      "telemetry.traces.enabled": true,
      "telemetry.traces.endpoint": collector.url,
      "telemetry.traces.headers": "authorization=Bearer%20collector-secret",
      ...flags,
    },
    environment: {},
    file: undefined,
    cpuCores: 1,
  });
  const server = await startServer(config, createLog({ level: "fatal", format: "json" }));
  t.after(() => server.close());
  return {
    server,
    collector,
    token: (identity, grant = {}) =>
      createToken({ key: "devkey", secret: "secret", identity, grant: { room: "demo", roomJoin: true, ...grant } }),
    async spans() {
      // The worker answers this after everything that it was told before, and has told of all of that.
      await scrape(server);
      await server.close();
      return collector.spans;
    },
  };
}

async function scrape({ adminUrl }: RunningServer): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}

function sendingOffer(): string {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  return peer.createSdp();
}

/** Checks that all of it is one tree below the caller's span. Returns the names from there to each span, once each. */
function pathsOf(spans: readonly OtlpSpan[]): ReadonlySet<string> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  assert.equal(byId.size, spans.length);
  const pathOf = (span: OtlpSpan): string => {
    assert.equal(span.traceId, TRACE_ID);
    assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), span.name);
    if (span.parentSpanId === CALLER) return span.name;
    const parent = byId.get(span.parentSpanId ?? "");
    assert.ok(parent !== undefined, `${span.name} has no parent`);
    assert.ok(BigInt(parent.startTimeUnixNano) <= BigInt(span.startTimeUnixNano), `${span.name} begins before ${parent.name}`);
    return `${pathOf(parent)} > ${span.name}`;
  };
  return new Set(spans.map(pathOf));
}

function named(spans: readonly OtlpSpan[], name: string): OtlpSpan {
  const found = spans.find((span) => span.name === name);
  assert.ok(found !== undefined, name);
  return found;
}

function assertHas(paths: ReadonlySet<string>, ...wanted: readonly string[]): void {
  for (const path of wanted) assert.ok(paths.has(path), `${path} is not in\n${[...paths].join("\n")}`);
}

test("a join over JSON-RPC is one tree, from the upgrade to what the worker did", async (t) => {
  const { server, collector, token, spans } = await open(t);
  const secret = await token("ann");
  const client = await WebSocketClient.open(server.url, secret, { headers: { traceparent: TRACEPARENT } });
  await client.request("join", {});
  await client.request("ping", {});
  const { track } = await client.request("publish", { cid: "mic", kind: "audio" });
  const peer = new PeerOffer();
  const tracks = [{ mid: peer.addSection("audio", "sendonly"), trackId: track.trackId }];
  await client.request("offer", { sdp: peer.createSdp(), tracks });
  await assert.rejects(client.request("mute", { trackId: "TR_none", muted: true }));
  client.socket.terminate();
  const received = await spans();
  const paths = pathsOf(received);
  assertHas(
    paths,
    "GET /rpc > join > room join",
    "GET /rpc > publish > room publish",
    "GET /rpc > offer > room offer > negotiate offer",
    "GET /rpc > offer > room offer > worker openRouter",
    "GET /rpc > offer > room offer > worker openTransport",
    "GET /rpc > offer > room offer > worker connectTransport",
    "GET /rpc > offer > room offer > worker openProducer",
    "GET /rpc > mute > room mute",
  );
  assert.ok(![...paths].some((path) => path.includes("ping")));
  const offer = named(received, "offer");
  assert.equal(offer.kind, SERVER_KIND);
  assert.deepEqual(attributesOf(offer), {
    "rpc.system.name": "jsonrpc",
    "rpc.method": "offer",
    "jsonrpc.protocol.version": "2.0",
    "jsonrpc.request.id": "4",
  });
  const mute = named(received, "mute");
  assert.equal(mute.status.code, 2);
  const { "rpc.response.status_code": code, "error.type": errorType } = attributesOf(mute);
  assert.deepEqual([code, errorType], ["-32003", "notFound"]);
  assert.deepEqual(attributesOf(named(received, "GET /rpc")), {
    "http.request.method": "GET",
    "http.route": "/rpc",
    "url.path": "/rpc",
    "url.scheme": "http",
    "http.response.status_code": 101,
  });
  const worker = named(received, "worker openTransport");
  assert.equal(worker.kind, CONSUMER_KIND);
  assert.equal(attributesOf(worker)["sluice.worker.index"], 0);
  const [resource = {}] = collector.resources;
  assert.deepEqual([resource["service.name"], resource["cloud.region"]], ["sluice", "here"]);
  assert.match(String(resource["service.instance.id"]), /^ND_/);
  assert.equal(collector.headers[0]?.authorization, "Bearer collector-secret");
  // Nothing that a client shows, says of its media or is told of ours.
  const text = collector.bodies.join("");
  for (const hidden of [secret, secret.split(".")[2] ?? "", "v=0", "ufrag", "access_token", "collector-secret", '"demo"']) {
    assert.ok(!text.includes(hidden), hidden);
  }
});

test("a join with LiveKit's client of one connection is one tree, its first offer included", async (t) => {
  const { server, token, spans } = await open(t);
  const request = new JoinRequest({ publisherOffer: new SessionDescription({ type: "offer", sdp: sendingOffer(), id: 1 }) });
  const client = await LiveKitClient.single(server.url, await token("ann"), request, { headers: { traceparent: TRACEPARENT } });
  await client.next("answer");
  client.send({ case: "addTrack", value: new AddTrackRequest({ cid: "mic", type: TrackType.AUDIO }) });
  await client.next("trackPublished");
  client.socket.terminate();
  const received = await spans();
  assertHas(
    pathsOf(received),
    "GET /rtc/v1 > room join",
    "GET /rtc/v1 > offer > room offer > negotiate offer",
    "GET /rtc/v1 > offer > room offer > worker openTransport",
    "GET /rtc/v1 > addTrack > room publish",
  );
  assert.deepEqual(attributesOf(named(received, "addTrack")), { "rpc.system.name": "livekit", "rpc.method": "addTrack" });
});

test("with LiveKit's client of two connections the node's own offers are below what caused them", async (t) => {
  const { server, token, spans } = await open(t);
  const headers = { traceparent: TRACEPARENT };
  const client = await LiveKitClient.open(server.url, "/rtc", await token("ann"), { headers });
  const { sdp, id } = await client.next("offer");
  client.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: answerSdp(sdp), id }) });
  client.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: sendingOffer(), id: 1 }) });
  await client.next("answer");
  client.socket.terminate();
  assertHas(
    pathsOf(await spans()),
    "GET /rtc > room join > settle negotiations > create offer",
    "GET /rtc > room join > settle negotiations > worker openTransport",
    "GET /rtc > answer > room answer > negotiate answer",
    "GET /rtc > answer > room answer > worker connectTransport",
    "GET /rtc > offer > room offer > worker openTransport",
  );
});

test("a session of WHIP is one tree, and its end another request of it", async (t) => {
  const { server, token, spans } = await open(t);
  const headers = { authorization: `Bearer ${await token("obs")}`, traceparent: TRACEPARENT };
  const response = await fetch(`${server.url}/whip/v1`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/sdp" },
    body: sendingOffer(),
  });
  assert.equal(response.status, 201);
  const sessionUrl = new URL(response.headers.get("location") ?? "", server.url);
  assert.equal((await fetch(sessionUrl, { method: "DELETE", headers })).status, 200);
  assert.equal((await fetch(`${server.url}/whip/v1`, { method: "POST", headers: { traceparent: TRACEPARENT } })).status, 401);
  const received = await spans();
  assertHas(
    pathsOf(received),
    "POST /whip/v1 > room join",
    "POST /whip/v1 > room publish",
    "POST /whip/v1 > room offer > negotiate offer",
    "POST /whip/v1 > room offer > worker openTransport",
    "DELETE /whip/v1/:session > room leave > worker closeTransport",
  );
  const [created, refused] = received.filter(({ name }) => name === "POST /whip/v1").map(attributesOf);
  assert.deepEqual([created?.["http.response.status_code"], refused?.["http.response.status_code"]], [201, 401]);
});

test("a call of the server API is one tree", async (t) => {
  const { server, token, spans } = await open(t);
  const client = await WebSocketClient.open(server.url, await token("ann"));
  await client.request("join", {});
  await client.request("offer", { sdp: sendingOffer(), tracks: [] });
  const authorization = `Bearer ${await token("backend", { roomAdmin: true })}`;
  const call = (method: string, body: object) =>
    fetch(`${server.url}/twirp/livekit.RoomService/${method}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json", traceparent: TRACEPARENT },
      body: JSON.stringify(body),
    });
  assert.equal((await call("RemoveParticipant", { room: "demo", identity: "ann" })).status, 200);
  assert.equal((await call("RemoveParticipant", { room: "demo", identity: "nobody" })).status, 404);
  const received = (await spans()).filter(({ traceId }) => traceId === TRACE_ID);
  assertHas(pathsOf(received), "livekit.RoomService/RemoveParticipant > room leave > worker closeTransport");
  const calls = received.filter(({ kind }) => kind === SERVER_KIND).map(attributesOf);
  assert.deepEqual(
    calls.map((attributes) => attributes["rpc.response.status_code"]),
    ["ok", "not_found"],
  );
});

test("a request that names its parent is below that, and without a sampled parent nothing is recorded", async (t) => {
  const { server, token, spans } = await open(t, { "telemetry.traces.sampler": "parentbased_always_off" });
  const client = await WebSocketClient.open(server.url, await token("ann"));
  await client.request("join", {});
  const call = { jsonrpc: "2.0", id: "x", method: "publish", params: { cid: "mic", kind: "audio" }, traceparent: TRACEPARENT };
  client.socket.send(JSON.stringify(call));
  client.socket.send(JSON.stringify({ ...call, id: "y", traceparent: "nonsense" }));
  await client.request("getStats", {});
  client.socket.terminate();
  const received = await spans();
  assert.deepEqual([...pathsOf(received)], ["publish > room publish", "publish"]);
  assert.equal(named(received, "publish").links.length, 1);
});

test("what became of spans is in the metrics", async (t) => {
  const { server, collector, token, spans } = await open(t);
  const client = await WebSocketClient.open(server.url, await token("ann"));
  await client.request("join", {});
  client.socket.terminate();
  assert.match(await scrape(server), /^sluice_trace_spans_queued [1-9]/m);
  await collector.received(1);
  // Its answer is on its way.
  let metrics = "";
  for (let turn = 0; turn < 100 && !/^sluice_trace_spans_queued 0$/m.test(metrics); turn += 1) metrics = await scrape(server);
  const [, exported = ""] = /^sluice_trace_spans_exported_total (\d+)$/m.exec(metrics) ?? [];
  assert.equal(Number(exported), collector.spans.length);
  assert.match(metrics, /^sluice_trace_spans_dropped_total\{cause="queue_full"\} 0$/m);
  assert.ok((await spans()).length >= Number(exported));
});
