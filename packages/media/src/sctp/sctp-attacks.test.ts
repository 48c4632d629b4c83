/** Item 21 of the list of attacks, and what else a peer behind a valid certificate may try. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { after, type Instant } from "../time/instant.js";
import { AssociationPair, bytesOf, createAssociation, t0, texts } from "./association-pair.test.js";
import type { SctpAssociation } from "./sctp-association.js";
import { CHUNK, type InitChunk } from "./wire/chunk.js";
import { serializeForwardTsn } from "./wire/forward-tsn-chunk.js";
import { serializeInit } from "./wire/init-chunk.js";
import { parsePacket, type SctpPacket } from "./wire/packet-parser.js";
import { PacketWriter, serializeChunk, serializePacket } from "./wire/packet-writer.js";
import { serializeSack } from "./wire/sack-chunk.js";

const RELIABLE = { isOrdered: true } as const;

function initPacket(initiateTag: number, change: Partial<InitChunk> = {}, verificationTag = 0): Uint8Array {
  const chunk = serializeInit({
    type: "init",
    initiateTag,
    windowBytes: 100_000,
    outboundStreams: 65_535,
    inboundStreams: 65_535,
    initialTsn: 1000,
    cookie: undefined,
    unrecognized: [],
    ...change,
  });
  return serializePacket(5000, 5000, verificationTag, chunk);
}

function drain(association: SctpAssociation, now: Instant): SctpPacket[] {
  const packets: SctpPacket[] = [];
  for (let data = association.pollPacket(now); data !== undefined; data = association.pollPacket(now)) {
    const packet = parsePacket(data.slice());
    assert.ok(packet);
    packets.push(packet);
  }
  return packets;
}

/** A peer that does what the test wants, after an honest handshake. TSNs start at 1000. */
function openRawPeer(initialTsn = 1000) {
  const association = createAssociation(5);
  const now = t0;
  association.handlePacket(initPacket(0x1234, { initialTsn }), now);
  const [answer] = drain(association, now);
  const [initAck] = answer?.chunks ?? [];
  assert.ok(initAck?.type === "initAck" && initAck.cookie !== undefined);
  const tag = initAck.initiateTag;
  const send = (chunk: Uint8Array, at = now) => association.handlePacket(serializePacket(5000, 5000, tag, chunk), at);
  send(serializeChunk(CHUNK.cookieEcho, initAck.cookie));
  assert.equal(association.state, "established");
  drain(association, now);
  assert.deepEqual(association.pollEvent(), { type: "connected" });
  const data = (tsn: number, payload: Uint8Array, flags = { isBeginning: true, isEnding: true }, streamId = 0, ssn = 0) => {
    const writer = new PacketWriter(5000, 5000, 16_384);
    writer.begin(tag);
    writer.appendData({ tsn, streamId, ssn, ppid: 53, isUnordered: true, ...flags }, payload, 0, payload.length);
    association.handlePacket(writer.finish().slice(), now);
  };
  return { association, now, tag, send, data, localTsn: initAck.initialTsn };
}

test("[A21] INITs leave no state, and only so many are answered", () => {
  const association = createAssociation(1);
  let answers = 0;
  for (let index = 0; index < 10_000; index++) {
    association.handlePacket(initPacket(index + 1), t0);
    answers += drain(association, t0).length;
  }
  assert.equal(answers, 20);
  assert.equal(association.counters.overRate, 9_980);
  assert.equal(association.state, "connecting");
  assert.equal(association.pollTimeout(), undefined);
  assert.equal(association.pollEvent(), undefined);
});

test("[A21] INITs do not disturb an association that is there", () => {
  const pair = new AssociationPair().connect();
  const { left, right } = pair;
  for (let index = 0; index < 1000; index++) {
    left.association.handlePacket(initPacket(index + 1), pair.now);
    left.association.send(1, 51, bytesOf(`${index}`), RELIABLE, pair.now);
    pair.run(10);
  }
  assert.ok(pair.run(5000, () => texts(right).length === 1000));
});

test("[A21] answers that nobody fetches do not pile up", () => {
  const association = createAssociation(1, { handshakesPerSecond: 100_000, handshakeBurst: 100_000 });
  for (let index = 0; index < 1000; index++) association.handlePacket(initPacket(index + 1), t0);
  assert.equal(drain(association, t0).length, 16);
});

