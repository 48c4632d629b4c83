/** Messages, descriptions and tokens that no honest client sends, against a node that is at work. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { RandomGenerator } from "@sluice/netem";
import { MAX_MESSAGE_BYTES } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET } from "@sluice/server";
import { Bots, receiving } from "./harness/bots.js";
import { RawClient, type RawMessage, upgradeStatus } from "./harness/raw-client.js";
import { SEED } from "./harness/seed.js";
import { TestNode } from "./harness/test-node.js";
import { damageText } from "./harness/text-damage.js";

const MESSAGES = 3_000;
const DESCRIPTIONS = 600;
const TOKENS = 200;
const PER_CONNECTION = 50;
const FIXTURES = new URL("../../../packages/media/src/sdp/fixtures/", import.meta.url);

/** Requests as clients make them, to be damaged. */
const REQUESTS = [
  { method: "join", params: { autoSubscribe: true } },
  { method: "publish", params: { cid: "camera", kind: "video", source: "camera", name: "camera", muted: false } },
  {
    method: "trickle",
    params: { candidate: { candidate: "candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host", sdpMid: "0" } },
  },
  { method: "subscribe", params: { trackIds: ["TR_abcdefghijkl"] } },
  { method: "setLayers", params: { trackId: "TR_abcdefghijkl", paused: true } },
  { method: "mute", params: { trackId: "TR_abcdefghijkl", muted: true } },
  { method: "signal", params: { type: "offer", data: "v=0", to: "PA_abcdefghijkl" } },
  { method: "sendData", params: { data: "aGVsbG8=", topic: "chat", to: ["PA_abcdefghijkl"] } },
  { method: "ping", params: { timestamp: 1 } },
  { method: "leave", params: {} },
];

/** Messages that have broken servers before; each is sent as it is. */
const CLASSICS: readonly string[] = [
  "",
  "null",
  "[]",
  "[1,2,3]",
  "{}",
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":{},"method":"ping"}',
  '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{}}',
  '{"jsonrpc":"2.0","id":1,"method":"constructor","params":{}}',
  '{"jsonrpc":"2.0","id":1,"method":"join","params":{"__proto__":{"isAdmin":true}}}',
  '{"jsonrpc":"2.0","id":1,"method":"join","params":{"constructor":{"prototype":{"isAdmin":true}}}}',
  '{"jsonrpc":"2.0","id":1,"method":"offer","params":{"sdp":null}}',
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  `{"a":`.repeat(20_000),
  `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"timestamp":1e400}}`,
  `{"jsonrpc":"2.0","id":1,"method":"sendData","params":{"data":"${"A".repeat(100_000)}"}}`,
  `[${Array(51).fill('{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}').join(",")}]`,
];

let node: TestNode;
let workerPid: number | undefined;
const bots = new Bots();
const random = new RandomGenerator(SEED);

before(async () => {
  node = await TestNode.start({ flags: { "limits.requests-per-second": 1_000_000 } });
  workerPid = node.server.workerProcessIds[0];
});

after(async () => {
  await bots.close();
  await node.close();
});

test("messages: every damaged request is answered with a code from the list, or ends its own connection", async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const damaged = Array.from({ length: MESSAGES }, (_, id) => {
    const request = REQUESTS[random.nextUint32() % REQUESTS.length];
    return damageText(JSON.stringify({ jsonrpc: "2.0", id, ...request }, undefined, 1), random);
  });
  await sendAll([...CLASSICS, ...damaged], "messages");
});

test("descriptions: every damaged offer is answered, with an answer or with a code from the list", async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const originals = readdirSync(FIXTURES).map((name) => readFileSync(new URL(name, FIXTURES), "utf8"));
  const all = Array.from({ length: DESCRIPTIONS }, (_, id) => {
    const original = originals[random.nextUint32() % originals.length] ?? "";
    return JSON.stringify({ jsonrpc: "2.0", id, method: "offer", params: { sdp: damageText(original, random) } });
  });
  // Longer ones end the connection; the frames below do that.
  const offers = all.filter((offer) => Buffer.byteLength(offer) <= MAX_MESSAGE_BYTES);
  const messages = await sendAll(offers, "descriptions", ['{"jsonrpc":"2.0","id":"join","method":"join","params":{}}']);
  const answers = messages.filter(({ id }) => typeof id === "number");
  assert.equal(new Set(answers.map(({ id }) => id)).size, offers.length, "offers answered");
  const accepted = answers.filter(({ result }) => result !== undefined).length;
  t.diagnostic(`${accepted} of ${offers.length} accepted`);
  assert.ok(accepted > 0 && accepted < offers.length);
});

test("frames: binary, oversized and broken ones end their own connection only", async () => {
  const bystander = await RawClient.open(node.webSocketUrl, await node.token("frames", "bystander"));
  for (const frame of [
    Buffer.from([1, 2, 3]),
    Buffer.alloc(1_000_000, 0x20),
    `"${"x".repeat(300_000)}"`,
    `"${"x".repeat(600_000)}"`,
  ]) {
    const client = await RawClient.open(node.webSocketUrl, await node.token("frames", "sender"));
    client.send(frame);
    await client.settled();
    client.close();
  }
  assert.equal(await bystander.settled(), undefined, "close code of somebody else's connection");
  bystander.close();
  assertAlive();
});

