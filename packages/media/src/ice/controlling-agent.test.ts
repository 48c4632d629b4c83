import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isIntegrityValid } from "../stun/message-integrity.js";
import type { StunAttributes, StunClass, StunMessage } from "../stun/stun-message.js";
import { parseStun } from "../stun/stun-parser.js";
import { serializeStun } from "../stun/stun-serializer.js";
import { after, type Instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import { candidatePriority } from "./candidate.js";
import { IceControllingAgent } from "./controlling-agent.js";
import type { StunTransmit } from "./ice-agent.js";
import type { IceConstants } from "./ice-constants.js";
import { address, CLIENT, candidate, drain, SERVER, t0, testCrypto } from "./virtual-link.test.js";

const crypto = testCrypto(7);
const serverKey = new TextEncoder().encode(SERVER.pwd);
const clientKey = new TextEncoder().encode(CLIENT.pwd);
const remote = address("192.0.2.1", 7_882);

function createAgent(candidates = [candidate(remote)], constants: Partial<IceConstants> = {}): IceControllingAgent {
  const agent = new IceControllingAgent({ local: CLIENT, crypto, now: t0, constants });
  agent.setRemote(SERVER, candidates, t0);
  return agent;
}

const transmitsOf = (agent: IceControllingAgent) => drain(() => agent.pollTransmit());
const eventsOf = (agent: IceControllingAgent) => drain(() => agent.pollEvent());

function parseValid(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  assert.ok(message);
  return message;
}

/** Runs every deadline up to `end` and gives what was sent when. */
function runUntil(agent: IceControllingAgent, end: Instant): { readonly atMs: number; readonly transmit: StunTransmit }[] {
  const sent = transmitsOf(agent).map((transmit) => ({ atMs: 0, transmit }));
  for (let due = agent.pollTimeout(); due !== undefined && due <= end; due = agent.pollTimeout()) {
    agent.handleTimeout(due);
    const atMs = (due - t0) / 1000;
    sent.push(...transmitsOf(agent).map((transmit) => ({ atMs, transmit })));
  }
  return sent;
}

interface Answer {
  readonly class?: StunClass;
  readonly attributes?: StunAttributes;
  readonly key?: Uint8Array;
  readonly source?: TransportAddress;
  readonly isSigned?: boolean;
}

/** Answers a check of the agent's as the server would, or wrongly. */
function answer(agent: IceControllingAgent, check: StunTransmit, now: Instant, wrong: Answer = {}): void {
  const { transactionId } = parseValid(check.data);
  const attributes = wrong.attributes ?? { xorMappedAddress: address("198.51.100.7", 40_000) };
  const content = { class: wrong.class ?? "success", method: 1, transactionId, attributes } as const;
  const bytes = serializeStun(content, wrong.isSigned === false ? undefined : { key: wrong.key ?? serverKey, crypto });
  agent.handleStun(bytes, wrong.source ?? check.destination, now);
}

/** A check by a full peer. */
function incoming(attributes: StunAttributes = {}, key = clientKey): Uint8Array {
  const username = `${CLIENT.ufrag}:${SERVER.ufrag}`;
  const content = { username, priority: 1_000, iceControlled: 1n, ...attributes };
  return serializeStun(
    { class: "request", method: 1, transactionId: crypto.randomBytes(12), attributes: content },
    { key, crypto },
  );
}

/** Answers the check and the nomination. */
function select(agent: IceControllingAgent, now: Instant = t0): void {
  for (let round = 0; round < 2; round++) for (const check of transmitsOf(agent)) answer(agent, check, now);
  assert.ok(eventsOf(agent).some(({ type }) => type === "selected"));
}

test("[RFC8445 §7.1, §7.2.2] a check carries USERNAME, PRIORITY, ICE-CONTROLLING, the peer's integrity, and no nomination yet", () => {
  const [check] = transmitsOf(createAgent());
  assert.ok(check);
  const message = parseValid(check.data);
  assert.equal(message.attributes.username, `${SERVER.ufrag}:${CLIENT.ufrag}`);
  assert.equal(message.attributes.priority, candidatePriority("prflx", 65_535));
  assert.equal(typeof message.attributes.iceControlling, "bigint");
  assert.equal(message.attributes.useCandidate, undefined);
  assert.ok(message.hasFingerprint);
  assert.ok(isIntegrityValid(check.data, message, serverKey, crypto));
});

test("[RFC8445 §8.1.1] regular nomination: USE-CANDIDATE only on a pair that has answered, selected when that is answered too", () => {
  const agent = createAgent();
  const [check] = transmitsOf(agent);
  assert.ok(check);
  answer(agent, check, t0);
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: remote }]);
  const [nomination] = transmitsOf(agent);
  assert.ok(nomination);
  assert.equal(parseValid(nomination.data).attributes.useCandidate, true);
  answer(agent, nomination, t0);
  assert.deepEqual(eventsOf(agent), [{ type: "selected", address: remote }]);
});

