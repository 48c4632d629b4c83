import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type DtlsRole, type DtlsSession, instant } from "@sluice/media";
import { createDtlsPort } from "./dtls-port.js";
import { RECORD_HEADER_BYTES, recordLength } from "./dtls-records.js";

const now = instant(0);
const port = createDtlsPort();
after(() => port.close());

/** mulberry32: small, seeded, good enough to mutate with. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof createRandom>;

const MUTATIONS: readonly ((datagram: Uint8Array, random: Random) => Uint8Array)[] = [
  (datagram) => datagram,
  function flipBits(datagram, random) {
    const mutated = Uint8Array.from(datagram);
    for (let i = 1 + random(4); i > 0; i--) {
      const offset = random(mutated.length);
      mutated[offset] = (mutated[offset] ?? 0) ^ (1 << random(8));
    }
    return mutated;
  },
  /** The lengths, offsets and types are where parsers break. */
  function rewriteHeaders(datagram, random) {
    const mutated = Uint8Array.from(datagram);
    let offset = 0;
    for (let length = recordLength(datagram, 0); length !== undefined; length = recordLength(datagram, offset)) {
      const field = offset + random(RECORD_HEADER_BYTES + 12);
      if (random(2) === 0 && field < mutated.length) mutated[field] = [0, 1, 0x7f, 0x80, 0xff][random(5)] ?? 0;
      offset += length;
    }
    return mutated;
  },
  /** A record whose length says what was cut off, so that it gets past the record layer. */
  function shortenRecord(datagram, random) {
    const mutated = datagram.slice(0, RECORD_HEADER_BYTES + random(Math.max(datagram.length - RECORD_HEADER_BYTES, 1)));
    const body = Math.max(mutated.length - RECORD_HEADER_BYTES, 0);
    mutated.set([body >> 8, body & 0xff].slice(0, Math.max(mutated.length - 11, 0)), Math.min(11, mutated.length));
    return mutated;
  },
  (datagram, random) => datagram.slice(0, random(datagram.length)),
  (datagram, random) =>
    Uint8Array.from({ length: random(1500) }, (_, i) => (i < random(14) ? (datagram[i] ?? 0) : random(256))),
  (datagram) => Buffer.concat([datagram, datagram]),
];

function eventTypes(session: DtlsSession): string[] {
  const types: string[] = [];
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) types.push(event.type);
  return types;
}

/** One handshake over a network that mutates one datagram in `oneIn`, and then junk. What the two ends said. */
function converse(random: Random, oneIn: number): Record<DtlsRole, string[]> {
  const remoteFingerprints = [port.fingerprint];
  const server = port.createSession({ role: "server", remoteFingerprints }, now);
  const client = port.createSession({ role: "client", remoteFingerprints }, now);
  const deliver = (from: DtlsSession, to: DtlsSession) => {
    for (let datagram = from.pollDatagram(); datagram !== undefined; datagram = from.pollDatagram()) {
      const mutate = random(oneIn) === 0 ? MUTATIONS[random(MUTATIONS.length)] : undefined;
      to.handleDatagram(mutate === undefined ? datagram : mutate(datagram, random), now);
      if (random(8) === 0) to.handleDatagram(datagram, now);
      if (random(8) === 0) to.handleTimeout(now);
    }
  };
  for (let round = 0; round < 5; round++) {
    deliver(client, server);
    deliver(server, client);
    client.send(Uint8Array.of(round));
    server.send(Uint8Array.of(round));
  }
  const said = { client: eventTypes(client), server: eventTypes(server) };
  client.close();
  server.close();
  return said;
}

const LAWFUL = /^(connected(,data)*)?(,?closed)?$/;