test("tokens: none but a good one opens a WebSocket", async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const identity = "mallory";
  const grant = { room: "tokens", roomJoin: true };
  const good = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant });
  const [header = "", claims = "", signature = ""] = good.split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (head: object, body: object, hash = "sha256", secret = DEV_SECRET) => {
    const signed = `${encode(head)}.${encode(body)}`;
    return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
  };
  const hs256 = { alg: "HS256", typ: "JWT" };
  const nowS = Math.floor(Date.now() / 1_000);
  const body = { iss: DEV_KEY, sub: identity, exp: nowS + 600, video: grant };
  const bad: Record<string, readonly [status: number, token: string | undefined]> = {
    none: [401, undefined],
    empty: [401, ""],
    "no token at all": [401, "hello"],
    "no signature": [401, `${header}.${claims}.`],
    "another signature": [401, `${header}.${claims}.${signature.split("").reverse().join("")}`],
    "another secret": [401, await createToken({ key: DEV_KEY, secret: "another", identity, grant })],
    "another key": [401, await createToken({ key: "another", secret: DEV_SECRET, identity, grant })],
    "alg none": [401, `${encode({ alg: "none" })}.${encode(body)}.`],
    "alg HS512": [401, sign({ alg: "HS512" }, body, "sha512")],
    expired: [401, sign(hs256, { ...body, exp: nowS - 3_600 })],
    "not valid yet": [401, sign(hs256, { ...body, nbf: nowS + 3_600 })],
    "no expiry": [401, sign(hs256, { ...body, exp: undefined })],
    "no identity": [403, sign(hs256, { ...body, sub: undefined })],
    "claims that are no object": [401, `${encode(hs256)}.${Buffer.from("7").toString("base64url")}.x`],
    "no roomJoin": [403, sign(hs256, { ...body, video: { room: "tokens" } })],
    "longer than allowed": [401, "x".repeat(16_500)],
  };
  const statuses = await Promise.all(
    Object.entries(bad).map(async ([name, [, token]]) => [name, await upgradeStatus(node.webSocketUrl, token)] as const),
  );
  const expected = Object.entries(bad).map(([name, [status]]) => [name, status] as const);
  assert.deepEqual(Object.fromEntries(statuses), Object.fromEntries(expected));
  for (let count = 0; count < TOKENS; count++) {
    // What is signed; a signature's own last character has bits that do not count.
    const signed = damageText(`${header}.${claims}`, random);
    const token = `${signed}.${signature}`;
    if (token !== good) assert.notEqual(await upgradeStatus(node.webSocketUrl, token), 101, token);
  }
  assert.equal(await upgradeStatus(node.webSocketUrl, good), 101, "the good one");
  assertAlive();
});

test("origins: a page from elsewhere may not connect, even with a good token", async () => {
  const token = await node.token("origins", "ann");
  const statusOf = (origin: string) => upgradeStatus(node.webSocketUrl, token, { origin });
  for (const origin of [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    `http://evil.example:${new URL(node.url).port}`,
  ]) {
    assert.equal(await statusOf(origin), 403, origin);
  }
  assert.equal(await statusOf(node.url), 101, "the demo page itself");
});

test("after all that the node serves the next honest client", async () => {
  const [one, two] = [await bots.join(node, "honest", "one"), await bots.join(node, "honest", "two")];
  for (const bot of [one, two]) {
    const losses = (await receiving(bot, 2)).map(({ lost }) => lost);
    assert.deepEqual(losses, [0, 0]);
  }
  assertAlive();
});

/** Sends them over as many connections as it takes, each beginning with `opening`; gives all that came back. */
async function sendAll(messages: readonly string[], room: string, opening: readonly string[] = []): Promise<RawMessage[]> {
  const received: RawMessage[] = [];
  for (let start = 0; start < messages.length; start += PER_CONNECTION) {
    const client = await RawClient.open(node.webSocketUrl, await node.token(room, `mallory-${start % 7}`));
    for (const message of [...opening, ...messages.slice(start, start + PER_CONNECTION)]) client.send(message);
    await client.settled();
    received.push(...client.messages);
    client.close();
  }
  const internal = received.filter(({ error }) => error?.data?.code === "internal");
  assert.deepEqual(internal, [], "defects of the server");
  const unexplained = received.filter(
    ({ error }) => error !== undefined && (error.message === "" || error.data?.code === undefined),
  );
  assert.deepEqual(unexplained, [], "errors without a code or a reason");
  assertAlive();
  return received;
}

function assertAlive(): void {
  assert.equal(node.server.workerProcessIds[0], workerPid, "the worker was replaced");
  assert.deepEqual(node.complaints, [], "warnings in the node's log");
}
