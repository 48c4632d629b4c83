import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DtlsEvent, DtlsRole } from "@sluice/media";
import fc from "fast-check";
import { DtlsConnection, type DtlsOutput } from "./dtls-connection.js";
import { MAX_DATAGRAM_BYTES } from "./dtls-record-gate.js";
import { sequenceNumberOf } from "./dtls-record-layer.js";
import { CONTENT_TYPE, recordsOf } from "./dtls-records.js";
import { openRecord, sealRecord } from "./record-cipher.js";

const CLIENT_KEY = new Uint8Array(20).fill(1);
const SERVER_KEY = new Uint8Array(36).fill(2);
const FINISHED = Uint8Array.of(20, 0, 0, 12, 0, 5, 0, 0, 0, 0, 0, 12, ...new Array<number>(12).fill(7));
const CHANGE_CIPHER_SPEC = Uint8Array.of(20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1);

/** A connection whose handshake is over, and the other side as bytes. */
class Setup {
  readonly output: DtlsOutput = { datagrams: [], events: [] };
  readonly connection: DtlsConnection;
  readonly #localKey: Uint8Array;
  readonly #remoteKey: Uint8Array;

  constructor(role: DtlsRole, last = { sequenceNumber: 0, nonceHigh: 5, nonceLow: 6 }) {
    this.#localKey = Uint8Array.from(role === "client" ? CLIENT_KEY : SERVER_KEY);
    this.#remoteKey = Uint8Array.from(role === "client" ? SERVER_KEY : CLIENT_KEY);
    const { sequenceNumber, nonceHigh, nonceLow } = last;
    const finished = sealRecord(this.#localKey, CONTENT_TYPE.handshake, sequenceNumber, nonceHigh, nonceLow, FINISHED);
    const keys = { localKey: Uint8Array.from(this.#localKey), remoteKey: Uint8Array.from(this.#remoteKey) };
    this.connection = new DtlsConnection(this.output, role, keys, { changeCipherSpec: CHANGE_CIPHER_SPEC, finished });
  }

  /** A record of the peer's. */
  peerRecord(sequenceNumber: number, plaintext: Uint8Array, type: number = CONTENT_TYPE.applicationData): Uint8Array {
    return sealRecord(this.#remoteKey, type, sequenceNumber, 0, sequenceNumber % 2 ** 32, plaintext);
  }

  /** What was sent since the last time: type and plaintext of each record, which must be ours. */
  takeSent(): (readonly [type: number, plaintext: string])[] {
    const records = this.output.datagrams.splice(0).flatMap((datagram) => [...recordsOf(datagram)]);
    return records.map((record) => {
      if (record[4] === 0) return [record[0] ?? 0, Buffer.from(record).toString("hex")] as const;
      const plaintext = openRecord(this.#localKey, record);
      assert.ok(plaintext !== undefined);
      return [record[0] ?? 0, Buffer.from(plaintext).toString("hex")] as const;
    });
  }

  takeData(): number[] {
    return this.output.events.splice(0).map((event: DtlsEvent) => {
      assert.equal(event.type, "data");
      return event.type === "data" ? Buffer.from(event.data).readUInt16BE() : 0;
    });
  }
}

const numbered = (value: number) => Uint8Array.of(value >> 8, value & 0xff);

for (const role of ["client", "server"] as const) {
  describe(`a ${role}`, () => {
    test("[RFC6347 §4.1] counts on from what was sealed before it, and never repeats a sequence number or a nonce", () => {
      const { connection, output } = new Setup(role, {
        sequenceNumber: 2 ** 32 - 2,
        nonceHigh: 2 ** 32 - 1,
        nonceLow: 2 ** 32 - 2,
      });
      for (let i = 0; i < 4; i++) assert.ok(connection.send(numbered(i)));
      const numbers = output.datagrams.map((record) => sequenceNumberOf(record) - 2 ** 32);
      assert.deepEqual(numbers, [-1, 0, 1, 2]);
      const nonces = output.datagrams.map((record) => Buffer.from(record).toString("hex", 13, 21));
      assert.deepEqual(nonces, ["ffffffffffffffff", "0000000000000000", "0000000000000001", "0000000000000002"]);
    });

    test("[RFC6347 §4.1] sends nothing when its sequence numbers are used up", () => {
      const { connection, output } = new Setup(role, { sequenceNumber: 2 ** 48 - 2, nonceHigh: 0, nonceLow: 0 });
      assert.deepEqual([connection.send(numbered(1)), connection.send(numbered(2))], [true, false]);
      assert.equal(output.datagrams.length, 1);
    });

    test("[RFC6347 §4.1.2.6] delivers what comes in any order, each once, and nothing that is far behind", () => {
      fc.assert(
        fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (order) => {
          const setup = new Setup(role);
          const expected: number[] = [];
          const seen = new Set<number>();
          let highest = -1;
          for (const value of order) {
            if (!seen.has(value) && value > highest - 128) expected.push(value);
            seen.add(value);
            highest = Math.max(highest, value);
            assert.equal(setup.connection.handleDatagram(setup.peerRecord(value, numbered(value))), undefined);
          }
          assert.deepEqual(setup.takeData(), expected);
          assert.deepEqual(setup.takeSent(), []);
        }),
      );
    });

    test("takes the good records of a datagram, and neither answers nor is moved by the others", () => {
      const setup = new Setup(role);
      const damage = (at: number, value: number) => {
        const record = setup.peerRecord(10_000, numbered(1));
        record[at] = value;
        return record;
      };
      const bad = [
        damage(0, CONTENT_TYPE.alert),
        damage(0, CONTENT_TYPE.changeCipherSpec),
        damage(2, 0xff),
        damage(4, 0),
        damage(4, 2),
        damage(5, 0xff),
        damage(15, 0xff),
        damage(38, 0xff),
        Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 50, 0, 2, 1, 2),
      ];
      const good = [1, 2].map((value) => setup.peerRecord(value, numbered(value)));
      setup.connection.handleDatagram(
        Buffer.concat([...bad, ...good, ...bad, good[0]?.subarray(0, 20) ?? []].map((part) => Uint8Array.from(part))),
      );
      assert.deepEqual(setup.takeData(), [1, 2]);
      setup.connection.handleDatagram(new Uint8Array(MAX_DATAGRAM_BYTES + 1).fill(23));
      setup.connection.handleDatagram(setup.peerRecord(3, new Uint8Array(0)));
      assert.deepEqual(setup.takeData(), [], "an empty record is lawful and says nothing");
      assert.deepEqual(setup.takeSent(), []);
    });

    test("whatever arrives under no key of the peer's: nothing is said, delivered or thrown", () => {
      const header = fc.tuple(fc.constantFrom(19, 20, 21, 22, 23, 24), fc.constantFrom(0xfd, 0xff, 3), fc.nat(2), fc.nat(80));
      const forged = fc
        .tuple(header, fc.uint8Array({ minLength: 80, maxLength: 80 }))
        .map(([[type, version, epoch, size], body]) =>
          Buffer.concat([Uint8Array.of(type, 0xfe, version, 0, epoch, 0, 0, 0, 0, 0, size, 0, size), body.subarray(0, size)]),
        );
      const chunk = fc.oneof(forged, fc.uint8Array({ maxLength: 60 }));
      fc.assert(
        fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
          const setup = new Setup(role);
          assert.equal(setup.connection.handleDatagram(Buffer.concat(chunks)), undefined);
          assert.deepEqual([setup.output.events, setup.output.datagrams], [[], []]);
        }),
      );
    });

    test("[RFC5246 §7.2.1] close_notify is answered with one and ends the connection, at any level", () => {
      for (const level of [1, 2]) {
        const setup = new Setup(role);
        const reason = setup.connection.handleDatagram(setup.peerRecord(1, Uint8Array.of(level, 0), CONTENT_TYPE.alert));
        assert.equal(reason, "the peer said close_notify");
        assert.deepEqual(setup.takeSent(), [[CONTENT_TYPE.alert, "0100"]]);
      }
    });

    test("[RFC5246 §7.2.2] a fatal alert ends the connection without an answer, a warning or a broken one does nothing", () => {
      const setup = new Setup(role);
      const handle = (sequenceNumber: number, ...alert: number[]) =>
        setup.connection.handleDatagram(setup.peerRecord(sequenceNumber, Uint8Array.from(alert), CONTENT_TYPE.alert));
      assert.deepEqual([handle(1, 1, 100), handle(2, 2), handle(3, 2, 40, 0), handle(4, 7, 7)], new Array(4).fill(undefined));
      assert.equal(handle(5, 2, 40), "the peer sent the fatal alert 40");
      assert.deepEqual(setup.takeSent(), []);
    });

    test("[RFC5246 §7.4.1.1] a request to handshake anew is declined by a warning, other handshake messages are not answered", () => {
      const setup = new Setup(role);
      for (let type = 0; type < 30; type++) {
        if (type === 20) continue;
        const message = Uint8Array.of(type, ...new Array<number>(40).fill(0));
        assert.equal(setup.connection.handleDatagram(setup.peerRecord(type, message, CONTENT_TYPE.handshake)), undefined);
        const isRequest = type === (role === "server" ? 1 : 0);
        assert.deepEqual(setup.takeSent(), isRequest ? [[CONTENT_TYPE.alert, "0164"]] : [], `message ${type}`);
      }
    });

    test("[RFC6347 §4.2.4] the peer's Finished once more: a server repeats its last flight in new records, a client has none", () => {
      const setup = new Setup(role);
      for (let round = 1; round <= 3; round++) {
        const record = setup.peerRecord(round, FINISHED, CONTENT_TYPE.handshake);
        for (let copy = 0; copy < 2; copy++) setup.connection.handleDatagram(record);
        const datagrams = [...setup.output.datagrams];
        if (role === "client") {
          assert.equal(datagrams.length, 0);
          continue;
        }
        assert.equal(datagrams.length, 1, "a replay is not answered");
        const [changeCipherSpec, finished] = datagrams.flatMap((datagram) => [...recordsOf(datagram)]);
        assert.deepEqual(
          [changeCipherSpec, finished].map((bytes) => bytes && sequenceNumberOf(bytes)),
          [9 + round, round],
        );
        const [first, second] = setup.takeSent();
        assert.equal(
          first?.[1],
          Buffer.from(Uint8Array.of(...CHANGE_CIPHER_SPEC.subarray(0, 10), 9 + round, 0, 1, 1)).toString("hex"),
        );
        assert.deepEqual(second, [CONTENT_TYPE.handshake, Buffer.from(FINISHED).toString("hex")]);
      }
      assert.ok(setup.connection.send(numbered(1)));
    });
  });
}

test("keys that do not open our own Finished were derived wrongly, and are not used", () => {
  const finished = sealRecord(SERVER_KEY, CONTENT_TYPE.handshake, 0, 0, 0, FINISHED);
  const output: DtlsOutput = { datagrams: [], events: [] };
  const keys = { localKey: CLIENT_KEY, remoteKey: SERVER_KEY };
  const flight = { changeCipherSpec: CHANGE_CIPHER_SPEC, finished };
  assert.throws(() => new DtlsConnection(output, "server", keys, flight), /do not open/);
});
