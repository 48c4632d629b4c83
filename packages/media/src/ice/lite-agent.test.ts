import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isIntegrityValid } from "../stun/message-integrity.js";
import type { StunAttributes, StunMessage } from "../stun/stun-message.js";
import { parseStun } from "../stun/stun-parser.js";
import { serializeStun } from "../stun/stun-serializer.js";
import { after, type Instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import { IceLiteAgent } from "./lite-agent.js";
import { address, CLIENT, drain, SERVER, t0, testCrypto } from "./virtual-link.test.js";

const crypto = testCrypto(1);
const key = new TextEncoder().encode(SERVER.pwd);
const home = address("192.0.2.10");
const other = address("2001:db8::10");

function createAgent({ isRemoteKnown = true } = {}): IceLiteAgent {
  const agent = new IceLiteAgent({ local: SERVER, crypto, now: t0 });
  if (isRemoteKnown) agent.setRemote(CLIENT, [], t0);
  return agent;
}

function check(attributes: StunAttributes = {}, pwd = SERVER.pwd): Uint8Array {
  const username = `${SERVER.ufrag}:${CLIENT.ufrag}`;
  const content = { username, priority: 1, iceControlling: 5n, ...attributes };
  const transactionId = crypto.randomBytes(12);
  return serializeStun(
    { class: "request", method: 1, transactionId, attributes: content },
    { key: new TextEncoder().encode(pwd), crypto },
  );
}

const nomination = () => check({ useCandidate: true });

/** Hands a message in and gives the answer, which must be signed and go back where the message came from. */
function answerTo(
  agent: IceLiteAgent,
  bytes: Uint8Array,
  source: TransportAddress,
  now: Instant = t0,
): StunMessage | undefined {
  agent.handleStun(bytes, source, now);
  const transmits = drain(() => agent.pollTransmit());
  assert.ok(transmits.length <= 1);
  const [transmit] = transmits;
  if (transmit === undefined) return undefined;
  assert.deepEqual(transmit.destination, source);
  const answer = parseStun(transmit.data);
  assert.ok(answer && isIntegrityValid(transmit.data, answer, key, crypto));
  assert.deepEqual(answer.transactionId, parseStun(bytes)?.transactionId);
  return answer;
}

const eventsOf = (agent: IceLiteAgent) => drain(() => agent.pollEvent());

test("[RFC8445 §7.3.1.2] answers an authentic check with its source address, signed", () => {
  const agent = createAgent();
  for (const source of [home, other]) {
    const answer = answerTo(agent, check(), source);
    assert.equal(answer?.class, "success");
    assert.deepEqual(answer.attributes.xorMappedAddress, source);
  }
  assert.equal(agent.counters.answered, 2);
});

test("the first validated address is selected; a later one only when it is nominated, and the latest nomination wins", () => {
  const agent = createAgent();
  answerTo(agent, check(), home);
  assert.deepEqual(eventsOf(agent), [
    { type: "validated", address: home },
    { type: "selected", address: home },
  ]);
  answerTo(agent, check(), other);
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: other }]);
  answerTo(agent, nomination(), other);
  assert.deepEqual(eventsOf(agent), [{ type: "selected", address: other }]);
  answerTo(agent, nomination(), other);
  assert.deepEqual(eventsOf(agent), []);
  answerTo(agent, nomination(), home);
  assert.deepEqual(eventsOf(agent), [{ type: "selected", address: home }]);
});

test("before the peer's description any remote part will do, but not without integrity; afterwards only the peer's", () => {
  const agent = createAgent({ isRemoteKnown: false });
  const stranger = { username: `${SERVER.ufrag}:somebody` };
  assert.equal(answerTo(agent, check(stranger, "x".repeat(24)), home), undefined);
  assert.equal(answerTo(agent, check(stranger), home)?.class, "success");
  agent.setRemote(CLIENT, [], t0);
  assert.equal(answerTo(agent, check(stranger), home), undefined);
  assert.equal(answerTo(agent, check(), home)?.class, "success");
  assert.deepEqual([agent.counters.wrongIntegrity, agent.counters.wrongUsername, agent.counters.answered], [1, 1, 2]);
});

