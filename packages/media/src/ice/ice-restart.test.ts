/** ICE restarts (RFC 8445 §9): what a lite agent answers meanwhile, and both roles against each other over a bad network. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StunAttributes } from "../stun/stun-message.js";
import { serializeStun } from "../stun/stun-serializer.js";
import { after, type Instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import { IceControllingAgent } from "./controlling-agent.js";
import type { IceCredentials } from "./ice-parameters.js";
import { IceLiteAgent } from "./lite-agent.js";
import { address, CLIENT, candidate, drain, SERVER, t0, testCrypto, VirtualLink } from "./virtual-link.test.js";

const crypto = testCrypto(1);
const home = address("192.0.2.10");
const away = address("198.51.100.10");
const SERVER_2: IceCredentials = { ufrag: "serverUfrag2", pwd: "serverPassword2Of25Charss" };
const CLIENT_2: IceCredentials = { ufrag: "clientUfrag2", pwd: "clientPassword2Of25Charss" };
const SERVER_3: IceCredentials = { ufrag: "serverUfrag3", pwd: "serverPassword3Of25Charss" };

type Pair = readonly [server: IceCredentials, client: IceCredentials];
const BEFORE: Pair = [SERVER, CLIENT];
const AFTER: Pair = [SERVER_2, CLIENT_2];

function check([server, client]: Pair, attributes: StunAttributes = {}, pwd = server.pwd): Uint8Array {
  const content = { username: `${server.ufrag}:${client.ufrag}`, priority: 1, iceControlling: 5n, ...attributes };
  const transactionId = crypto.randomBytes(12);
  const key = new TextEncoder().encode(pwd);
  return serializeStun({ class: "request", method: 1, transactionId, attributes: content }, { key, crypto });
}

const nomination = (pair: Pair, pwd?: string) => check(pair, { useCandidate: true }, pwd);

function isAnswered(agent: IceLiteAgent, bytes: Uint8Array, source: TransportAddress, now: Instant = t0): boolean {
  agent.handleStun(bytes, source, now);
  return drain(() => agent.pollTransmit()).length === 1;
}

const eventsOf = (agent: IceLiteAgent) => drain(() => agent.pollEvent());

function connectedAgent(): IceLiteAgent {
  const agent = new IceLiteAgent({ local: SERVER, crypto, now: t0 });
  agent.setRemote(CLIENT, [], t0);
  isAnswered(agent, nomination(BEFORE), home);
  eventsOf(agent);
  return agent;
}

test("[RFC8445 §9] until something is nominated anew, checks of both sessions are answered and what is selected stays", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, CLIENT_2, t0);
  assert.deepEqual(agent.localUfrags, [SERVER.ufrag, SERVER_2.ufrag]);
  assert.ok(isAnswered(agent, check(BEFORE), home));
  assert.ok(isAnswered(agent, check(AFTER), away));
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: away }]);
  assert.ok(isAnswered(agent, nomination(AFTER), away));
  assert.deepEqual(eventsOf(agent), [
    { type: "selected", address: away },
    { type: "retired", ufrag: SERVER.ufrag },
  ]);
  assert.deepEqual(agent.localUfrags, [SERVER_2.ufrag]);
});

test("after the nomination the former credentials mean nothing, and an address of theirs stays valid for what is on its way", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, CLIENT_2, t0);
  isAnswered(agent, nomination(AFTER), away);
  eventsOf(agent);
  assert.equal(isAnswered(agent, nomination(BEFORE), home), false);
  assert.equal(agent.counters.wrongUsername, 1);
  const later = after(t0, 29_000);
  assert.ok(isAnswered(agent, check(AFTER), away, later));
  agent.handleTimeout(later);
  assert.deepEqual(eventsOf(agent), []);
  agent.handleTimeout(after(t0, 30_000));
  assert.deepEqual(eventsOf(agent), [{ type: "forgotten", address: home }]);
});

test("from the same address a restart selects nothing new", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, CLIENT_2, t0);
  isAnswered(agent, nomination(AFTER), home);
  assert.deepEqual(eventsOf(agent), [{ type: "retired", ufrag: SERVER.ufrag }]);
});

test("[attack 10] forged checks during a restart are not answered and change nothing", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, CLIENT_2, t0);
  for (const forged of [
    nomination(AFTER, SERVER.pwd),
    nomination(AFTER, CLIENT_2.pwd),
    nomination(BEFORE, SERVER_2.pwd),
    nomination([SERVER_2, CLIENT]),
    nomination([SERVER, CLIENT_2]),
    nomination([{ ...SERVER_2, ufrag: "serverUfrag2x" }, CLIENT_2]),
    nomination([SERVER_3, CLIENT_2]),
  ]) {
    assert.equal(isAnswered(agent, forged, away), false);
  }
  assert.deepEqual(eventsOf(agent), []);
  assert.deepEqual([agent.counters.wrongIntegrity, agent.counters.wrongUsername], [3, 4]);
});

test("[attack 10] no bytes but the peer's own end a restart", () => {
  const real = nomination(AFTER);
  // What follows the integrity (the fingerprint's 8 bytes) is not protected by it, and says nothing.
  fc.assert(
    fc.property(fc.nat(real.length - 9), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const agent = connectedAgent();
      agent.restart(SERVER_2, CLIENT_2, t0);
      const forged = real.slice();
      forged[at] = (forged[at] ?? 0) ^ flip;
      const answered = isAnswered(agent, forged, away);
      assert.equal(answered, false);
      assert.deepEqual(eventsOf(agent), []);
    }),
  );
});

test("a peer whose answer is still on its way may check already, with the new password only", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, undefined, t0);
  assert.equal(isAnswered(agent, check(AFTER, {}, SERVER.pwd), away), false);
  assert.ok(isAnswered(agent, check(AFTER), away));
  agent.setRemote(CLIENT_2, [], t0);
  assert.equal(isAnswered(agent, nomination([SERVER_2, CLIENT]), away), false);
  assert.ok(isAnswered(agent, check(BEFORE), home), "the former peer is still the former session's");
  assert.ok(isAnswered(agent, nomination(AFTER), away));
});

test("a restart that the peer does not take part in changes nothing, not even where a nomination leads", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, undefined, t0);
  assert.ok(isAnswered(agent, nomination(BEFORE), away));
  assert.deepEqual(eventsOf(agent), [
    { type: "validated", address: away },
    { type: "selected", address: away },
  ]);
});

test("a second restart takes the place of the first: never more than two sessions", () => {
  const agent = connectedAgent();
  agent.restart(SERVER_2, CLIENT_2, t0);
  agent.restart(SERVER_3, CLIENT_2, t0);
  assert.deepEqual(eventsOf(agent), [{ type: "retired", ufrag: SERVER_2.ufrag }]);
  assert.deepEqual(agent.localUfrags, [SERVER.ufrag, SERVER_3.ufrag]);
  assert.equal(isAnswered(agent, nomination(AFTER), away), false);
  assert.ok(isAnswered(agent, nomination([SERVER_3, CLIENT_2]), away));
});

test("credentials that are malformed or in use are refused, and nothing changes", () => {
  const agent = connectedAgent();
  for (const local of [{ ufrag: "x", pwd: SERVER_2.pwd }, SERVER]) {
    assert.throws(() => agent.restart(local, CLIENT_2, t0), RangeError);
  }
  assert.throws(() => agent.restart(SERVER_2, { ufrag: "", pwd: "" }, t0), RangeError);
  assert.deepEqual(agent.localUfrags, [SERVER.ufrag]);
});

test("restarts do not keep alive what has no consent any more [RFC7675 §5.1]", () => {
  const agent = connectedAgent();
  for (let seconds = 5; seconds <= 25; seconds += 5) {
    agent.restart({ ...SERVER_2, ufrag: `serverUfrag${seconds}` }, CLIENT_2, after(t0, seconds * 1000));
  }
  agent.handleTimeout(after(t0, 30_000));
  assert.deepEqual(eventsOf(agent).at(-1), { type: "failed", reason: "consentExpired" });
  agent.restart(SERVER_3, CLIENT_2, after(t0, 30_000));
  assert.equal(isAnswered(agent, nomination([SERVER_3, CLIENT_2]), away, after(t0, 30_001)), false);
});

test("before anything is selected a restart begins the search anew, and the first check of either session ends it", () => {
  for (const pair of [BEFORE, AFTER]) {
    const agent = new IceLiteAgent({ local: SERVER, crypto, now: t0 });
    agent.setRemote(CLIENT, [], t0);
    agent.restart(SERVER_2, CLIENT_2, after(t0, 20_000));
    agent.handleTimeout(after(t0, 40_000));
    assert.deepEqual(eventsOf(agent), []);
    assert.ok(isAnswered(agent, check(pair), home, after(t0, 40_000)));
    assert.deepEqual(
      eventsOf(agent).map(({ type }) => type),
      pair === AFTER ? ["validated", "selected", "retired"] : ["validated", "selected"],
    );
  }
});

/** A call between both roles, and a restart by the client: it has told its new credentials and heard the server's. */
function connect(options: ConstructorParameters<typeof VirtualLink>[0] & { seed?: number } = {}) {
  const own = testCrypto(options.seed ?? 1);
  const [server, client] = [address("192.0.2.1", 7_882), address("198.51.100.7", 40_000)];
  const link = new VirtualLink(options);
  const lite = new IceLiteAgent({ local: SERVER, crypto: own, now: t0 });
  lite.setRemote(CLIENT, [], t0);
  const controlling = new IceControllingAgent({ local: CLIENT, crypto: own, now: t0 });
  controlling.setRemote(SERVER, [candidate(server)], t0);
  const ends = { server: link.attach(server, lite), client: link.attach(client, controlling) };
  const restart = () => {
    lite.restart(SERVER_2, CLIENT_2, link.now);
    controlling.restart(CLIENT_2, SERVER_2, link.now);
  };
  return { link, lite, controlling, restart, ...ends };
}

