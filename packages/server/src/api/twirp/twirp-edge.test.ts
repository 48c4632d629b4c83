import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ListRoomsRequest, ListRoomsResponse, Room } from "@livekit/protocol";
import { SluiceError, type VideoGrant } from "@sluice/protocol";
import fastify, { type InjectOptions } from "fastify";
import { createToken } from "../../auth/create-token.js";
import { TokenVerifier } from "../../auth/token-verifier.js";
import { createLog } from "../../log/log.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { MAX_BODY_BYTES } from "./admission.js";
import { ROOM_LIST } from "./grant.js";
import { TwirpEdge } from "./twirp-edge.js";
import { twirpMethod } from "./twirp-method.js";

const SECRET = "a-secret-of-at-least-thirty-two-bytes";
const PATH = "/twirp/livekit.TestService/Echo";
const JSON_TYPE = { "content-type": "application/json" };

const token = (grant: VideoGrant = { roomList: true }, signedBy: { key?: string; secret?: string } = {}) =>
  createToken({ key: "key", secret: SECRET, identity: "backend", grant, ...signedBy });

/** An edge with one method, which answers a room for each name; some names make it fail. */
async function open(t: TestContext) {
  const clock = new VirtualClock(Date.now());
  let handleWaiting = () => {};
  /** Resolves when the next call that is never answered has come as far as its method. */
  const waiting = () => new Promise<void>((resolve) => (handleWaiting = resolve));
  const echo = twirpMethod({
    request: ListRoomsRequest,
    grant: ROOM_LIST,
    handle: async ({ names }) => {
      if (names.includes("never")) {
        handleWaiting();
        await new Promise(() => {});
      }
      if (names.includes("broken")) throw new Error("a defect with a secret in it");
      if (names.includes("missing")) throw new SluiceError("notFound", "there is none");
      return new ListRoomsResponse({ rooms: names.map((name) => new Room({ name })) });
    },
  });
  const edge = new TwirpEdge({
    services: new Map([["TestService", new Map([["Echo", echo]])]]),
    absentServices: new Set(["Egress"]),
    verifier: new TokenVerifier(new Map([["key", SECRET]])),
    clock,
    log: createLog({ level: "silent" as "fatal", format: "json" }),
  });
  const app = fastify({ bodyLimit: 100, routerOptions: { ignoreDuplicateSlashes: true } });
  edge.addRoutes(app);
  t.after(() => app.close());
  const authorization = `Bearer ${await token()}`;
  const call = async (options: InjectOptions & { headers?: Record<string, string> } = {}) => {
    const headers = { ...JSON_TYPE, authorization, ...options.headers };
    return app.inject({ method: "POST", url: PATH, payload: '{"names":["a"]}', ...options, headers });
  };
  return { app, call, clock, waiting };
}

test("a call is answered in the encoding that it came in", async (t) => {
  const { call } = await open(t);
  const json = await call({ headers: { "content-type": "application/json;charset=UTF-8" } });
  assert.deepEqual([json.statusCode, json.headers["content-type"]], [200, "application/json"]);
  assert.deepEqual(json.json().rooms[0].num_participants, 0);
  const payload = Buffer.from(new ListRoomsRequest({ names: ["a", "b"] }).toBinary());
  const binary = await call({ payload, headers: { "content-type": "application/protobuf" } });
  assert.deepEqual([binary.statusCode, binary.headers["content-type"]], [200, "application/protobuf"]);
  assert.deepEqual(
    ListRoomsResponse.fromBinary(binary.rawPayload).rooms.map(({ name }) => name),
    ["a", "b"],
  );
});

test("the token may stand in the query, and the path behind a slash too many", async (t) => {
  const { app } = await open(t);
  const url = `/${PATH}?access_token=${await token()}`;
  const response = await app.inject({ method: "POST", url, headers: JSON_TYPE, payload: "{}" });
  assert.equal(response.statusCode, 200);
});

test("a token that is none is 401 as text, which says whether it was the key", async (t) => {
  const { call } = await open(t);
  for (const [authorization, text] of [
    ["", /^invalid authorization token: no access token/],
    ["Bearer x", /^invalid authorization token: /],
    [`Bearer ${await token({ roomList: true }, { secret: "another" })}`, /^invalid authorization token: .*signature/],
    [`Bearer ${await token({ roomList: true }, { key: "other" })}`, /^invalid API key: /],
  ] as const) {
    const response = await call({ headers: { authorization } });
    assert.equal(response.statusCode, 401);
    assert.match(response.headers["content-type"] as string, /^text\/plain/);
    assert.match(response.body, text);
  }
});

