import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type DtlsRole, elapsedMs, instant, type SrtpProfile } from "@sluice/media";
import fc from "fast-check";
import { DtlsPair, type DtlsPairOptions, type Link, perfectLink } from "../testing/dtls-pair.js";
import { createDtlsPort } from "./dtls-port.js";
import { recordsOf } from "./dtls-records.js";
import { MAX_APPLICATION_DATA_BYTES } from "./native-dtls-session.js";

const client = createDtlsPort({ clock: "virtual" });
const server = createDtlsPort({ clock: "virtual" });
after(() => {
  client.close();
  server.close();
});

/** Runs `check` on a pair and closes it whatever happens. */
function withPair(options: Partial<DtlsPairOptions>, check: (pair: DtlsPair) => void): void {
  const pair = new DtlsPair({ client, server, ...options });
  try {
    check(pair);
  } finally {
    pair.close();
  }
}

function assertConnected(pair: DtlsPair): void {
  const isConnected = pair.run(() => pair.isConnected);
  assert.ok(isConnected, `client: ${pair.client.closedReason}, server: ${pair.server.closedReason}`);
  const [ours, theirs] = [pair.client.connected, pair.server.connected];
  assert.deepEqual(ours?.localKey, theirs?.remoteKey);
  assert.deepEqual(ours?.remoteKey, theirs?.localKey);
}

describe("profiles", () => {
  const lengths: Record<SrtpProfile, [number, number]> = {
    AEAD_AES_128_GCM: [16, 12],
    AEAD_AES_256_GCM: [32, 12],
    AES128_CM_HMAC_SHA1_80: [16, 14],
  };
  for (const profile of Object.keys(lengths) as SrtpProfile[]) {
    for (const limited of ["client", "server"] as const) {
      test(`[RFC5764 §4.1.2] ${profile} is agreed on when the ${limited} has no other`, () => {
        withPair({ [`${limited}Options`]: { profiles: [profile] } }, (pair) => {
          assertConnected(pair);
          const { connected } = pair.client;
          assert.equal(connected?.profile, profile);
          assert.equal(pair.server.connected?.profile, profile);
          assert.deepEqual([connected?.localKey.key.length, connected?.localKey.salt.length], lengths[profile]);
        });
      });
    }
  }

  test("the server's order decides", () => {
    const serverOptions = { profiles: ["AES128_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM"] } as const;
    withPair({ serverOptions }, (pair) => {
      assertConnected(pair);
      assert.equal(pair.client.connected?.profile, "AES128_CM_HMAC_SHA1_80");
    });
  });

  test("[RFC5764 §4.2] the keys of the two directions and of two sessions differ", () => {
    const keys = new Set<string>();
    for (let i = 0; i < 2; i++) {
      withPair({}, (pair) => {
        assertConnected(pair);
        for (const key of [pair.client.connected?.localKey, pair.client.connected?.remoteKey]) {
          assert.ok(key !== undefined);
          assert.ok(key.key.some((byte) => byte !== 0));
          keys.add(Buffer.from(key.key).toString("hex")).add(Buffer.from(key.salt).toString("hex"));
        }
      });
    }
    assert.equal(keys.size, 8);
  });

  test("without one in common nobody is connected", () => {
    withPair(
      { clientOptions: { profiles: ["AEAD_AES_256_GCM"] }, serverOptions: { profiles: ["AEAD_AES_128_GCM"] } },
      (pair) => {
        pair.run();
        assert.match(pair.server.closedReason ?? "", /no SRTP profile/);
        assert.match(pair.client.closedReason ?? "", /no SRTP profile/);
        assert.ok(pair.client.connected === undefined && pair.server.connected === undefined);
      },
    );
  });

  test("an empty list is a mistake of the caller", () => {
    assert.throws(() => server.createSession({ role: "server", remoteFingerprints: [], profiles: [] }, instant(0)), RangeError);
  });
});

