/** Datagrams that no honest client sends, against a node that is at work. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { RandomGenerator } from "@sluice/netem";
import { Bots, receiving } from "./harness/bots.js";
import { damage } from "./harness/datagram-damage.js";
import { ForkedPeer } from "./harness/forked-peer.js";
import { HostileProxy } from "./harness/hostile-proxy.js";
import type { LibdatachannelOptions, LibdatachannelPeer, Negotiated } from "./harness/libdatachannel-peer.js";
import { candidatePort, sdpAttribute, withCandidatePort } from "./harness/sdp-text.js";
import { SEED } from "./harness/seed.js";
import {
  ALLOCATE_REQUEST,
  BINDING_ERROR,
  BINDING_INDICATION,
  BINDING_SUCCESS,
  CHECK_ATTRIBUTES,
  stunMessage,
} from "./harness/stun-probe.js";
import { TestNode } from "./harness/test-node.js";
import { UdpPeer } from "./harness/udp-peer.js";
import { until } from "./harness/until.js";

const STORM_MS = 8_000;
const STORM_DATAGRAMS_PER_SECOND = 3_000;
const HANDSHAKES = 6;
const COPIES_PER_HANDSHAKE_DATAGRAM = 20;
const MAX_RESIDENT_GROWTH_BYTES = 50_000_000;
const HANDSHAKE_TIMEOUT_MS = 3_000;
const isDtls = (datagram: Buffer) => datagram.length > 0 && datagram.readUInt8(0) >= 20 && datagram.readUInt8(0) <= 63;
const isClientHello = (datagram: Buffer) => datagram[0] === 22 && datagram[13] === 1;

let node: TestNode;
let workerPid: number | undefined;
const bots = new Bots();
const random = new RandomGenerator(SEED);

before(async () => {
  node = await TestNode.start();
  workerPid = node.server.workerProcessIds[0];
});

after(async () => {
  await bots.close();
  await node.close();
});

test("[RFC8489 §9.1.3] only a request with the right integrity is answered, whoever asks", async (t) => {
  const client = await join(t, "stun");
  const { offer, answer } = await client.call("offer");
  const port = candidatePort(answer.sdp);
  const [ufrag, password] = [sdpAttribute(answer.sdp, "ice-ufrag"), sdpAttribute(answer.sdp, "ice-pwd")];
  const username = `${ufrag}:${sdpAttribute(offer, "ice-ufrag")}`;
  const attributes = CHECK_ATTRIBUTES;
  const good = stunMessage({ username, password, attributes });
  const bad = {
    "no attributes at all": stunMessage({}),
    "no FINGERPRINT either": stunMessage({ hasFingerprint: false }),
    "USERNAME only": stunMessage({ username, attributes }),
    "integrity only": stunMessage({ password, attributes }),
    "another password": stunMessage({ username, password: `${password}x`, attributes }),
    "the client's own ufrag first": stunMessage({ username: username.split(":").reverse().join(":"), password, attributes }),
    "an unknown ufrag": stunMessage({ username: `none:${ufrag}`, password, attributes }),
    "a ufrag that only begins like ours": stunMessage({ username: `${ufrag}x:y`, password, attributes }),
    "the wrong peer": stunMessage({ username: `${ufrag}:wrong`, password, attributes }),
    "cut before the end of the integrity": good.subarray(0, good.length - 12),
    "a wrong FINGERPRINT": damageLastByte(good),
    "a signed indication": stunMessage({ type: BINDING_INDICATION, username, password, attributes }),
    "a signed success": stunMessage({ type: BINDING_SUCCESS, username, password, attributes }),
    "a signed error": stunMessage({ type: BINDING_ERROR, username, password, attributes }),
    TURN: stunMessage({ type: ALLOCATE_REQUEST, username, password }),
    "TURN without credentials": stunMessage({ type: ALLOCATE_REQUEST }),
  };
  const [honest, ...attackers] = await openPeers(t, 1 + Object.keys(bad).length);
  for (const [index, datagram] of Object.values(bad).entries()) attackers[index]?.send(datagram, port);

  // The node handles datagrams in their order: when this one is answered, the others have been looked at.
  honest.send(good, port);
  await until("answer to an authenticated request", 2_000, () => honest.received.length === 1);
  const answered = Object.keys(bad).filter((_, index) => attackers[index]?.received.length !== 0);
  assert.deepEqual(answered, [], "answered all the same");
});

test("[attack 1] a ClientHello from elsewhere, before the real one, changes nothing", async (t) => {
  const hostile = await openHostileClient(t, "client-hello");
  const { client, proxy, answer } = hostile;
  let forged = 0;
  proxy.handlePassing = (datagram) => {
    if (!isClientHello(datagram)) return true;
    // First as it is: the handshake would then go on with the wrong address. Then with no cipher that anybody supports.
    proxy.sendForeign(datagram);
    for (let copies = 0; copies < 10; copies++) proxy.sendForeign(withoutCiphers(datagram));
    forged += 11;
    return true;
  };
  const before = node.watch.drops().unvalidatedAddress ?? 0;
  await client.call("accept", answer);
  assert.ok(forged >= 11, "a ClientHello was seen");
  assert.equal(proxy.answersToForeign, 0, "datagrams sent to the attacker");
  await until("dropped datagrams", 6_000, () => (node.watch.drops().unvalidatedAddress ?? 0) >= before + forged);
});

test("a storm of damaged copies harms neither the one they are made of nor anybody else", async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const hostile = await openHostileClient(t, "storm");
  const { client, proxy, answer } = hostile;
  const receiver = await bots.join(node, "storm", "receiver", { publish: [] });
  await client.call("accept", answer);
  await receiving(receiver, 2);
  const [one, two] = [await bots.join(node, "bystanders", "one"), await bots.join(node, "bystanders", "two")];
  await receiving(one, 2);
  const memoryBefore = await residentBytes();
  const dropsBefore = node.watch.drops();

  const startedMs = performance.now();
  proxy.startAttack(STORM_DATAGRAMS_PER_SECOND);
  await until("end of the storm", STORM_MS + 5_000, () => performance.now() - startedMs >= STORM_MS);
  proxy.stopAttack();

  const framesBefore = Math.min(...receiver.takeReports().map(({ frames }) => frames));
  await until("media after the storm", 5_000, () => receiver.takeReports().every(({ frames }) => frames > framesBefore + 20));
  assert.equal(await client.call("state"), "connected");
  const published = await client.call("published");
  const { lost, packets } = receiver.totals;
  assert.equal(lost, 0, "packets lost of the track under attack");
  assert.ok(packets <= published, `${packets} packets received of ${published} published: some are forged`);
  for (const bystander of [one, two]) assert.equal(bystander.totals.lost, 0, "packets lost in another room");
  assert.equal(proxy.answersToForeign, 0, "datagrams sent to addresses that ICE has not validated");
  assert.equal(proxy.unearnedAnswers, 0, "answers to STUN requests that the client did not make");
  assertAlive();

  const drops = await until(
    "counted drops",
    6_000,
    () => {
      const now = node.watch.drops();
      const moved = ["unvalidatedAddress", "authentication", "replayed"].every(
        (cause) => (now[cause] ?? 0) > (dropsBefore[cause] ?? 0),
      );
      return moved && now;
    },
    () => node.watch.drops(),
  );
  t.diagnostic(`${proxy.attacks} datagrams; drops: ${JSON.stringify(drops)}`);
  const growth = (await residentBytes()) - memoryBefore;
  assert.ok(growth < MAX_RESIDENT_GROWTH_BYTES, `the worker grew by ${growth} bytes`);
});

test("handshakes in which damaged copies come first, from the client's own address, do not harm the node", async (t) => {
  t.diagnostic(`SLUICE_SEED=${SEED}`);
  const attempts = Array.from({ length: HANDSHAKES }, async (_, index) => {
    const hostile = await openHostileClient(t, `handshake-${index}`);
    const { client, proxy, answer } = hostile;
    proxy.handlePassing = (datagram) => {
      if (!isDtls(datagram)) return true;
      for (let copies = 0; copies < COPIES_PER_HANDSHAKE_DATAGRAM; copies++) proxy.sendOwn(damage(datagram, random));
      return true;
    };
    // Who can speak from the client's own address can spoil its handshake; the node only has to live with it.
    const outcome = client.call("accept", answer, HANDSHAKE_TIMEOUT_MS);
    const isConnected = await outcome.then(
      () => true,
      () => false,
    );
    await client.kill();
    return isConnected;
  });
  const connected = (await Promise.all(attempts)).filter(Boolean).length;
  t.diagnostic(`${connected} of ${HANDSHAKES} connected all the same`);
  assertAlive();
  const [one, two] = [await bots.join(node, "after", "one"), await bots.join(node, "after", "two")];
  for (const bot of [one, two]) {
    const reports = await receiving(bot, 2);
    assert.deepEqual(
      reports.map(({ lost }) => lost),
      [0, 0],
    );
  }
});

interface HostileClient {
  readonly client: ForkedPeer<LibdatachannelPeer>;
  readonly proxy: HostileProxy;
  /** SDP that leads to the proxy; it has not been applied yet. */
  readonly answer: string;
}