test("[A21] [RFC9260 §5.1.5] forged, changed and foreign cookies are refused", () => {
  const association = createAssociation(1, { handshakesPerSecond: 100_000, handshakeBurst: 100_000 });
  association.handlePacket(initPacket(7), t0);
  const [initAck] = drain(association, t0)[0]?.chunks ?? [];
  assert.ok(initAck?.type === "initAck" && initAck.cookie !== undefined);
  const { cookie, initiateTag } = initAck;
  const echo = (bytes: Uint8Array, tag = initiateTag) =>
    association.handlePacket(serializePacket(5000, 5000, tag, serializeChunk(CHUNK.cookieEcho, bytes)), t0);
  for (let at = 0; at < cookie.length; at++) {
    const changed = cookie.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    echo(changed);
  }
  echo(new Uint8Array());
  echo(cookie.subarray(1));
  assert.equal(association.counters.wrongCookie, cookie.length + 2);
  echo(cookie, initiateTag ^ 1);
  assert.equal(association.counters.wrongTag, 1);
  assert.equal(drain(association, t0).length, 0);
  assert.equal(association.state, "connecting");
  echo(cookie);
  assert.equal(association.state, "established");
});

test("[A21] the cookie of another association is worth nothing", () => {
  const [one, other] = [createAssociation(1), createAssociation(2)];
  one.handlePacket(initPacket(7), t0);
  const [initAck] = drain(one, t0)[0]?.chunks ?? [];
  assert.ok(initAck?.type === "initAck" && initAck.cookie !== undefined);
  const echo = serializeChunk(CHUNK.cookieEcho, initAck.cookie);
  other.handlePacket(serializePacket(5000, 5000, initAck.initiateTag, echo), t0);
  assert.equal(other.counters.wrongCookie, 1);
});

test("[RFC9260 §5.2.6] a stale cookie is refused with its age, and the peer begins again", () => {
  const pair = new AssociationPair({ constants: { cookieLifetimeMs: 100 }, link: { delayMs: 200 } });
  pair.left.association.connect(pair.now);
  pair.run(3000);
  assert.ok(pair.right.association.counters.staleCookie > 0);
  assert.equal(pair.right.association.state, "connecting");
  pair.setLinks({ delayMs: 10 });
  assert.ok(pair.run(10_000, () => pair.left.association.state === "established"));
});

test("a cookie is answered however often it comes, while there is room for an answer", () => {
  const { association, now, send } = openRawPeer();
  for (let index = 0; index < 1000; index++) send(serializeChunk(CHUNK.cookieEcho, new Uint8Array(60_000).subarray(0, 61)));
  assert.equal(association.state, "established");
  assert.equal(drain(association, now).length, 0);
});

test("[RFC9260 §8.5] a wrong verification tag changes nothing", () => {
  const { association, now, tag } = openRawPeer();
  const chunks = [
    CHUNK.abort,
    CHUNK.shutdown,
    CHUNK.shutdownAck,
    CHUNK.shutdownComplete,
    CHUNK.data,
    CHUNK.sack,
    CHUNK.reConfig,
  ];
  for (const type of chunks) {
    for (const wrong of [0, tag ^ 1, 0x1234]) {
      association.handlePacket(serializePacket(5000, 5000, wrong, serializeChunk(type, new Uint8Array(16))), now);
    }
  }
  assert.equal(association.state, "established");
  assert.equal(drain(association, now).length, 0);
  assert.ok(association.counters.wrongTag > 0);
});

test("[RFC9260 §8.5.1] an ABORT may carry our own tag, with the T bit", () => {
  const { association, now } = openRawPeer();
  association.handlePacket(serializePacket(5000, 5000, 0x1234, serializeChunk(CHUNK.abort, new Uint8Array(), 1)), now);
  assert.equal(association.state, "closed");
});

test("[RFC9260 §8.4] out of the blue: refused while there is no association, counted, and not answered for ever", () => {
  const association = createAssociation(1);
  for (let index = 0; index < 1000; index++) {
    association.handlePacket(serializePacket(5000, 5000, 9, serializeChunk(CHUNK.heartbeat, new Uint8Array(8))), t0);
  }
  assert.equal(association.counters.outOfTheBlue, 1000);
  const answers = drain(association, t0);
  assert.ok(answers.length > 0 && answers.length <= 20);
  assert.deepEqual(answers[0]?.chunks, [{ type: "abort", isTagReflected: true }]);
  assert.equal(answers[0]?.verificationTag, 9);
  // An ABORT is never answered with one.
  association.handlePacket(serializePacket(5000, 5000, 9, serializeChunk(CHUNK.abort)), after(t0, 60_000));
  assert.equal(drain(association, t0).length, 0);
});

