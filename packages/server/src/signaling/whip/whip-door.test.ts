import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { parseSdpFragment } from "@sluice/media";
import type { VideoGrant } from "@sluice/protocol";
import { createToken } from "../../auth/create-token.js";
import { LocalDoor } from "../../testing/local-door.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { ESTABLISH_TIMEOUT_MS, FRAGMENT_TYPE } from "../http-session/http-session.js";

const PWD = "P2uYro0UCOQ4zxjKXaWCBui1";

async function open(t: TestContext, flags: Readonly<Record<string, unknown>> = {}, clock?: VirtualClock): Promise<LocalDoor> {
  const local = await LocalDoor.open(flags, clock === undefined ? {} : { clock });
  t.after(() => local.close());
  return local;
}

function avOffer(): string {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  peer.addSection("video", "sendonly");
  return peer.createSdp();
}

interface Post {
  readonly grant?: VideoGrant;
  readonly sdp?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly identity?: string;
}

async function post(local: LocalDoor, { grant = {}, sdp = avOffer(), headers = {}, identity = "obs" }: Post = {}) {
  const authorization = `Bearer ${await local.token(identity, grant)}`;
  const response = await fetch(`${local.url}/whip/v1`, {
    method: "POST",
    headers: { "content-type": "application/sdp", authorization, ...headers },
    body: sdp,
  });
  const location = response.headers.get("location") ?? "";
  const sessionUrl = new URL(location, local.url).href;
  const body = await response.text();
  const send = (method: string, more: Readonly<Record<string, string>> = {}, text?: string) =>
    fetch(sessionUrl, {
      method,
      headers: { authorization, ...more },
      ...(text === undefined ? {} : { body: text }),
    });
  const patch = (text: string, ifMatch?: string) =>
    send("PATCH", { "content-type": FRAGMENT_TYPE, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) }, text);
  return { response, body, location, send, patch, tag: response.headers.get("etag") ?? "" };
}

function errorOf(body: string): string {
  const { error } = JSON.parse(body) as { readonly error: string };
  assert.equal(typeof error, "string");
  return error;
}

function participant(local: LocalDoor, identity = "obs") {
  return local.rooms.find("demo")?.room.withIdentity(identity);
}

function fragment(ufrag: string): string {
  return `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${PWD}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n`;
}

test("[RFC9725 §4.2] an offer is a participant with its tracks, and the answer says where the session is", async (t) => {
  const local = await open(t, { "rtc.stun-servers": "stun.example:3478" });
  const { response, body, location, tag } = await post(local);
  assert.equal(response.status, 201, body);
  const { headers } = response;
  assert.equal(headers.get("content-type"), "application/sdp");
  assert.equal(location, `/whip/v1/${participant(local)?.participantId}`);
  assert.match(body, new RegExp(`a=ice-ufrag:${tag.slice(1, -1).replaceAll("+", "\\+")}\r`));
  assert.equal(body.match(/a=recvonly/g)?.length, 2);
  assert.equal(headers.get("link"), '<stun:stun.example:3478>; rel="ice-server"');
  assert.equal(headers.get("access-control-allow-origin"), "*");
  for (const name of ["Location", "ETag", "Link"])
    assert.ok(headers.get("access-control-expose-headers")?.split(", ").includes(name), name);
  const tracks = [...(participant(local)?.tracks.values() ?? [])];
  assert.deepEqual(
    tracks.map(({ kind, source }) => [kind, source]),
    [
      ["audio", "microphone"],
      ["video", "camera"],
    ],
  );
  assert.deepEqual([participant(local)?.kind, participant(local)?.isAutoSubscribing], ["standard", false]);
  assert.equal(local.workers.ready[0]?.take("openProducer").length, 2);
});

test("name and kind are the token's, which may stand in the URL", async (t) => {
  const local = await open(t);
  const grant = { room: "demo", roomJoin: true };
  const token = await createToken({ key: "devkey", secret: "secret", identity: "obs", name: "Stage", grant, kind: "ingress" });
  const response = await fetch(`${local.url}/whip/v1?access_token=${token}`, {
    method: "POST",
    headers: { "content-type": "application/sdp; charset=utf-8" },
    body: avOffer(),
  });
  assert.equal(response.status, 201);
  assert.deepEqual([participant(local)?.name, participant(local)?.kind], ["Stage", "ingress"]);
  assert.deepEqual(
    [...(participant(local)?.tracks.values() ?? [])].map(({ name }) => name),
    ["Stage", "Stage"],
  );
});

test("a simulcast offer announces its layers, smallest first", async (t) => {
  const local = await open(t);
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  const rids =
    "a=rid:0 send\r\na=rid:1 send\r\na=simulcast:send 0;1\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n";
  const sdp = peer.createSdp().replace(/a=ssrc[^\r]*\r\n/g, "") + rids;
  const { response, body } = await post(local, { sdp });
  assert.equal(response.status, 201, body);
  assert.match(body, /a=simulcast:recv 0;1/);
  const [video] = participant(local)?.tracks.values() ?? [];
  assert.deepEqual(
    video?.layers?.map(({ rid }) => rid),
    ["1", "0"],
  );
  const [producer] = local.workers.ready[0]?.take("openProducer") ?? [];
  assert.deepEqual(
    producer?.parameters.rtp.encodings.map(({ rid }) => rid),
    ["1", "0"],
  );
});