/** libdatachannel, about to publish a picture and a tone through a proxy. */
async function openHostileClient(t: TestContext, room: string): Promise<HostileClient> {
  const client = await join(t, room);
  const { answer }: Negotiated = await client.call("offer");
  const proxy = await HostileProxy.open({ nodePort: candidatePort(answer.sdp), random });
  t.after(() => proxy.close());
  return { client, proxy, answer: withCandidatePort(answer.sdp, proxy.port) };
}

async function join(t: TestContext, room: string): Promise<ForkedPeer<LibdatachannelPeer>> {
  const token = await node.token(room, "publisher");
  const options: LibdatachannelOptions = { url: node.webSocketUrl, token, role: "publisher", codec: "vp8" };
  return ForkedPeer.fork<LibdatachannelPeer>(t, "libdatachannel-process.js", options);
}

/** They are closed with the test. */
async function openPeers(t: TestContext, count: number): Promise<[UdpPeer, ...UdpPeer[]]> {
  const [first, ...others] = await Promise.all(Array.from({ length: count }, () => UdpPeer.open()));
  assert.ok(first !== undefined);
  t.after(() => {
    for (const peer of [first, ...others]) peer.close();
  });
  return [first, ...others];
}

function assertAlive(): void {
  assert.equal(node.server.workerProcessIds[0], workerPid, "the worker was replaced");
  assert.deepEqual(node.complaints, [], "warnings in the node's log");
}

/** Of the worker. */
async function residentBytes(): Promise<number> {
  const before = node.watch.loads.get(workerPid ?? 0);
  const load = await until("load report", 3_000, () => {
    const latest = node.watch.loads.get(workerPid ?? 0);
    return latest !== before && latest;
  });
  return load.rssBytes;
}

function damageLastByte(datagram: Buffer): Buffer {
  const copy = Buffer.from(datagram);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1);
  return copy;
}

/** A ClientHello that offers nothing but TLS_NULL_WITH_NULL_NULL (RFC 6347 §4.2.1: session id and cookie come before the list). */
function withoutCiphers(clientHello: Buffer): Buffer {
  const copy = Buffer.from(clientHello);
  const sessionId = 13 + 12 + 2 + 32;
  const cookie = sessionId + 1 + (copy[sessionId] ?? 0);
  const ciphers = cookie + 1 + (copy[cookie] ?? 0);
  const bytes = copy.readUInt16BE(ciphers);
  copy.fill(0, ciphers + 2, Math.min(copy.length, ciphers + 2 + bytes));
  return copy;
}