describe("loss", () => {
  /** How many datagrams each end needs when nothing goes wrong. */
  const flights = (() => {
    const counts: Record<DtlsRole, number> = { client: 0, server: 0 };
    withPair({ clientOptions: { mtuBytes: 576 }, serverOptions: { mtuBytes: 576 } }, (pair) => {
      assertConnected(pair);
      pair.run();
      counts.client = pair.client.sent.length;
      counts.server = pair.server.sent.length;
    });
    return counts;
  })();
  const smallest: Partial<DtlsPairOptions> = { clientOptions: { mtuBytes: 576 }, serverOptions: { mtuBytes: 576 } };

  for (const role of ["client", "server"] as const) {
    for (let lost = 0; lost < flights[role]; lost++) {
      test(`[RFC6347 §4.2.4] datagram ${lost + 1} of the ${role}'s ${flights[role]} is lost: 100 ms later it is there`, () => {
        const link: Link = (index, from, datagram) =>
          from === role && index === lost ? [] : perfectLink(index, from, datagram);
        withPair({ ...smallest, link }, (pair) => {
          assertConnected(pair);
          const tookMs = elapsedMs(instant(0), pair.now);
          assert.ok(tookMs > 100 && tookMs <= 160, `took ${tookMs} ms`);
        });
      });

      test(`datagram ${lost + 1} of the ${role}'s ${flights[role]} arrives twice, and again much later`, () => {
        const link: Link = (index, from, datagram) => [
          { delayMs: 10, datagram },
          ...(from === role && index === lost ? [10, 15, 500].map((delayMs) => ({ delayMs, datagram })) : []),
        ];
        withPair({ ...smallest, link }, (pair) => {
          assertConnected(pair);
          assert.equal(elapsedMs(instant(0), pair.now), 40);
          pair.run();
          assert.equal(pair.client.closedReason ?? pair.server.closedReason, undefined);
        });
      });
    }
  }

  test("each flight arrives in reverse order", () => {
    const link: Link = (index, _from, datagram) => [{ delayMs: 20 - Math.min(index, 15), datagram }];
    withPair({ ...smallest, link }, (pair) => {
      assertConnected(pair);
      assert.ok(elapsedMs(instant(0), pair.now) < 100, "nothing had to be sent again");
    });
  });

  test("half of everything is lost: connected all the same, or closed with a reason, and never one alone for good", () => {
    const seed = fc.array(fc.boolean(), { minLength: 400, maxLength: 400 });
    fc.assert(
      fc.property(seed, seed, (clientLoss, serverLoss) => {
        const link: Link = (index, from, datagram) =>
          ((from === "client" ? clientLoss : serverLoss)[index] ?? false) ? [] : perfectLink(index, from, datagram);
        withPair({ ...smallest, link }, (pair) => {
          pair.run(() => pair.isConnected);
          assert.ok(pair.isConnected || pair.client.closedReason !== undefined || pair.server.closedReason !== undefined);
        });
      }),
      { numRuns: 8, seed: 7 },
    );
  });

  test("attack 6: with the network gone it sends 13 times, waits at most a second, and gives up within 11 s", () => {
    withPair({ link: () => [] }, (pair) => {
      const sentAtMs: number[] = [];
      while (pair.client.closedReason === undefined) {
        const before = pair.client.sent.length;
        assert.ok(pair.run(() => pair.client.sent.length > before || pair.client.closedReason !== undefined));
        if (pair.client.sent.length > before) sentAtMs.push(elapsedMs(instant(0), pair.now));
      }
      assert.deepEqual(
        sentAtMs,
        [0, 100, 300, 700, 1500, 2500, 3500, 4500, 5500, 6500, 7500, 8500, 9500].slice(0, sentAtMs.length),
      );
      assert.equal(sentAtMs.length, 13);
      assert.match(pair.client.closedReason, /timed out/);
      assert.ok(elapsedMs(instant(0), pair.now) <= 11_000);
      assert.equal(pair.client.session.pollTimeout(), undefined);
    });
  });
});

function contentTypes(datagram: Uint8Array): string {
  return [...recordsOf(datagram)].map(([type]) => type).join(" ");
}

test("virtual time does not notice real time: a slow machine sends the same datagrams", () => {
  const conversation = (stallMs: number) => {
    const datagrams: string[] = [];
    const link: Link = (index, from, datagram) => {
      // Longer than OpenSSL's own timer runs, so that it wants to retransmit before every datagram it reads.
      const until = performance.now() + stallMs;
      while (performance.now() < until);
      // Not their sizes: an ECDSA signature has 70 to 72 bytes.
      datagrams.push(`${from} ${index}: ${contentTypes(datagram)}`);
      return from === "server" && index === 2 ? [] : perfectLink(index, from, datagram);
    };
    withPair({ link, clientOptions: { mtuBytes: 576 }, serverOptions: { mtuBytes: 576 } }, (pair) => {
      assertConnected(pair);
      pair.run();
    });
    return datagrams;
  };
  assert.deepEqual(conversation(5), conversation(0));
});

describe("MTU", () => {
  for (const mtuBytes of [576, 600, 1200, 1472]) {
    test(`no datagram is longer than ${mtuBytes} bytes`, () => {
      withPair({ clientOptions: { mtuBytes }, serverOptions: { mtuBytes } }, (pair) => {
        assertConnected(pair);
        for (const { length } of [...pair.client.sent, ...pair.server.sent]) assert.ok(length <= mtuBytes, `${length} bytes`);
      });
    });
  }

  test("out of 576 to 1472 it is a mistake of the caller", () => {
    for (const mtuBytes of [0, 575, 1473, Number.NaN, -1, 2 ** 33]) {
      const create = () => server.createSession({ role: "server", remoteFingerprints: [], mtuBytes }, instant(0));
      assert.throws(create, RangeError);
    }
  });
});