test("[RFC8445 §14.2] the first checks of a list start one Ta apart, best first, however they come", () => {
  const agent = createAgent([]);
  for (const priority of [10, 30, 20])
    agent.addRemoteCandidate(candidate(address("192.0.2.1", 1_000 + priority), priority), t0);
  const starts = new Map<number, number>();
  for (const { atMs, transmit } of runUntil(agent, after(t0, 150))) {
    if (!starts.has(transmit.destination.port)) starts.set(transmit.destination.port, atMs);
  }
  // The first one was alone when it came.
  assert.deepEqual(
    [...starts],
    [
      [1_010, 0],
      [1_030, 50],
      [1_020, 100],
    ],
  );
});

test("[RFC8489 §6.2.1] one check: seven transmissions, RTO doubling from 100 ms, given up 16 RTO after the last", () => {
  const sent = runUntil(createAgent(), after(t0, 7_900));
  const times = sent.map(({ atMs }) => atMs);
  assert.deepEqual(times, [0, 100, 300, 700, 1_500, 3_100, 6_300, 7_900]);
  const ids = new Set(sent.map(({ transmit }) => Buffer.from(parseValid(transmit.data).transactionId).toString("hex")));
  assert.equal(ids.size, 2, "nothing is selected yet, so a new check follows");
});

test("[RFC8445 §7.2.5.2.1] an answer from another address than the check went to, or to no check of ours, is dropped", () => {
  const agent = createAgent();
  const [check] = transmitsOf(agent);
  assert.ok(check);
  answer(agent, check, t0, { source: address("203.0.113.66") });
  answer(agent, { destination: remote, data: incoming() }, t0);
  assert.deepEqual(eventsOf(agent), []);
  assert.equal(agent.counters.unmatched, 2);
  answer(agent, check, t0);
  answer(agent, check, t0);
  assert.equal(agent.counters.unmatched, 3, "a second answer to the same check");
});

test("[RFC8489 §9.1.4] an answer without the peer's integrity changes nothing: the true one still counts", () => {
  const agent = createAgent();
  const [check] = transmitsOf(agent);
  assert.ok(check);
  answer(agent, check, t0, { key: clientKey });
  answer(agent, check, t0, { isSigned: false });
  answer(agent, check, t0, { isSigned: false, class: "error", attributes: { errorCode: { code: 487, reason: "" } } });
  assert.equal(agent.counters.wrongIntegrity, 3);
  assert.equal(agent.role, "controlling");
  assert.deepEqual(eventsOf(agent), []);
  answer(agent, check, t0);
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: remote }]);
});

test("[RFC7675 §5.1] consent checks: new ids, 4–6 s apart and not regular, with the nomination repeated", () => {
  const agent = createAgent();
  select(agent);
  let now = t0;
  const gaps: number[] = [];
  const ids = new Set<string>();
  for (let round = 0; round < 100; round++) {
    const due = agent.pollTimeout();
    assert.ok(due !== undefined);
    agent.handleTimeout(due);
    const [check, ...more] = transmitsOf(agent);
    assert.ok(check);
    assert.deepEqual(more, []);
    const message = parseValid(check.data);
    assert.equal(message.attributes.useCandidate, true);
    ids.add(Buffer.from(message.transactionId).toString("hex"));
    gaps.push((due - now) / 1000);
    answer(agent, check, due);
    now = due;
  }
  assert.equal(ids.size, 100);
  assert.ok(gaps.every((gap) => gap >= 4_000 && gap <= 6_000));
  assert.ok(Math.max(...gaps) - Math.min(...gaps) > 1_500);
  assert.deepEqual(eventsOf(agent), []);
});

test("[RFC8489 §6.2.1] an unanswered consent check is repeated after 0.5, 1 and 2 s, and a late answer still counts", () => {
  const agent = createAgent();
  select(agent);
  const due = agent.pollTimeout();
  assert.ok(due !== undefined);
  agent.handleTimeout(due);
  const [check] = transmitsOf(agent);
  assert.ok(check);
  const sent = runUntil(agent, after(due, 3_999));
  assert.deepEqual(
    sent.map(({ atMs }) => atMs - (due - t0) / 1000),
    [500, 1_500, 3_500],
  );
  for (const { transmit } of sent) assert.deepEqual(transmit.data, check.data);
  runUntil(agent, after(t0, 29_000));
  answer(agent, check, after(t0, 29_000));
  runUntil(agent, after(t0, 58_000));
  assert.deepEqual(eventsOf(agent), []);
});