const typesOf = (events: readonly { readonly event: { readonly type: string } }[]) => events.map(({ event }) => event.type);

for (const lossRate of [0, 0.2]) {
  test(`a client that moves and restarts is selected where it is, with ${lossRate * 100} % loss`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { link, restart, server, client, lite, controlling } = connect({ seed, lossRate, delayMs: 40 });
      link.run(20_000);
      client.address = away;
      const before = server.events.length;
      restart();
      link.run(10_000);
      assert.deepEqual(typesOf(server.events.slice(before)), ["validated", "selected", "retired"], `seed ${seed}`);
      assert.deepEqual(server.events.findLast(({ event }) => event.type === "selected")?.event, {
        type: "selected",
        address: away,
      });
      assert.deepEqual([lite.localUfrags, controlling.localUfrags], [[SERVER_2.ufrag], [CLIENT_2.ufrag]]);
      link.run(300_000);
      assert.equal(typesOf([...server.events, ...client.events]).includes("failed"), false, `seed ${seed}`);
    }
  });
}

test("a client that cannot reach anybody after its restart gives up, as at the beginning", () => {
  const { link, restart, client } = connect();
  link.run(5_000);
  link.lossRate = 1;
  restart();
  link.run(29_900);
  assert.equal(typesOf(client.events).includes("failed"), false);
  link.run(200);
  assert.deepEqual(client.events.at(-1)?.event, { type: "failed", reason: "connectTimeout" });
});

test("a client that waits for the answer to its restart goes on with what it has", () => {
  const { link, lite, controlling, server } = connect();
  link.run(5_000);
  controlling.restart(CLIENT_2, undefined, link.now);
  assert.deepEqual(controlling.localUfrags, [CLIENT.ufrag, CLIENT_2.ufrag]);
  const before = server.events.length;
  link.run(60_000);
  assert.deepEqual(typesOf(server.events.slice(before)), []);
  lite.restart(SERVER_2, CLIENT_2, link.now);
  controlling.setRemote(SERVER_2, [], link.now);
  link.run(1_000);
  assert.deepEqual(typesOf(server.events.slice(before)), ["retired"]);
});