test("wrong checksums and ports are counted", () => {
  const association = createAssociation(1);
  const packet = initPacket(7);
  packet[8] = (packet[8] ?? 0) ^ 1;
  association.handlePacket(packet, t0);
  assert.equal(association.counters.wrongChecksum, 1);
  association.handlePacket(serializePacket(5001, 5000, 0, serializeChunk(CHUNK.cookieAck)), t0);
  association.handlePacket(serializePacket(5000, 5001, 0, serializeChunk(CHUNK.cookieAck)), t0);
  assert.equal(association.counters.malformed, 2);
});

test("[RFC9260 §3.3.2] INITs without a tag, without streams or without a window are not answered", () => {
  const association = createAssociation(1);
  for (const packet of [
    initPacket(0),
    initPacket(1, { outboundStreams: 0 }),
    initPacket(1, { inboundStreams: 0 }),
    initPacket(1, { windowBytes: 100 }),
    initPacket(1, {}, 5),
  ]) {
    association.handlePacket(packet, t0);
  }
  assert.equal(association.counters.malformed, 5);
  assert.equal(drain(association, t0).length, 0);
});

test("beginnings without endings end the association before they fill the memory", () => {
  const { association, data } = openRawPeer();
  let highest = 0;
  for (let index = 0; index < 100_000 && association.state === "established"; index++) {
    data(1000 + index, new Uint8Array(1), { isBeginning: true, isEnding: false });
    highest = Math.max(highest, association.receivedBytes);
  }
  assert.equal(association.state, "closed");
  assert.ok(highest <= 1_048_576 + 262_144 + 64, `${highest} bytes`);
});

test("one-byte fragments behind a gap stay within the buffer, and within the gaps that are kept", () => {
  const { association, data } = openRawPeer();
  for (let index = 1; index < 60_000; index++)
    data(1000 + 2 * index, new Uint8Array(1), { isBeginning: false, isEnding: false });
  assert.ok(association.receivedBytes <= 512 * 65, `${association.receivedBytes} bytes`);
  assert.ok(association.counters.noBuffer > 59_000);
  assert.equal(association.state, "established");
});

test("a short fragment does not hold on to the long packet it came in", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // What one collection finds is freed beside it; the next one waits for that.
  const collectGarbage = () => {
    gc();
    gc();
  };
  const { association, now, tag } = openRawPeer();
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 1; index <= 500; index++) {
    const writer = new PacketWriter(5000, 5000, 16_384);
    writer.begin(tag);
    const chunk = {
      tsn: 998 + 2 * index,
      streamId: 0,
      ssn: 0,
      ppid: 53,
      isUnordered: true,
      isBeginning: false,
      isEnding: false,
    };
    writer.appendData(chunk, new Uint8Array(1), 0, 1);
    writer.append(serializeChunk(0xbf, new Uint8Array(16_000)));
    association.handlePacket(writer.finish().slice(), now);
  }
  collectGarbage();
  assert.equal(association.receivedBytes, 500 * 65);
  const growth = process.memoryUsage().arrayBuffers - before;
  assert.ok(growth < 1_000_000, `${growth} bytes`);
});

test("a message longer than we take is dropped and counted, and the next one arrives", () => {
  const { association, data } = openRawPeer();
  const fragments = 300;
  for (let index = 0; index < fragments; index++) {
    data(1000 + index, new Uint8Array(1000), { isBeginning: index === 0, isEnding: index === fragments - 1 });
    assert.ok(association.receivedBytes <= 300_000);
  }
  data(1000 + fragments, new Uint8Array(5));
  assert.equal(association.counters.oversized, 1);
  assert.equal(association.receivedBytes, 5 + 64);
  assert.equal(association.pollEvent()?.type, "message");
});

test("[RFC9260 §6.2] DATA without data ends the association", () => {
  const { association, data } = openRawPeer();
  data(1000, new Uint8Array());
  assert.deepEqual(association.pollEvent(), { type: "closed", reason: "protocolViolation" });
});