test("two thousand handshakes with mutated, truncated, doubled and random datagrams: no throw, no crash, no growth", () => {
  const random = createRandom(0x51);
  const outcomes = { connected: 0, closed: 0, neither: 0 };
  let settledBytes = 0;
  for (let run = 0; run < 2000; run++) {
    const said = converse(random, 1 + (run % 4));
    for (const types of [said.client, said.server]) {
      assert.match(types.join(","), LAWFUL, "connected first, then data, closed last, each of the outer two once");
      if (types.includes("connected")) outcomes.connected += 1;
      else if (types.includes("closed")) outcomes.closed += 1;
      else outcomes.neither += 1;
    }
    if (run === 300) settledBytes = process.memoryUsage.rss();
  }
  for (const [outcome, count] of Object.entries(outcomes))
    assert.ok(count > 200, `${outcome}: ${count}, the mutations miss it`);
  const grownBytes = process.memoryUsage.rss() - settledBytes;
  // 3400 leaked sessions would be 190 MB.
  assert.ok(grownBytes < 40_000_000, `grew by ${grownBytes} bytes`);
});

test("thirty thousand junk datagrams at one connected session, which goes on", () => {
  const random = createRandom(0x52);
  const remoteFingerprints = [port.fingerprint];
  const server = port.createSession({ role: "server", remoteFingerprints }, now);
  const client = port.createSession({ role: "client", remoteFingerprints }, now);
  const seen: Uint8Array[] = [];
  const deliver = (from: DtlsSession, to: DtlsSession) => {
    for (let datagram = from.pollDatagram(); datagram !== undefined; datagram = from.pollDatagram()) {
      seen.push(datagram);
      to.handleDatagram(datagram, now);
    }
  };
  for (let round = 0; round < 3; round++) {
    deliver(client, server);
    deliver(server, client);
  }
  client.send(Buffer.from("before"));
  deliver(client, server);
  assert.deepEqual(eventTypes(server), ["connected", "data"]);
  const settledBytes = process.memoryUsage.rss();
  for (let i = 0; i < 30_000; i++) {
    const mutate = MUTATIONS[i % MUTATIONS.length];
    const datagram = seen[random(seen.length)];
    assert.ok(mutate !== undefined && datagram !== undefined);
    const mutated = mutate(datagram, random);
    if (random(2) === 0 && mutated.length > 4) mutated.set([0, 1], 3);
    server.handleDatagram(mutated, now);
    while (server.pollDatagram() !== undefined);
  }
  client.send(Buffer.from("after"));
  deliver(client, server);
  assert.deepEqual(eventTypes(server), ["data"]);
  const grownBytes = process.memoryUsage.rss() - settledBytes;
  assert.ok(grownBytes < 30_000_000, `grew by ${grownBytes} bytes`);
  client.close();
  server.close();
});

test("handshake messages that never complete: what a peer can make us keep is bounded, and freed", () => {
  /** First fragments of ten messages of 16 KB each, and early records: the dearest that may be sent without any secret. */
  const attack = (session: DtlsSession) => {
    for (let message = 0; message < 10; message++) {
      for (let offset = 0; offset < 16_000; offset += 1000) {
        const uint24 = (value: number) => [value >> 16, (value >> 8) & 0xff, value & 0xff];
        const body = [1, ...uint24(16_384), 0, message, ...uint24(offset), ...uint24(1000), ...new Array<number>(1000).fill(0)];
        const header = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, message, offset / 1000, body.length >> 8, body.length & 0xff];
        session.handleDatagram(Uint8Array.from([...header, ...body]), now);
      }
      session.handleDatagram(
        Uint8Array.from([22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, message, 0, 40, ...new Array(40).fill(1)]),
        now,
      );
    }
  };
  const attackAtOnce = (count: number): number => {
    const before = process.memoryUsage.rss();
    const sessions = Array.from({ length: count }, () => port.createSession({ role: "server", remoteFingerprints: [] }, now));
    for (const session of sessions) attack(session);
    const grownBytes = process.memoryUsage.rss() - before;
    for (const session of sessions) session.close();
    return grownBytes;
  };
  attackAtOnce(20);
  assert.ok(attackAtOnce(60) / 60 < 500_000, "bytes per attacked session");
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 10; round++) attackAtOnce(30);
  const grownBytes = process.memoryUsage.rss() - before;
  assert.ok(grownBytes < 40_000_000, `grew by ${grownBytes} bytes`);
});
