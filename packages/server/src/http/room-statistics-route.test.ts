import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { MAX_NAME_LENGTH, parseRoomStatistics, type VideoGrant } from "@sluice/protocol";
import { LocalDoor } from "../testing/local-door.js";

async function open(t: TestContext) {
  const local = await LocalDoor.open();
  t.after(() => local.close());
  const ask = async (path: string, grant?: VideoGrant) => {
    const headers = grant === undefined ? {} : { authorization: `Bearer ${await local.token("admin", grant)}` };
    return fetch(`${local.url}${path}`, { headers });
  };
  return { local, ask };
}

test("an admin sees a room in numbers without joining it, hidden participants included", async (t) => {
  const { local, ask } = await open(t);
  const ann = await local.connect("ann");
  await ann.request("join", {});
  const { track } = await ann.request("publish", { cid: "c", kind: "audio", name: "voice" });
  const spy = await local.connect("spy", { hidden: true });
  await spy.request("join", {});
  const response = await ask("/rooms/demo/stats", { room: "demo", roomAdmin: true, roomJoin: false });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const { room, participants, statistics } = parseRoomStatistics(await response.json());
  assert.equal(room.name, "demo");
  assert.deepEqual(
    participants.map(({ identity }) => identity),
    ["ann", "spy"],
  );
  assert.equal(participants[0]?.tracks[0]?.name, "voice");
  assert.deepEqual(
    statistics.map(({ transport, published }) => [transport, published.map(({ trackId }) => trackId)]),
    [
      [null, [track.trackId]],
      [null, []],
    ],
  );
  const one = await ask("/rooms/demo/stats?identity=spy", { roomAdmin: true });
  assert.deepEqual(
    parseRoomStatistics(await one.json()).statistics.map(({ identity }) => identity),
    ["spy"],
  );
});

for (const [what, name] of [
  ["may have any character", "Zürich/Süd ?#%"],
  ["may be as long as a token allows", "ü".repeat(MAX_NAME_LENGTH)],
] as const) {
  test(`a room's name ${what}`, async (t) => {
    const { local, ask } = await open(t);
    const ann = await local.connect("ann", { room: name });
    await ann.request("join", {});
    const response = await ask(`/rooms/${encodeURIComponent(name)}/stats`, { room: name, roomAdmin: true });
    assert.equal(parseRoomStatistics(await response.json()).room.name, name);
  });
}

for (const [what, path, grant, status] of [
  ["no token", "/rooms/demo/stats", undefined, 401],
  ["no roomAdmin", "/rooms/demo/stats", {}, 403],
  ["roomAdmin for another room", "/rooms/demo/stats", { room: "other", roomAdmin: true }, 403],
  ["no such room, which only its admin may know", "/rooms/empty/stats", { room: "empty", roomAdmin: true }, 404],
  ["nobody of that identity", "/rooms/demo/stats?identity=bob", { roomAdmin: true }, 404],
  ["two identities", "/rooms/demo/stats?identity=ann&identity=bob", { roomAdmin: true }, 400],
] as const) {
  test(`${what} is ${status}, with the reason as text`, async (t) => {
    const { local, ask } = await open(t);
    await (await local.connect("ann")).request("join", {});
    const response = await ask(path, grant);
    assert.equal(response.status, status);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(await response.text(), /^[^{<]+\n$/);
  });
}

test("a token that is none is 401", async (t) => {
  const { local } = await open(t);
  for (const authorization of ["Bearer x", "Basic eDp5", "Bearer", `Bearer ${"x".repeat(20_000)}`]) {
    assert.equal((await fetch(`${local.url}/rooms/demo/stats`, { headers: { authorization } })).status, 401);
  }
});

test("docs/reference/http.md has the paths that there are", () => {
  const page = readFileSync(new URL("../../../../docs/reference/http.md", import.meta.url), "utf8");
  const told = [...page.matchAll(/^## `GET (\S+)`/gm)].map(([, path]) => path);
  const sources = ["./http-server.ts", "./nodes-route.ts", "./room-statistics-route.ts"].map((file) =>
    readFileSync(new URL(file, new URL("../../src/http/", import.meta.url)), "utf8"),
  );
  const routes = sources.flatMap((source) => [...source.matchAll(/app\.get\("([^"]+)"/g)].map(([, path]) => path));
  assert.deepEqual(told.sort(), routes.sort());
});
