/** Both roles against each other, over a bad network, in virtual time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TransportAddress } from "../transport/transport-address.js";
import { IceControllingAgent } from "./controlling-agent.js";
import type { IceEvent } from "./ice-agent.js";
import { IceLiteAgent } from "./lite-agent.js";
import { address, CLIENT, candidate, SERVER, t0, testCrypto, VirtualLink } from "./virtual-link.test.js";

const clientAddress = address("198.51.100.7", 40_000);
const serverAddress = address("192.0.2.1", 7_882);
const secondAddress = address("2001:db8::1", 7_882);

type LinkOptions = ConstructorParameters<typeof VirtualLink>[0] & { seed?: number };
type Endpoint = ReturnType<VirtualLink["attach"]>;

/** A lite server at these addresses (one agent: one socket per family, one Transport) and a client that knows them all. */
function connect(options: LinkOptions = {}, candidates = [candidate(serverAddress)]) {
  const crypto = testCrypto(options.seed ?? 1);
  const link = new VirtualLink(options);
  const lite = new IceLiteAgent({ local: SERVER, crypto, now: t0 });
  lite.setRemote(CLIENT, [], t0);
  const controlling = new IceControllingAgent({ local: CLIENT, crypto, now: t0 });
  controlling.setRemote(SERVER, candidates, t0);
  const server = link.attach(serverAddress, lite);
  const client = link.attach(clientAddress, controlling);
  return { crypto, link, lite, controlling, server, client };
}

function selectedBy({ events }: Endpoint): TransportAddress | undefined {
  const last = events.findLast(({ event }) => event.type === "selected")?.event;
  return last?.type === "selected" ? last.address : undefined;
}

const failures = ({ events }: Endpoint): IceEvent[] => events.map(({ event }) => event).filter(({ type }) => type === "failed");

test("on a good network both have selected each other after two round trips", () => {
  const { link, server, client } = connect({ delayMs: 20 });
  link.run(79);
  assert.equal(selectedBy(client), undefined);
  link.run(1);
  assert.deepEqual(selectedBy(client), serverAddress);
  assert.deepEqual(selectedBy(server), clientAddress);
  assert.deepEqual(
    client.events.map(({ event }) => event.type),
    ["validated", "selected"],
  );
});

for (const lossRate of [0.05, 0.2, 0.5]) {
  test(`connects and stays connected for ten minutes with ${lossRate * 100} % loss and reordering`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { link, server, client } = connect({ seed, lossRate, delayMs: 40, jitterMs: 60 });
      link.run(25_000);
      assert.deepEqual(selectedBy(client), serverAddress, `seed ${seed}`);
      assert.deepEqual(selectedBy(server), clientAddress, `seed ${seed}`);
      // At 50 % each way only a quarter of the consent checks is answered, and a row of six lost is no rarity.
      if (lossRate === 0.5) continue;
      link.run(575_000);
      assert.deepEqual([...failures(client), ...failures(server)], [], `seed ${seed}`);
    }
  });
}

test("[RFC7675 §5.1] when the network goes away both ends notice after 30 s, and say nothing more", () => {
  const { link, server, client } = connect();
  link.run(10_000);
  link.lossRate = 1;
  link.run(31_000);
  assert.deepEqual(failures(client), [{ type: "failed", reason: "consentExpired" }]);
  assert.deepEqual(failures(server), [{ type: "failed", reason: "consentExpired" }]);
  const sent = client.sent.length;
  link.run(60_000);
  assert.equal(client.sent.length, sent);
});

test("an outage of 20 s is survived", () => {
  const { link, server, client } = connect();
  link.run(10_000);
  link.lossRate = 1;
  link.run(20_000);
  link.lossRate = 0;
  link.run(60_000);
  assert.deepEqual([...failures(client), ...failures(server)], []);
});

test("a server that is not there: connectTimeout after 30 s", () => {
  const { link, client, server } = connect({ lossRate: 1 });
  link.run(29_999);
  assert.deepEqual(failures(client), []);
  link.run(1);
  assert.deepEqual(failures(client), [{ type: "failed", reason: "connectTimeout" }]);
  assert.deepEqual(failures(server), [{ type: "failed", reason: "connectTimeout" }]);
});

test("a NAT that rebinds: the next consent check moves the server to the new address", () => {
  const { link, server, client } = connect();
  link.run(10_000);
  client.address = address("198.51.100.7", 40_001);
  link.run(7_000);
  assert.deepEqual(selectedBy(server), client.address);
  assert.deepEqual(selectedBy(client), serverAddress);
  assert.deepEqual([...failures(client), ...failures(server)], []);
});

test("the best candidate that answers is nominated, and the server is told", () => {
  const candidates = [
    candidate(secondAddress, 2_000),
    candidate(serverAddress, 1_000),
    candidate(address("192.0.2.99"), 3_000),
  ];
  const { link, lite, server, client } = connect({}, candidates);
  const second = link.attach(secondAddress, lite);
  link.run(1_000);
  assert.deepEqual(selectedBy(client), secondAddress);
  assert.deepEqual(selectedBy(server) ?? selectedBy(second), clientAddress);
  const nominatedAtMs = client.events.find(({ event }) => event.type === "selected")?.atMs ?? 0;
  assert.ok(nominatedAtMs < 400, "the dead candidate may hold it up for 200 ms, not more");
});