test("[attack 10] nothing that is not authentic is answered, whatever is wrong with it, and each kind is counted", () => {
  const agent = createAgent();
  const good = check();
  const unsigned = serializeStun({
    class: "request",
    method: 1,
    transactionId: new Uint8Array(12),
    attributes: { username: `${SERVER.ufrag}:${CLIENT.ufrag}`, useCandidate: true },
  });
  const nameless = serializeStun(
    { class: "request", method: 1, transactionId: new Uint8Array(12), attributes: {} },
    { key, crypto },
  );
  const indication = serializeStun(
    { class: "indication", method: 1, transactionId: new Uint8Array(12), attributes: {} },
    { key, crypto },
  );
  const allocate = serializeStun(
    { class: "request", method: 3, transactionId: new Uint8Array(12), attributes: {} },
    { key, crypto },
  );
  for (const bytes of [
    unsigned,
    nameless,
    check({}, CLIENT.pwd),
    check({ username: `other:${CLIENT.ufrag}` }),
    check({ username: `${SERVER.ufrag}:` }),
    check({ username: SERVER.ufrag }),
    good.subarray(0, good.length - 8),
    good.with(30, 0xff),
    new Uint8Array(0),
    indication,
    allocate,
  ]) {
    assert.equal(answerTo(agent, bytes, home), undefined);
  }
  assert.deepEqual(eventsOf(agent), []);
  const { unauthenticated, wrongIntegrity, wrongUsername, malformed, unexpected, answered } = agent.counters;
  assert.deepEqual(
    { unauthenticated, wrongIntegrity, wrongUsername, malformed, unexpected, answered },
    { unauthenticated: 2, wrongIntegrity: 1, wrongUsername: 3, malformed: 3, unexpected: 2, answered: 0 },
  );
});

test("[attack 10] an answer is never larger than one and a half times the request it answers", () => {
  const agent = createAgent();
  for (const bytes of [check(), nomination(), check({ iceControlled: 1n })]) {
    agent.handleStun(bytes, other, t0);
    for (const { data } of drain(() => agent.pollTransmit())) assert.ok(data.length <= bytes.length * 1.5);
  }
});

test("[attack 10] a flood of addresses by an authentic peer: eight are kept, and never the selected one is pushed out", () => {
  const agent = createAgent();
  answerTo(agent, nomination(), home);
  eventsOf(agent);
  const live = new Set([home.port]);
  for (let index = 0; index < 1_000; index++) {
    const source = address("198.51.100.1", 1_024 + index);
    answerTo(agent, check(), source, after(t0, index));
    for (const event of eventsOf(agent)) {
      if (event.type === "validated") live.add(event.address.port);
      else if (event.type === "forgotten") assert.ok(live.delete(event.address.port));
      else assert.fail(event.type);
    }
    assert.ok(live.size <= 8);
  }
  assert.ok(live.has(home.port));
  assert.deepEqual([...live].slice(1), [2_017, 2_018, 2_019, 2_020, 2_021, 2_022, 2_023]);
});

test("[attack 11] [RFC8445 §7.3.1.1] a peer that wants to be controlled gets 487, signed, and validates nothing", () => {
  const agent = createAgent();
  const answer = answerTo(agent, check({ iceControlled: 9n }), home);
  assert.equal(answer?.class, "error");
  assert.equal(answer.attributes.errorCode?.code, 487);
  assert.equal(agent.counters.roleConflict, 1);
  assert.deepEqual(eventsOf(agent), []);
});

test("[attack 11] after an ICE restart the old credentials, replayed to the new agent, do nothing", () => {
  const captured = nomination();
  const restarted = new IceLiteAgent({ local: { ufrag: "freshUfrag", pwd: "freshPasswordOf24Charsss" }, crypto, now: t0 });
  restarted.setRemote({ ufrag: "freshClient", pwd: CLIENT.pwd }, [], t0);
  assert.equal(answerTo(restarted, captured, home), undefined);
  // Even with the new name, the old password does not fit.
  assert.equal(answerTo(restarted, check({ username: "freshUfrag:freshClient" }), home), undefined);
  assert.deepEqual(eventsOf(restarted), []);
  assert.deepEqual([restarted.counters.wrongUsername, restarted.counters.wrongIntegrity], [1, 1]);
});

