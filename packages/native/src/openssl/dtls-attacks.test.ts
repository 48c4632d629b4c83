import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type DtlsSession, instant } from "@sluice/media";
import { DtlsRawPeer, type DtlsRawPeerOptions, freeSession } from "../testing/dtls-raw-peer.js";
import { createDtlsPort } from "./dtls-port.js";
import { CONTENT_TYPE, RECORD_HEADER_BYTES, recordLength } from "./dtls-records.js";

const now = instant(0);
/** Virtual, so that a stalled machine does not make it retransmit in the middle of an attack. */
const port = createDtlsPort({ clock: "virtual" });
after(() => port.close());

/** A session of ours against a careless peer of the other role; both are closed when `check` is done. */
function withRawPeer(options: DtlsRawPeerOptions, check: (session: DtlsSession, peer: DtlsRawPeer) => void): void {
  const peer = new DtlsRawPeer(options);
  const role = options.role === "client" ? "server" : "client";
  const session = port.createSession({ role, remoteFingerprints: [peer.certificate.fingerprint] }, now);
  try {
    if (role === "server") peer.step();
    check(session, peer);
  } finally {
    session.close();
    peer.close();
  }
}

function eventTypes(session: DtlsSession): string[] {
  const types: string[] = [];
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) types.push(event.type);
  return types;
}

function closedReason(session: DtlsSession): string {
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
    if (event.type === "connected") return "connected";
    if (event.type === "closed") return event.reason;
  }
  return "nothing happened";
}

for (const role of ["client", "server"] as const) {
  test(`the careless ${role} of these tests does connect when it behaves`, () => {
    withRawPeer({ role }, (session, peer) => {
      peer.exchange(session, now);
      assert.ok(peer.isConnected);
      peer.write("hello");
      session.send(Buffer.from("hi"));
      peer.exchange(session, now);
      assert.deepEqual(eventTypes(session), ["connected", "data"]);
      assert.deepEqual(peer.received, ["hi"]);
    });
  });

  test(`attack 7: a ${role} that renegotiates is refused, and the connection goes on`, () => {
    withRawPeer({ role }, (session, peer) => {
      peer.exchange(session, now);
      for (let i = 0; i < 3; i++) {
        peer.renegotiate();
        const asked = peer.pollDatagrams();
        assert.ok(asked.length > 0 || i > 0, "the peer did ask");
        for (const datagram of asked) session.handleDatagram(datagram, now);
      }
      const answers: Uint8Array[] = [];
      for (let datagram = session.pollDatagram(); datagram !== undefined; datagram = session.pollDatagram())
        answers.push(datagram);
      for (const answer of answers) {
        for (let offset = 0; offset < answer.length; offset += recordLength(answer, offset) ?? answer.length) {
          assert.notEqual(answer[offset], CONTENT_TYPE.handshake, "no handshake message in answer");
        }
      }
      assert.deepEqual(eventTypes(session), ["connected"]);
      assert.ok(session.send(Buffer.from("still here")));
    });
  });
}

test("attack 2: contradicting fragments neither harm nor stop the handshake they are thrown into", () => {
  withRawPeer({ role: "client" }, (session, peer) => {
    const [hello] = peer.pollDatagrams();
    assert.ok(hello !== undefined);
    /** The ClientHello with `bytes` written over its fragment header from `offset` on. */
    const forge = (offset: number, ...bytes: number[]) => {
      const forged = Uint8Array.from(hello);
      forged.set(bytes, RECORD_HEADER_BYTES + offset);
      return forged;
    };
    const MESSAGE_LENGTH = 1;
    const FRAGMENT_OFFSET = 6;
    const FRAGMENT_LENGTH = 9;
    const attacks = [
      forge(FRAGMENT_LENGTH, 0, 0, 0),
      forge(FRAGMENT_OFFSET, 0, 0, 200, 0, 0, 0),
      forge(FRAGMENT_OFFSET, 0xff, 0xff, 0xff),
      forge(MESSAGE_LENGTH, 0xff, 0xff, 0xff),
      forge(MESSAGE_LENGTH, 0, 0, 1),
    ];
    for (const attack of attacks) {
      session.handleDatagram(attack, now);
      assert.equal(session.pollDatagram(), undefined, "not answered");
    }
    assert.deepEqual(eventTypes(session), []);
    session.handleDatagram(hello, now);
    peer.exchange(session, now);
    assert.ok(peer.isConnected);
    assert.deepEqual(eventTypes(session), ["connected"]);
  });
});

test("attack 2: message lengths that change from fragment to fragment end the handshake without harm", () => {
  withRawPeer({ role: "client" }, (session, peer) => {
    const [hello] = peer.pollDatagrams();
    assert.ok(hello !== undefined);
    const fragment = (messageLength: number, sequence: number, offset: number, length: number) => {
      const body = hello.subarray(RECORD_HEADER_BYTES + 12 + offset, RECORD_HEADER_BYTES + 12 + offset + length);
      const size = 12 + body.length;
      const uint24 = (value: number) => [value >> 16, (value >> 8) & 0xff, value & 0xff];
      const header = [22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, sequence, size >> 8, size & 0xff];
      return Uint8Array.from([
        ...header,
        1,
        ...uint24(messageLength),
        0,
        0,
        ...uint24(offset),
        ...uint24(body.length),
        ...body,
      ]);
    };
    session.handleDatagram(fragment(120, 1, 0, 50), now);
    session.handleDatagram(fragment(16_000, 2, 50, 50), now);
    session.handleDatagram(fragment(60, 3, 50, 10), now);
    const reason = closedReason(session);
    assert.ok(reason === "nothing happened" || /handshake failed/.test(reason), reason);
  });
});