test("DELETE ends the session, once; there is nothing to delete twice", async (t) => {
  const local = await open(t);
  const { send } = await post(local);
  assert.equal((await send("DELETE")).status, 200);
  assert.equal(participant(local), undefined);
  assert.equal(local.whipDoor.sessionCount, 0);
  const again = await send("DELETE");
  assert.equal(again.status, 404);
  errorOf(await again.text());
});

test("[RFC9725 §4.3.2] trickled candidates are taken with the right ETag only", async (t) => {
  const local = await open(t);
  const { patch, send, tag } = await post(local);
  assert.equal((await patch(fragment("abcd").replace(PWD, "abcdefghijklmnopqrstuv"), tag)).status, 204);
  assert.equal((await patch("a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n", `"x", ${tag}`)).status, 204);
  assert.equal((await patch(fragment("abcd"))).status, 428);
  assert.equal((await patch(fragment("abcd"), '"other"')).status, 412);
  assert.equal((await patch("nonsense", tag)).status, 400);
  assert.equal((await patch("a=x\r\n".repeat(4_000), tag)).status, 413);
  assert.equal((await send("PATCH", { "content-type": "application/sdp", "if-match": tag }, "a=x")).status, 415);
  assert.ok(participant(local));
});

test("[RFC9725 §4.3.3] If-Match: * restarts ICE: new credentials, a new ETag, the same Transport", async (t) => {
  const local = await open(t);
  const { patch, tag } = await post(local);
  local.workers.ready[0]?.take("openTransport");
  assert.equal((await patch(fragment("efgh"), tag)).status, 400, "other credentials under the old tag");
  assert.equal((await patch("m=audio 9 RTP/AVP 0\r\n", "*")).status, 400, "a restart without credentials");
  const response = await patch(fragment("efgh"), "*");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), FRAGMENT_TYPE);
  const result = parseSdpFragment(await response.text());
  assert.ok(result.ok && result.fragment.ice !== undefined);
  const { ice, candidates } = result.fragment;
  assert.equal(response.headers.get("etag"), `"${ice.ufrag}"`);
  assert.notEqual(response.headers.get("etag"), tag);
  assert.equal(candidates[0]?.ip, "127.0.0.1");
  const commands = local.workers.ready[0]?.commands ?? [];
  assert.deepEqual(
    commands.map(({ type }) => type).filter((type) => type === "restartIce" || type === "openTransport"),
    ["restartIce"],
  );
  assert.equal((await patch(fragment("efgh"), tag)).status, 412, "the old ICE session is over");
  assert.equal((await patch(fragment("efgh"), `"${ice.ufrag}"`)).status, 204);
  assert.equal((await patch(fragment("ijkl"), "*")).status, 200);
});

test("a session is its identity's: another token of it will do, anybody else's will not", async (t) => {
  const local = await open(t);
  const { send, location } = await post(local);
  const asOther = async (identity: string, grant: VideoGrant = {}) =>
    fetch(`${local.url}${location}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${await local.token(identity, grant)}` },
    });
  assert.equal((await asOther("eve")).status, 403);
  assert.equal((await asOther("obs", { room: "other" })).status, 403);
  assert.equal((await fetch(`${local.url}${location}`, { method: "DELETE" })).status, 401);
  assert.equal((await send("DELETE", { authorization: "Bearer x.y.z" })).status, 401);
  assert.ok(participant(local));
  assert.equal((await asOther("obs", { canPublish: false })).status, 200);
});

test("the token that opened a session is good for it as long as it lasts", async (t) => {
  const clock = new VirtualClock(Date.now());
  const local = await open(t, {}, clock);
  const { send, patch, tag } = await post(local);
  connect(local);
  clock.advance(24 * 3_600_000);
  assert.equal((await patch("", tag)).status, 204);
  assert.equal((await send("DELETE")).status, 200);
});

function transportIdOf(local: LocalDoor): string {
  const { participantId = "" } = participant(local) ?? {};
  return local.rooms.find("demo")?.media.transportOf(participantId)?.transportId ?? "";
}

function connect(local: LocalDoor): void {
  const [worker] = local.workers.ready;
  assert.ok(worker);
  local.workers.report(worker, { type: "transportState", transportId: transportIdOf(local), state: { type: "connected" } });
}

test("a media connection that is not there in time ends the session, one that is does not", async (t) => {
  const clock = new VirtualClock(Date.now());
  const local = await open(t, {}, clock);
  await post(local);
  clock.advance(ESTABLISH_TIMEOUT_MS - 1);
  assert.ok(participant(local));
  clock.advance(1);
  assert.equal(participant(local), undefined);
  await post(local);
  connect(local);
  clock.advance(10 * ESTABLISH_TIMEOUT_MS);
  assert.equal(participant(local)?.state, "active");
  assert.equal(local.whipDoor.sessionCount, 1);
});