test("a nomination ends every repetition of an older one", () => {
  const agent = createAgent([candidate(remote, 1)]);
  select(agent);
  const consentAt = agent.pollTimeout();
  assert.ok(consentAt !== undefined);
  agent.handleTimeout(consentAt);
  transmitsOf(agent);
  const better = address("192.0.2.2");
  agent.addRemoteCandidate(candidate(better, 2), consentAt);
  for (const check of transmitsOf(agent)) answer(agent, check, consentAt);
  const nominated = runUntil(agent, after(consentAt, 3_900)).filter(
    ({ transmit }) => parseValid(transmit.data).attributes.useCandidate,
  );
  assert.ok(nominated.length > 1);
  for (const { transmit } of nominated) assert.deepEqual(transmit.destination, better);
});

test("[RFC7675 §5.1] consent expires 30 s after the last authentic answer, whatever else arrives", () => {
  const agent = createAgent();
  select(agent);
  for (let due = agent.pollTimeout(); due !== undefined; due = agent.pollTimeout()) {
    agent.handleTimeout(due);
    for (const check of transmitsOf(agent)) {
      answer(agent, check, due, { isSigned: false });
      answer(agent, check, due, { class: "error", attributes: { errorCode: { code: 400, reason: "" } } });
    }
    agent.handleStun(incoming({}, serverKey), remote, due);
    const failure = eventsOf(agent).find(({ type }) => type === "failed");
    if (failure === undefined) continue;
    assert.deepEqual(failure, { type: "failed", reason: "consentExpired" });
    assert.equal(due, after(t0, 30_000));
    return;
  }
  assert.fail("consent never expired");
});

test("[RFC8445 §7.3.1.3] a check by a full peer from an unknown address is answered, and that address checked in turn", () => {
  const agent = createAgent([]);
  const reflexive = address("203.0.113.5", 9_000);
  agent.handleStun(incoming(), reflexive, t0);
  const [reply, check] = transmitsOf(agent);
  assert.ok(reply && check);
  assert.equal(parseValid(reply.data).class, "success");
  assert.ok(isIntegrityValid(reply.data, parseValid(reply.data), clientKey, crypto));
  assert.equal(parseValid(check.data).class, "request");
  assert.deepEqual(check.destination, reflexive);
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: reflexive }]);
});

test("[attack 10] requests that are not authentic are neither answered nor learnt from", () => {
  const agent = createAgent([]);
  const stranger = address("203.0.113.66");
  for (const bytes of [
    incoming({}, serverKey),
    incoming({ username: `${CLIENT.ufrag}:other` }),
    incoming().subarray(8),
    new Uint8Array(3),
  ]) {
    agent.handleStun(bytes, stranger, t0);
  }
  assert.deepEqual(transmitsOf(agent), []);
  assert.deepEqual(eventsOf(agent), []);
});

test("[attack 11] [RFC8445 §7.3.1.1] a peer that controls too: 487 when our tie-breaker is the larger, else we change roles", () => {
  const agent = createAgent();
  transmitsOf(agent);
  agent.handleStun(serializeControlling(0n), remote, t0);
  assert.equal(parseValid(transmitsOf(agent)[0]?.data ?? new Uint8Array()).attributes.errorCode?.code, 487);
  assert.equal(agent.role, "controlling");
  agent.handleStun(serializeControlling(2n ** 64n - 1n), remote, t0);
  assert.equal(parseValid(transmitsOf(agent)[0]?.data ?? new Uint8Array()).class, "success");
  assert.equal(agent.role, "controlled");
});

/** A check by a full peer that takes itself for controlling. */
function serializeControlling(tieBreaker: bigint): Uint8Array {
  const attributes = { username: `${CLIENT.ufrag}:${SERVER.ufrag}`, priority: 1, iceControlling: tieBreaker };
  return serializeStun(
    { class: "request", method: 1, transactionId: crypto.randomBytes(12), attributes },
    { key: clientKey, crypto },
  );
}