test("[RFC9260 §6.5] DATA on a stream that was not negotiated is acknowledged and reported", () => {
  const { association, now, data } = openRawPeer();
  data(1000, new Uint8Array(5), undefined, 1024);
  data(1001, new Uint8Array(5), undefined, 1023);
  assert.equal(association.counters.invalidStream, 1);
  assert.equal(association.pollEvent()?.type, "message");
  const chunks = drain(association, now).flatMap((packet) => packet.chunks);
  assert.ok(chunks.some((chunk) => chunk.type === "error" && chunk.causes[0] === 1));
  assert.ok(chunks.some((chunk) => chunk.type === "sack" && chunk.cumulativeTsn === 1001));
});

test("SACKs of what was never sent, and gap blocks beyond everything, change nothing", () => {
  const { association, now, send, localTsn } = openRawPeer();
  association.send(1, 53, new Uint8Array(5000), RELIABLE, now);
  drain(association, now);
  const held = association.heldBytes;
  send(serializeSack(localTsn + 1000, 100_000, [], [], 1000));
  send(serializeSack(localTsn - 1, 100_000, [60_000, 65_535], [], 1000));
  send(serializeSack(localTsn - 1, 100_000, [65_535, 65_535, 1, 65_535], [], 1000));
  assert.equal(association.heldBytes, held);
  assert.equal(association.state, "established");
});

test("a peer that acknowledges gaps and takes it back still gets everything", () => {
  const { association, now, send, localTsn } = openRawPeer();
  association.send(1, 53, new Uint8Array(3000), RELIABLE, now);
  assert.equal(drain(association, now).length, 3);
  send(serializeSack(localTsn, 100_000, [2, 2], [], 1000));
  // It has thrown away the third chunk, and says so by not counting it in.
  send(serializeSack(localTsn + 1, 100_000, [], [], 1000), after(now, 50));
  const at = after(now, 3000);
  association.handleTimeout(at);
  const resent = drain(association, at).flatMap((packet) => packet.chunks);
  assert.deepEqual(
    resent.map((chunk) => chunk.type === "data" && chunk.tsn),
    [(localTsn + 2) >>> 0],
  );
});

test("FORWARD TSN to anywhere, with as many streams as fit, costs no memory", () => {
  const { association, now, send } = openRawPeer();
  let tsn = 1000;
  const streams = new Map(Array.from({ length: 4000 }, (_, index) => [index, 0x7fff] as const));
  for (let index = 0; index < 300; index++) {
    tsn = (tsn + 0x7fff_ffff) >>> 0;
    send(serializeForwardTsn(tsn, streams));
    drain(association, now);
  }
  assert.equal(association.receivedBytes, 0);
  assert.equal(association.state, "established");
});

test("floods of HEARTBEAT, RE-CONFIG, unknown chunks and ERROR are answered within bounds", () => {
  const { association, now, send } = openRawPeer();
  const reset = new Uint8Array(16);
  new DataView(reset.buffer).setUint32(0, 0x000d_0010);
  for (let index = 0; index < 2000; index++) {
    send(serializeChunk(CHUNK.heartbeat, new Uint8Array(500)));
    send(serializeChunk(CHUNK.heartbeat, new Uint8Array(60_000)));
    send(serializeChunk(CHUNK.reConfig, reset));
    send(serializeChunk(0xff, new Uint8Array(500)));
    send(serializeChunk(CHUNK.error));
  }
  const packets = drain(association, now);
  assert.ok(packets.length <= 16 + 32 + 4, `${packets.length} packets`);
  assert.ok(association.counters.overRate > 1000);
});

test("[RFC9260 §3.2] unknown chunks: skipped or not, reported or not, by their upper two bits", () => {
  for (const [type, isSkipped, isReported] of [
    [0x3f, false, false],
    [0x7f, false, true],
    [0xbf, true, false],
    [0xfe, true, true],
  ] as const) {
    const { association, now, tag } = openRawPeer();
    const writer = new PacketWriter(5000, 5000, 1000);
    writer.begin(tag);
    writer.append(serializeChunk(type, new Uint8Array(3)));
    writer.append(serializeChunk(CHUNK.heartbeat, new Uint8Array(8)));
    association.handlePacket(writer.finish().slice(), now);
    const types = drain(association, now).flatMap(({ chunks }) => chunks.map((chunk) => chunk.type));
    assert.equal(types.includes("heartbeatAck"), isSkipped, `${type}`);
    assert.equal(types.includes("error"), isReported, `${type}`);
  }
});