test("the participant leaves with its Transport, and with its worker", async (t) => {
  const local = await open(t);
  const [worker] = local.workers.ready;
  assert.ok(worker);
  const { send } = await post(local);
  connect(local);
  const transportId = transportIdOf(local);
  const state = { type: "closed", reason: "consentExpired" } as const;
  local.workers.report(worker, { type: "transportState", transportId, state });
  assert.equal(participant(local), undefined);
  assert.equal((await send("DELETE")).status, 404);
  await post(local);
  local.workers.kill(worker);
  assert.equal(participant(local), undefined);
  assert.equal(local.whipDoor.sessionCount, 0);
  const { response, body } = await post(local);
  assert.equal(response.status, 503, body);
  assert.equal(response.headers.get("retry-after"), "1");
  assert.equal(participant(local), undefined);
});

test("who is removed, or comes again, has no session there any more", async (t) => {
  const local = await open(t);
  const first = await post(local);
  const second = await post(local);
  assert.equal((await first.send("DELETE")).status, 404);
  assert.equal(local.whipDoor.sessionCount, 1);
  local.rooms.find("demo")?.leave(participant(local)?.participantId ?? "", "removed");
  assert.equal(local.whipDoor.sessionCount, 0);
  assert.equal((await second.patch("", second.tag)).status, 404);
});

for (const [what, status, request] of [
  ["another media type", 415, { headers: { "content-type": "application/json" } }],
  ["no media type at all", 415, { headers: { "content-type": "x" } }],
  ["a token for no room", 403, { grant: { roomJoin: false } }],
  ["a token that may not publish", 403, { grant: { canPublish: false } }],
  ["a token for sound only", 403, { grant: { canPublishSources: ["microphone"] } }],
  ["a forged token", 401, { headers: { authorization: "Bearer x.y.z" } }],
  ["no offer", 400, { sdp: "hello" }],
  ["an offer that receives", 400, { sdp: avOffer().replace("a=sendonly", "a=recvonly") }],
  ["an offer of one section that cannot be taken", 422, { sdp: avOffer().replace("VP8/90000", "VP7/90000") }],
  ["an offer that is too long", 413, { sdp: avOffer() + "a=x\r\n".repeat(14_000) }],
  ["a page of another origin, in development", 403, { headers: { origin: "https://evil.example" } }],
] as const satisfies readonly (readonly [string, number, Post])[]) {
  test(`${what} is ${status}, and leaves nobody behind`, async (t) => {
    const local = await open(t);
    const { response, body } = await post(local, request);
    assert.equal(response.status, status, body);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    errorOf(body);
    assert.equal(participant(local), undefined);
    assert.equal(local.whipDoor.sessionCount, 0);
    assert.equal((await post(local)).response.status, 201);
  });
}

test("sessions count as connections of their address, and end their count with them", async (t) => {
  const local = await open(t, { "limits.connections-per-ip": 1 });
  const { send } = await post(local);
  assert.equal((await post(local, { identity: "b" })).response.status, 429);
  await send("DELETE");
  assert.equal((await post(local, { sdp: "bad" })).response.status, 400);
  assert.equal((await post(local, { identity: "b" })).response.status, 201);
});

test("an address that asks too often is told so", async (t) => {
  const clock = new VirtualClock(Date.now());
  const local = await open(t, { "limits.requests-per-second": 10 }, clock);
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push((await post(local, { identity: `${i}` })).response.status);
  assert.deepEqual(statuses, [201, 201, 429]);
  clock.advance(1_000);
  assert.equal((await post(local, { identity: "3" })).response.status, 201);
});

test("OPTIONS asks what a page may do, GET is answered and says nothing, the rest is not allowed", async (t) => {
  const local = await open(t);
  const ask = (method: string, path = "") =>
    fetch(`${local.url}/whip/v1${path}`, { method, headers: { "access-control-request-headers": "authorization,if-match" } });
  const options = await ask("OPTIONS");
  assert.equal(options.status, 200);
  assert.equal(options.headers.get("accept-post"), "application/sdp");
  assert.equal(options.headers.get("access-control-allow-headers"), "authorization,if-match");
  const ofSession = await ask("OPTIONS", "/PA_1");
  assert.match(ofSession.headers.get("access-control-allow-methods") ?? "", /PATCH, DELETE/);
  assert.deepEqual([(await ask("GET")).status, (await ask("GET", "/PA_1")).status], [204, 204]);
  for (const [method, path] of [
    ["PUT", ""],
    ["DELETE", ""],
    ["PATCH", ""],
    ["POST", "/PA_1"],
    ["PUT", "/PA_1"],
  ] as const) {
    const response = await ask(method, path);
    assert.equal(response.status, 405, `${method} ${path}`);
    assert.ok(response.headers.get("allow"));
  }
});