describe("data", () => {
  test("goes both ways, whole and in order, up to the largest record", () => {
    withPair({}, (pair) => {
      assertConnected(pair);
      const largest = Buffer.alloc(MAX_APPLICATION_DATA_BYTES, "x");
      for (const text of ["one", "two"]) assert.ok(pair.client.session.send(Buffer.from(text)));
      assert.ok(pair.server.session.send(largest));
      pair.run();
      assert.deepEqual(pair.server.received, ["one", "two"]);
      assert.deepEqual(pair.client.received, [largest.toString()]);
      assert.ok(pair.server.sent.every(({ length }) => length <= 1472));
    });
  });

  test("is refused before the handshake and after close, and when it is too long or nothing", () => {
    withPair({}, (pair) => {
      assert.equal(pair.client.session.send(Buffer.from("early")), false);
      assertConnected(pair);
      assert.throws(() => pair.client.session.send(Buffer.alloc(MAX_APPLICATION_DATA_BYTES + 1)), RangeError);
      assert.throws(() => pair.client.session.send(Buffer.alloc(0)), RangeError);
      assert.ok(pair.client.session.send(Buffer.from("still works")));
      pair.run();
      pair.client.session.close();
      assert.equal(pair.client.session.send(Buffer.from("late")), false);
      pair.run();
      assert.deepEqual(pair.server.received, ["still works"]);
    });
  });

  test("[RFC6347 §4.1.2.6] a repeated or mutated record is dropped, the connection lives", () => {
    const link: Link = (_index, _from, datagram) => {
      if (datagram[0] !== 23) return [{ delayMs: 10, datagram }];
      const mutated = Uint8Array.from(datagram);
      mutated[20] = (mutated[20] ?? 0) ^ 1;
      return [mutated, datagram, datagram].map((copy) => ({ delayMs: 10, datagram: copy }));
    };
    withPair({ link }, (pair) => {
      assertConnected(pair);
      for (const text of ["one", "two"]) pair.client.session.send(Buffer.from(text));
      pair.run();
      assert.deepEqual(pair.server.received, ["one", "two"]);
      assert.equal(pair.server.closedReason, undefined);
    });
  });
});

test("[RFC6347 §4.1] the end of the handshake repeats no sequence number and no nonce, however often the last flights are sent", () => {
  const lost: Record<DtlsRole, number> = { client: 2, server: 3 };
  const link: Link = (index, from, datagram) => {
    const isLastFlight = [...recordsOf(datagram)].some((record) => record[4] === 1);
    if (isLastFlight && lost[from] > 0) {
      lost[from] -= 1;
      return [];
    }
    return perfectLink(index, from, datagram);
  };
  withPair({ link }, (pair) => {
    assertConnected(pair);
    for (const { session } of [pair.client, pair.server]) assert.ok(session.send(Buffer.from("data")));
    pair.run();
    assert.deepEqual([pair.client.received, pair.server.received], [["data"], ["data"]]);
    for (const { sent } of [pair.client, pair.server]) {
      const sealed = sent.flatMap((datagram) => [...recordsOf(datagram)]).filter((record) => record[4] === 1);
      assert.ok(sealed.length >= 4, `${sealed.length} records`);
      const numbers = sealed.map((record) => Buffer.from(record).readUIntBE(5, 6));
      // Gaps are allowed: OpenSSL's own clock goes on while a busy machine stands still, and what it repeats for that is not sent.
      const isRising = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number));
      assert.ok(isRising, `${numbers}`);
      assert.equal(new Set(sealed.map((record) => Buffer.from(record).toString("hex", 13, 21))).size, sealed.length);
    }
  });
});

describe("close", () => {
  for (const role of ["client", "server"] as const) {
    test(`[RFC5246 §7.2.1] the ${role}'s close_notify is seen by the other end, which then has nothing left`, () => {
      withPair({}, (pair) => {
        assertConnected(pair);
        const [closing, other] = role === "client" ? [pair.client, pair.server] : [pair.server, pair.client];
        closing.session.close();
        pair.run();
        assert.match(other.closedReason ?? "", /close_notify/);
        assert.equal(closing.closedReason, undefined, "the end that closes knows");
        assert.equal(other.session.pollTimeout(), undefined);
      });
    });
  }

  test("twice, in the middle of a handshake, or with calls after it: nothing happens, nothing is touched", () => {
    const now = instant(0);
    const session = client.createSession({ role: "client", remoteFingerprints: [server.fingerprint] }, now);
    const hello = session.pollDatagram();
    assert.ok(hello !== undefined);
    session.close();
    session.close();
    session.handleDatagram(hello, now);
    session.handleTimeout(now);
    assert.equal(session.pollTimeout(), undefined);
    assert.equal(session.pollDatagram(), undefined, "no close_notify before the handshake is done");
    assert.equal(session.pollEvent(), undefined);
    assert.equal(session.send(Buffer.from("late")), false);
  });

  test("of the port leaves its sessions alive, but it makes no more", () => {
    const shortLived = createDtlsPort({ clock: "virtual" });
    withPair({ server: shortLived }, (pair) => {
      shortLived.close();
      shortLived.close();
      assertConnected(pair);
      assert.throws(() => shortLived.createSession({ role: "server", remoteFingerprints: [] }, pair.now), /closed/);
    });
  });
});