test("an expired token is 401", async (t) => {
  const { call, clock } = await open(t);
  clock.advance(7 * 3_600_000);
  assert.match((await call()).body, /^invalid authorization token: .*expired/);
});

for (const [what, options, status, code] of [
  ["an unknown method", { url: "/twirp/livekit.TestService/Shout" }, 404, "bad_route"],
  ["an unknown service", { url: "/twirp/livekit.Nothing/Echo" }, 404, "bad_route"],
  ["another package", { url: "/twirp/TestService/Echo" }, 404, "bad_route"],
  ["no method", { url: "/twirp/" }, 404, "bad_route"],
  ["a service that this node lacks", { url: "/twirp/livekit.Egress/ListEgress" }, 501, "unimplemented"],
  ["a GET", { method: "GET", payload: "" }, 404, "bad_route"],
  ["another content type", { headers: { "content-type": "text/plain" } }, 404, "bad_route"],
  ["a body that is no JSON", { payload: '{"names":' }, 400, "malformed"],
  ["a body of other types", { payload: '{"names":7}' }, 400, "malformed"],
  ["a body that is no UTF-8", { payload: Buffer.from([0x22, 0xff, 0x22]) }, 400, "malformed"],
  ["a refusal of the method", { payload: '{"names":["missing"]}' }, 404, "not_found"],
  ["a defect", { payload: '{"names":["broken"]}' }, 500, "internal"],
] as const) {
  test(`${what} is ${status} ${code}`, async (t) => {
    const { call } = await open(t);
    const response = await call(options);
    assert.deepEqual([response.statusCode, response.headers["content-type"]], [status, "application/json"]);
    const { msg, ...rest } = response.json();
    assert.deepEqual(rest, { code, meta: {} });
    assert.match(msg, /^[^{]+$/);
    assert.doesNotMatch(msg, /secret/);
  });
}

test("a token without the grant is 401 from Twirp, for a method that there is", async (t) => {
  const { call } = await open(t);
  const response = await call({ headers: { authorization: `Bearer ${await token({ roomAdmin: true })}` } });
  assert.deepEqual(
    [response.statusCode, response.json()],
    [401, { code: "unauthenticated", msg: "permissions denied", meta: {} }],
  );
});

test("a body may have 10 MiB, whatever the other routes allow", async (t) => {
  const { call } = await open(t);
  const payload = (sizeBytes: number) => `{"x":"${"x".repeat(sizeBytes - 8)}"}`;
  assert.equal((await call({ payload: payload(MAX_BODY_BYTES) })).statusCode, 200);
  const response = await call({ payload: payload(MAX_BODY_BYTES + 1) });
  assert.deepEqual([response.statusCode, response.headers.connection], [413, "close"]);
});

test("a body of unknown length is bounded, too", async (t) => {
  const { app } = await open(t);
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      chunks += 1;
      if (chunks > 12) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const headers = { ...JSON_TYPE, authorization: `Bearer ${await token()}` };
  const response = await fetch(`${url}${PATH}`, { method: "POST", headers, body, duplex: "half" });
  assert.equal(response.status, 413);
});

test("nothing is read of a body whose sender has no token", async (t) => {
  const { call } = await open(t);
  const response = await call({ headers: { authorization: "" }, payload: "x".repeat(MAX_BODY_BYTES + 1) });
  assert.equal(response.statusCode, 401);
});

test("who gives a time is answered in that time", async (t) => {
  const { call, clock, waiting } = await open(t);
  for (const [header, afterMs] of [
    ["250", 250],
    ["999999999", 60_000],
    ["soon", 60_000],
  ] as const) {
    const reached = waiting();
    const answer = call({ payload: '{"names":["never"]}', headers: { "x-twirp-timeout-ms": header } });
    await reached;
    clock.advance(afterMs - 1);
    await new Promise(setImmediate);
    const early = await Promise.race([answer, "nothing yet"]);
    assert.equal(early, "nothing yet");
    clock.advance(1);
    const response = await answer;
    assert.deepEqual([response.statusCode, response.json().code], [408, "deadline_exceeded"]);
  }
});

test("pages of any origin may call", async (t) => {
  const { app, call } = await open(t);
  const headers = {
    origin: "https://app.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-livekit-request-id",
  };
  const preflight = await app.inject({ method: "OPTIONS", url: PATH, headers });
  assert.equal(preflight.statusCode, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], "*");
  assert.equal(preflight.headers["access-control-allow-headers"], headers["access-control-request-headers"]);
  for (const response of [await call(), await call({ headers: { authorization: "" } })]) {
    assert.equal(response.headers["access-control-allow-origin"], "*");
  }
});