test("[attack 11] an off-path attacker who guessed both ufrags cannot take the tuple", () => {
  const agent = createAgent();
  answerTo(agent, nomination(), home);
  eventsOf(agent);
  const attacker = address("203.0.113.66");
  for (const pwd of ["", "x".repeat(22), CLIENT.pwd])
    assert.equal(answerTo(agent, check({ useCandidate: true }, pwd), attacker), undefined);
  assert.deepEqual(eventsOf(agent), []);
});

test("[attack 11] a captured nomination, sent again from another address, does not take the tuple", () => {
  const agent = createAgent();
  const captured = nomination();
  answerTo(agent, captured, home);
  eventsOf(agent);
  assert.equal(answerTo(agent, captured, address("203.0.113.66")), undefined);
  assert.deepEqual(eventsOf(agent), []);
  assert.equal(agent.counters.replayed, 1);
  assert.equal(answerTo(agent, captured, home)?.class, "success", "a retransmission");
});

test("[RFC8489 §6.3.1] an attribute that must be understood and is not: 420, signed, with the list", () => {
  const agent = createAgent();
  const bytes = withUnknownAttribute(check());
  const answer = answerTo(agent, bytes, home);
  assert.equal(answer?.attributes.errorCode?.code, 420);
  assert.deepEqual(answer.attributes.unknownAttributes, [0x7ffe]);
  assert.deepEqual(eventsOf(agent), []);
});

/** The same request with an unknown attribute in front, signed again. */
function withUnknownAttribute(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(20, bytes.length - 32);
  const covered = new Uint8Array([...bytes.subarray(0, 20), 0x7f, 0xfe, 0, 0, ...body]);
  covered[3] = covered.length - 20 + 24;
  return new Uint8Array([...covered, 0, 8, 0, 20, ...crypto.hmacSha1(key, covered)]);
}

test("[RFC7675 §5.1] consent: 30 s without an authentic check from the selected address, and it is over", () => {
  const agent = createAgent();
  answerTo(agent, nomination(), home);
  answerTo(agent, check(), home, after(t0, 20_000));
  eventsOf(agent);
  // Neither forged checks nor checks from another address are consent for this one.
  answerTo(agent, check({}, CLIENT.pwd), home, after(t0, 40_000));
  answerTo(agent, check(), other, after(t0, 45_000));
  eventsOf(agent);
  assert.equal(agent.pollTimeout(), after(t0, 50_000));
  agent.handleTimeout(after(t0, 49_999));
  assert.deepEqual(eventsOf(agent), []);
  agent.handleTimeout(after(t0, 50_000));
  assert.deepEqual(eventsOf(agent), [{ type: "failed", reason: "consentExpired" }]);
  assert.equal(agent.pollTimeout(), undefined);
  assert.equal(answerTo(agent, check(), home, after(t0, 50_001)), undefined, "a failed agent is silent");
});

test("an address without a check for 30 s is forgotten, while the selected one lives on", () => {
  const agent = createAgent();
  answerTo(agent, check(), other);
  answerTo(agent, nomination(), home);
  answerTo(agent, check(), home, after(t0, 20_000));
  eventsOf(agent);
  assert.equal(agent.pollTimeout(), after(t0, 30_000));
  agent.handleTimeout(after(t0, 30_000));
  assert.deepEqual(eventsOf(agent), [{ type: "forgotten", address: other }]);
  answerTo(agent, check(), other, after(t0, 31_000));
  assert.deepEqual(eventsOf(agent), [{ type: "validated", address: other }]);
});

test("no authentic check within 30 s of creation: failed", () => {
  const agent = createAgent();
  answerTo(agent, check({}, CLIENT.pwd), home, after(t0, 10_000));
  assert.equal(agent.pollTimeout(), after(t0, 30_000));
  agent.handleTimeout(after(t0, 30_000));
  assert.deepEqual(eventsOf(agent), [{ type: "failed", reason: "connectTimeout" }]);
});