test("[attack 11] [RFC8445 §7.2.5.1] an authentic 487 makes us controlled, and the check is repeated in that role", () => {
  const agent = createAgent();
  const [check] = transmitsOf(agent);
  assert.ok(check);
  answer(agent, check, t0, { class: "error", attributes: { errorCode: { code: 487, reason: "Role Conflict" } } });
  assert.equal(agent.role, "controlled");
  const again = runUntil(agent, after(t0, 50)).at(-1);
  assert.ok(again);
  const { iceControlled, iceControlling } = parseValid(again.transmit.data).attributes;
  assert.deepEqual([typeof iceControlled, iceControlling], ["bigint", undefined]);
});

test("two checks refused for one conflict of roles change the role once", () => {
  const agent = createAgent([candidate(remote), candidate(address("192.0.2.2"))]);
  const checks = runUntil(agent, after(t0, 50)).map(({ transmit }) => transmit);
  assert.equal(checks.length, 2);
  const refusal: Answer = { class: "error", attributes: { errorCode: { code: 487, reason: "Role Conflict" } } };
  for (const check of checks) answer(agent, check, after(t0, 50), refusal);
  assert.equal(agent.role, "controlled");
});

test("[attack 10] a flood of candidates: 32 pairs are kept, the best ones, and the selected one always", () => {
  const agent = createAgent([candidate(remote, 1)]);
  select(agent);
  for (let index = 0; index < 500; index++)
    agent.addRemoteCandidate(candidate(address("203.0.113.1", 1_000 + index), 10 + index), t0);
  const destinations = new Set(runUntil(agent, after(t0, 7_000)).map(({ transmit }) => transmit.destination.port));
  assert.ok(destinations.delete(remote.port), "consent checks go on");
  // The last 31 are checked; of the flood some may have had their first turn before better ones displaced them.
  for (let index = 469; index < 500; index++) assert.ok(destinations.delete(1_000 + index));
  assert.ok(destinations.size <= 1);
  agent.addRemoteCandidate(candidate(address("203.0.113.9"), 5), after(t0, 7_000));
  assert.ok(
    runUntil(agent, after(t0, 7_500)).every(({ transmit }) => transmit.destination.ip !== "203.0.113.9"),
    "worse than all",
  );
  for (let index = 0; index < 500; index++) agent.handleStun(incoming(), address("203.0.113.2", 1_000 + index), t0);
  transmitsOf(agent);
  const live = new Set<string>();
  for (const event of eventsOf(agent)) {
    assert.notEqual(event.type, "failed");
    if (event.type === "validated") live.add(`${event.address.port}`);
    if (event.type === "forgotten") live.delete(`${event.address.port}`);
  }
  assert.ok(live.size <= 32);
});

test("the same candidate twice is one pair, and calling setRemote again changes nothing", () => {
  const agent = createAgent([candidate(remote), candidate(remote)]);
  assert.equal(transmitsOf(agent).length, 1);
  agent.setRemote(SERVER, [candidate(remote)], t0);
  agent.handleTimeout(after(t0, 60));
  assert.equal(transmitsOf(agent).length, 0);
});

test("malformed credentials are refused", () => {
  const agent = createAgent();
  assert.throws(() => agent.setRemote({ ufrag: "x", pwd: SERVER.pwd }, [], t0), RangeError);
  assert.throws(
    () => new IceControllingAgent({ local: { ufrag: "é".repeat(8), pwd: SERVER.pwd }, crypto, now: t0 }),
    RangeError,
  );
});

test("fuzz: mutated answers and random datagrams never throw and never validate", () => {
  const mutation = fc.record({ position: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
  const junk = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), junk, (mutations, bytes) => {
      const agent = createAgent();
      const [check] = transmitsOf(agent);
      assert.ok(check);
      const { transactionId } = parseValid(check.data);
      const reply = serializeStun({ class: "success", method: 1, transactionId, attributes: {} }, { key: serverKey, crypto });
      const signed = reply.slice(0, reply.length - 8);
      for (const { position, value } of mutations) {
        const index = position % signed.length;
        reply[index] = (reply[index] as number) ^ value;
      }
      fc.pre(signed.some((byte, index) => byte !== reply[index]));
      agent.handleStun(reply, remote, t0);
      agent.handleStun(bytes, remote, t0);
      assert.deepEqual(eventsOf(agent), []);
    }),
    { numRuns: 2_000 },
  );
});

test("[RFC6544 §4.5] candidates over TCP are not checked by UDP", () => {
  const agent = createAgent([{ ...candidate(remote), tcpType: "passive" }]);
  assert.deepEqual(runUntil(agent, after(t0, 1_000)), []);
});