test("attack 3: application data under epoch 0 is delivered neither during nor after the handshake", () => {
  const plaintextData = Uint8Array.from([23, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 4, 0x65, 0x76, 0x69, 0x6c]);
  withRawPeer({ role: "client" }, (session, peer) => {
    session.handleDatagram(plaintextData, now);
    for (const datagram of peer.pollDatagrams()) session.handleDatagram(datagram, now);
    session.handleDatagram(plaintextData, now);
    peer.exchange(session, now);
    session.handleDatagram(plaintextData, now);
    assert.deepEqual(eventTypes(session), ["connected"]);
    peer.write("good");
    peer.exchange(session, now);
    assert.deepEqual(eventTypes(session), ["data"]);
  });
});

test("a forged record of any length under epoch 1, which OpenSSL 3.0 ends the connection for if short, does nothing", () => {
  withRawPeer({ role: "client" }, (session, peer) => {
    const forge = (type: number, bytes: number) =>
      Uint8Array.from([
        type,
        0xfe,
        0xfd,
        0,
        1,
        0,
        0,
        0,
        0,
        1,
        bytes,
        bytes >> 8,
        bytes & 0xff,
        ...new Array<number>(bytes).fill(7),
      ]);
    const forgeAll = () => {
      for (let bytes = 0; bytes < 60; bytes++) {
        for (const type of Object.values(CONTENT_TYPE)) session.handleDatagram(forge(type, bytes), now);
      }
    };
    for (const datagram of peer.pollDatagrams()) session.handleDatagram(datagram, now);
    for (let datagram = session.pollDatagram(); datagram !== undefined; datagram = session.pollDatagram())
      peer.handleDatagram(datagram);
    for (let bytes = 0; bytes < 60; bytes += 10) session.handleDatagram(forge(CONTENT_TYPE.handshake, bytes), now);
    peer.exchange(session, now);
    forgeAll();
    peer.write("still here");
    peer.exchange(session, now);
    assert.deepEqual(eventTypes(session), ["connected", "data"]);
  });
});

/** Offsets whose bits say nothing that is authenticated: the sequence number of each plaintext record (RFC 6347 §4.1). */
function plaintextSequenceNumbers(datagram: Uint8Array): Set<number> {
  const offsets = new Set<number>();
  let offset = 0;
  for (let length = recordLength(datagram, 0); length !== undefined; length = recordLength(datagram, offset)) {
    const isPlaintext = datagram[offset + 4] === 0;
    for (let at = 5; isPlaintext && at < 11; at++) offsets.add(offset + at);
    offset += length;
  }
  return offsets;
}

test("attack 9: no bit of the client's last flight can be wrong and the server be connected", () => {
  /** Flips a bit of byte `flip` of the client's last flight; undefined when there is none to flip. */
  const attack = (flip: number | undefined): boolean | undefined => {
    const server = port.createSession({ role: "server", remoteFingerprints: [port.fingerprint] }, now);
    const client = port.createSession({ role: "client", remoteFingerprints: [port.fingerprint] }, now);
    const deliver = (from: DtlsSession, to: DtlsSession) => {
      for (let datagram = from.pollDatagram(); datagram !== undefined; datagram = from.pollDatagram()) {
        to.handleDatagram(datagram, now);
      }
    };
    deliver(client, server);
    deliver(server, client);
    const flight = client.pollDatagram();
    assert.ok(flight !== undefined && flight.length > 300 && client.pollDatagram() === undefined);
    let isFlipped = false;
    if (flip !== undefined && flip < flight.length && !plaintextSequenceNumbers(flight).has(flip)) {
      flight[flip] = (flight[flip] ?? 0) ^ 0x10;
      isFlipped = true;
    }
    server.handleDatagram(flight, now);
    const isConnected = eventTypes(server).includes("connected");
    client.close();
    server.close();
    return isFlipped || flip === undefined ? isConnected : undefined;
  };
  assert.equal(attack(undefined), true, "without a flip it is");
  const outcomes = Array.from({ length: 560 }, (_, flip) => attack(flip));
  assert.ok(outcomes.filter((isConnected) => isConnected === false).length > 500);
  assert.equal(outcomes.indexOf(true), -1);
});

test("a client without a certificate is refused", () => {
  withRawPeer({ role: "client", hasCertificate: false }, (session, peer) => {
    peer.exchange(session, now);
    assert.match(closedReason(session), /did not return a certificate/);
    assert.equal(peer.isConnected, false);
  });
});

for (const role of ["client", "server"] as const) {
  test(`a ${role} without use_srtp is closed, never connected`, () => {
    withRawPeer({ role, profiles: null }, (session, peer) => {
      peer.exchange(session, now);
      assert.match(closedReason(session), /no SRTP profile/);
    });
  });

  test(`a ${role} that knows only DTLS 1.0 is refused`, () => {
    withRawPeer({ role, maxVersion: 0xfeff }, (session, peer) => {
      peer.exchange(session, now);
      assert.match(closedReason(session), /protocol version|unsupported|alert handshake failure/);
      assert.equal(peer.isConnected, false);
    });
  });
}

test("a session is never resumed, so that every peer shows its certificate", () => {
  let kept = 0;
  withRawPeer({ role: "client" }, (session, peer) => {
    peer.exchange(session, now);
    assert.ok(peer.isConnected);
    kept = peer.takeSession();
  });
  withRawPeer({ role: "client", resume: kept }, (session, peer) => {
    peer.exchange(session, now);
    assert.ok(peer.isConnected);
    assert.equal(peer.isResumed, false);
  });
  freeSession(kept);
});