test("times can be overridden", () => {
  const agent = new IceLiteAgent({ local: SERVER, crypto, now: t0, constants: { connectTimeoutMs: 10 } });
  assert.equal(agent.pollTimeout(), after(t0, 10));
});

test("malformed credentials are refused", () => {
  for (const local of [
    { ufrag: "abc", pwd: SERVER.pwd },
    { ufrag: "ab:cd", pwd: SERVER.pwd },
    { ufrag: SERVER.ufrag, pwd: "short" },
  ]) {
    assert.throws(() => new IceLiteAgent({ local, crypto, now: t0 }), RangeError);
    assert.throws(() => createAgent().setRemote(local, [], t0), RangeError);
  }
});

test("[attack 10] fuzz: mutated checks never throw, are never answered, and never validate an address", () => {
  const mutation = fc.record({ position: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
  // FINGERPRINT lies behind: breaking its type makes it an attribute that is ignored, which changes nothing.
  const signedEnd = nomination().length - 8;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const agent = createAgent();
      const bytes = nomination();
      const original = bytes.slice(0, signedEnd);
      for (const { position, value } of mutations) {
        const index = position % original.length;
        bytes[index] = (bytes[index] as number) ^ value;
      }
      fc.pre(bytes.slice(0, signedEnd).some((byte, index) => byte !== original[index]));
      agent.handleStun(bytes, home, t0);
      assert.equal(agent.pollTransmit(), undefined);
      assert.equal(agent.pollEvent(), undefined);
    }),
    { numRuns: 2_000 },
  );
});

const overTcp = (port: number): TransportAddress => ({ ...home, port, protocol: "tcp" });

test("[RFC6544 §8] a TCP connection that ends ends its pair; the one with the latest check takes its place", () => {
  const agent = createAgent();
  answerTo(agent, nomination(), overTcp(1));
  answerTo(agent, check(), other, after(t0, 10));
  answerTo(agent, check(), home, after(t0, 20));
  eventsOf(agent);
  agent.handleAddressClosed(overTcp(1));
  assert.deepEqual(eventsOf(agent), [
    { type: "selected", address: home },
    { type: "forgotten", address: overTcp(1) },
  ]);
  agent.handleAddressClosed(overTcp(1));
  agent.handleAddressClosed(overTcp(9));
  assert.deepEqual(eventsOf(agent), []);
});

test("one that was not selected just goes, and the same numbers by UDP are another address", () => {
  const agent = createAgent();
  answerTo(agent, nomination(), home);
  answerTo(agent, check(), { ...home, protocol: "tcp" });
  eventsOf(agent);
  agent.handleAddressClosed({ ...home, protocol: "tcp" });
  assert.deepEqual(eventsOf(agent), [{ type: "forgotten", address: { ...home, protocol: "tcp" } }]);
});

test("[RFC7675 §5.1] without another address the peer has as long to connect again as its consent lasts", () => {
  for (const comesBack of [true, false]) {
    const agent = createAgent();
    answerTo(agent, nomination(), overTcp(1));
    answerTo(agent, check(), overTcp(1), after(t0, 5_000));
    eventsOf(agent);
    agent.handleAddressClosed(overTcp(1));
    assert.deepEqual(eventsOf(agent), [{ type: "unselected" }, { type: "forgotten", address: overTcp(1) }]);
    if (comesBack) {
      answerTo(agent, check(), overTcp(2), after(t0, 34_999));
      assert.deepEqual(eventsOf(agent), [
        { type: "validated", address: overTcp(2) },
        { type: "selected", address: overTcp(2) },
      ]);
    } else {
      agent.handleTimeout(after(t0, 34_999));
      assert.deepEqual(eventsOf(agent), []);
      assert.equal(agent.pollTimeout(), after(t0, 35_000));
      agent.handleTimeout(after(t0, 35_000));
      assert.deepEqual(eventsOf(agent), [{ type: "failed", reason: "consentExpired" }]);
      agent.handleAddressClosed(overTcp(1));
      assert.deepEqual(eventsOf(agent), []);
    }
  }
});
