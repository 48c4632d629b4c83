import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { VideoGrant } from "@sluice/protocol";
import { LocalDoor } from "../../testing/local-door.js";
import { PeerOffer } from "../../testing/peer-offer.js";

async function open(t: TestContext): Promise<LocalDoor> {
  const local = await LocalDoor.open();
  t.after(() => local.close());
  return local;
}

function offer(direction: "sendonly" | "recvonly", ...kinds: readonly ("audio" | "video")[]): string {
  const peer = new PeerOffer();
  for (const kind of kinds) peer.addSection(kind, direction);
  return peer.createSdp();
}

async function post(local: LocalDoor, path: string, identity: string, sdp: string, grant: VideoGrant = {}) {
  const headers = { "content-type": "application/sdp", authorization: `Bearer ${await local.token(identity, grant)}` };
  const response = await fetch(`${local.url}${path}`, { method: "POST", headers, body: sdp });
  const location = response.headers.get("location") ?? "";
  const send = (method: string, more: Readonly<Record<string, string>> = {}, body?: string) =>
    fetch(`${local.url}${location}`, {
      method,
      headers: { authorization: headers.authorization, ...more },
      ...(body === undefined ? {} : { body }),
    });
  return { status: response.status, headers: response.headers, body: await response.text(), location, send };
}

async function publish(local: LocalDoor, identity: string): Promise<string> {
  const { status } = await post(local, "/whip/v1", identity, offer("sendonly", "audio", "video"));
  assert.equal(status, 201);
  const participant = local.rooms.find("demo")?.room.withIdentity(identity);
  assert.ok(participant);
  return participant.participantId;
}

const play = (local: LocalDoor, query = "", grant: VideoGrant = {}, sdp = offer("recvonly", "audio", "video")) =>
  post(local, `/whep/v1${query}`, "viewer", sdp, grant);

test("[draft-ietf-wish-whep §4.2] who receives is answered with what is sent, and is a participant until it ends", async (t) => {
  const local = await open(t);
  const encoderId = await publish(local, "encoder");
  const { status, body, location, headers, send } = await play(local);
  assert.equal(status, 201, body);
  assert.match(location, /^\/whep\/v1\/PA_/);
  assert.ok(headers.get("etag"));
  assert.equal(body.match(/a=sendonly/g)?.length, 2);
  assert.equal(body.match(new RegExp(`a=msid:${encoderId} `, "g"))?.length, 2);
  assert.equal(local.workers.ready[0]?.take("openConsumer").length, 2);
  assert.equal(
    (await send("PATCH", { "content-type": "application/trickle-ice-sdpfrag", "if-match": "*" }, "a=x")).status,
    400,
  );
  const ice = "a=ice-ufrag:efgh\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n";
  const restart = { "content-type": "application/trickle-ice-sdpfrag", "if-match": "*" };
  assert.equal((await send("PATCH", restart, ice)).status, 200);
  assert.deepEqual(local.workers.ready[0]?.take("openConsumer", "closeConsumer"), [], "and goes on as it was");
  assert.equal((await send("DELETE")).status, 200);
  assert.equal(local.rooms.find("demo")?.room.withIdentity("viewer"), undefined);
});

test("tracks that come later are not sent, for a player could not be told of them", async (t) => {
  const local = await open(t);
  await publish(local, "first");
  const { body } = await play(local, "", {}, offer("recvonly", "video", "video", "video"));
  assert.equal(body.match(/a=sendonly/g)?.length, 1);
  await publish(local, "second");
  const room = local.rooms.find("demo")?.room;
  assert.equal([...(room?.subscriptionsOf(room.withIdentity("viewer")?.participantId ?? "") ?? [])].length, 1);
});

test("?participant= chooses whose tracks", async (t) => {
  const local = await open(t);
  await publish(local, "first");
  const secondId = await publish(local, "second");
  const { status, body } = await play(local, "?participant=second");
  assert.equal(status, 201);
  assert.equal(body.match(new RegExp(`a=msid:${secondId} `, "g"))?.length, 2);
});

for (const [what, status, query, grant, sdp] of [
  ["an identity that sends nothing", 409, "?participant=nobody", {}, offer("recvonly", "audio")],
  ["a room in which nothing is sent", 409, "", { room: "empty" }, offer("recvonly", "audio")],
  ["a token that may not subscribe", 403, "", { canSubscribe: false }, offer("recvonly", "audio")],
  ["an offer that sends", 400, "", {}, offer("sendonly", "audio")],
  ["no offer", 400, "", {}, "hello"],
  ["an empty identity", 400, "?participant=", {}, offer("recvonly", "audio")],
] as const satisfies readonly (readonly [string, number, string, VideoGrant, string])[]) {
  test(`${what} is ${status}, and nobody is there for it`, async (t) => {
    const local = await open(t);
    await publish(local, "encoder");
    const refused = await play(local, query, grant, sdp);
    assert.equal(refused.status, status, refused.body);
    assert.equal(typeof (JSON.parse(refused.body) as { readonly error: unknown }).error, "string");
    if (status === 409) assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(local.rooms.find("demo")?.room.withIdentity("viewer"), undefined);
    assert.equal(local.rooms.find("empty"), undefined);
    assert.equal(local.whepDoor.sessionCount, 0);
  });
}