test("live migration: a better candidate that is trickled is nominated two round trips later, and the old node may be dead", () => {
  const { crypto, link, controlling, server, client } = connect({ delayMs: 20 });
  link.run(10_000);
  // The new node takes over with the same credentials.
  const moved = new IceLiteAgent({ local: SERVER, crypto, now: link.now });
  moved.setRemote(CLIENT, [], link.now);
  const next = link.attach(secondAddress, moved);
  link.detach(server);
  const startMs = link.nowMs;
  controlling.addRemoteCandidate(candidate(secondAddress, 2_100_000_000), link.now);
  link.run(80);
  assert.deepEqual(selectedBy(client), secondAddress);
  assert.deepEqual(selectedBy(next), clientAddress);
  assert.deepEqual(
    client.events.filter(({ atMs }) => atMs > startMs).map(({ event }) => event.type),
    ["validated", "selected"],
  );
  link.run(120_000);
  assert.deepEqual(failures(client), []);
  assert.deepEqual(client.events.at(-1)?.event, { type: "forgotten", address: serverAddress });
});

test("a worse candidate that is trickled is validated, but not nominated", () => {
  const { link, lite, controlling, client } = connect();
  link.run(1_000);
  link.attach(secondAddress, lite);
  controlling.addRemoteCandidate(candidate(secondAddress, 1), link.now);
  link.run(60_000);
  assert.deepEqual(selectedBy(client), serverAddress);
  assert.ok(client.events.some(({ event }) => event.type === "validated" && event.address.family === "IPv6"));
});

test("when consent for the selected pair is gone, another pair that still answers takes over", () => {
  const candidates = [candidate(serverAddress, 2_000), candidate(secondAddress, 1_000)];
  const { crypto, link, server, client } = connect({}, candidates);
  const spare = new IceLiteAgent({ local: SERVER, crypto, now: t0 });
  const second = link.attach(secondAddress, spare);
  link.run(10_000);
  assert.deepEqual(selectedBy(client), serverAddress);
  link.detach(server);
  link.run(40_000);
  assert.deepEqual(selectedBy(client), secondAddress);
  assert.deepEqual(failures(client), []);
  assert.deepEqual(selectedBy(second), clientAddress);
});

test("[attack 11] role conflict: two controlling agents agree on one, whichever tie-breaker is larger, and connect", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const link = new VirtualLink({ seed, lossRate: 0.2, jitterMs: 30 });
    const crypto = testCrypto(seed);
    const left = new IceControllingAgent({ local: CLIENT, crypto, now: t0 });
    const right = new IceControllingAgent({ local: SERVER, crypto, now: t0 });
    left.setRemote(SERVER, [candidate(serverAddress)], t0);
    right.setRemote(CLIENT, seed % 2 === 0 ? [candidate(clientAddress)] : [], t0);
    const ends = [link.attach(clientAddress, left), link.attach(serverAddress, right)] as const;
    link.run(25_000);
    assert.deepEqual([left.role, right.role].sort(), ["controlled", "controlling"], `seed ${seed}`);
    assert.deepEqual(ends.map(selectedBy), [serverAddress, clientAddress], `seed ${seed}`);
    link.run(300_000);
    assert.deepEqual(ends.flatMap(failures), [], `seed ${seed}`);
  }
});

test("[attack 11] ICE restart: the new pair of agents connects beside the old one, whose checks mean nothing to it", () => {
  const { crypto, link, server, client } = connect();
  link.run(5_000);
  const freshServer = { ufrag: "freshServer", pwd: "freshPasswordOf24Charsss" };
  const freshClient = { ufrag: "freshClient", pwd: "freshPasswordOf24Charsss" };
  link.detach(server);
  const lite = new IceLiteAgent({ local: freshServer, crypto, now: link.now });
  lite.setRemote(freshClient, [], link.now);
  const next = link.attach(serverAddress, lite);
  const controlling = new IceControllingAgent({ local: freshClient, crypto, now: link.now });
  controlling.setRemote(freshServer, [candidate(serverAddress)], link.now);
  const mover = link.attach(address("198.51.100.7", 41_000), controlling);
  link.run(40_000);
  assert.deepEqual(selectedBy(mover), serverAddress);
  assert.deepEqual(selectedBy(next), mover.address);
  assert.ok(lite.counters.wrongUsername > 0);
  assert.deepEqual(failures(client), [{ type: "failed", reason: "consentExpired" }]);
});

test("the peer's credentials changed (it restarted and kept its address): checks go on with the new ones", () => {
  const { crypto, link, controlling, server, client } = connect();
  link.run(5_000);
  const fresh = { ufrag: "freshServer", pwd: "freshPasswordOf24Charsss" };
  link.detach(server);
  const lite = new IceLiteAgent({ local: fresh, crypto, now: link.now });
  const next = link.attach(serverAddress, lite);
  controlling.setRemote(fresh, [], link.now);
  link.run(60_000);
  assert.deepEqual(selectedBy(next), clientAddress);
  assert.deepEqual(failures(client), []);
});
