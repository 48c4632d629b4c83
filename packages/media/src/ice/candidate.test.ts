import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { candidatePriority, parseCandidate, passiveTcpPriority, serializeCandidate } from "./candidate.js";
import type { IceCandidate } from "./ice-parameters.js";

test("[RFC8839 §5.1] reads what Chromium, Firefox and an SFU send", () => {
  assert.deepEqual(
    parseCandidate(
      "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag 3LTB network-cost 999",
    ),
    {
      foundation: "842163049",
      priority: 1_677_729_535,
      family: "IPv4",
      ip: "203.0.113.7",
      port: 46_154,
      type: "srflx",
    },
  );
  assert.deepEqual(parseCandidate("a=candidate:0 1 UDP 2122252543 2001:DB8:0::1 50000 typ host"), {
    foundation: "0",
    priority: 2_122_252_543,
    family: "IPv6",
    ip: "2001:db8::1",
    port: 50_000,
    type: "host",
  });
  assert.equal(parseCandidate("candidate:1 1 udp 1 ::ffff:192.0.2.1 9 typ relay raddr :: rport 9")?.ip, "192.0.2.1");
});

test("[RFC6544 §4.5] TCP candidates say who connects, wherever tcptype stands behind the type", () => {
  const active = "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag a network-id 1";
  assert.equal(parseCandidate(active)?.tcpType, "active");
  const reflexive = "candidate:2 1 TCP 1345052671 192.0.2.1 7 typ srflx raddr 10.0.0.1 rport 8 tcptype SO";
  assert.equal(parseCandidate(reflexive)?.tcpType, "so");
  const udp = "candidate:1 1 udp 1518280447 192.0.2.1 9 typ host tcptype active";
  assert.equal(parseCandidate(udp)?.tcpType, undefined, "of UDP it means nothing");
  const passive = { foundation: "3", priority: 9, family: "IPv4", ip: "192.0.2.1", port: 7_881, type: "host" } as const;
  assert.equal(
    serializeCandidate({ ...passive, tcpType: "passive" }),
    "candidate:3 1 tcp 9 192.0.2.1 7881 typ host tcptype passive",
  );
});

test("[RFC6544 §4.2] TCP comes after all of UDP but relays", () => {
  assert.equal(passiveTcpPriority(8_191), 2 ** 24 * 90 + 2 ** 8 * (2 ** 13 * 4 + 8_191) + 255);
  assert.ok(passiveTcpPriority(8_191) > passiveTcpPriority(8_190));
  assert.ok(passiveTcpPriority(8_191) < candidatePriority("srflx", 0));
  assert.ok(passiveTcpPriority(0) > candidatePriority("relay", 65_535));
});

test("refuses TCP without its type, mDNS, other components and values out of range", () => {
  const wrong = [
    "",
    "candidate:",
    "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host",
    "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype actively",
    "candidate:1 1 sctp 1518280447 192.0.2.1 9 typ host tcptype active",
    "candidate:1 1 udp 2113937151 3d3a4a5c-0c2a-4a4d-8d0b-7c4b7f2a5d11.local 50000 typ host",
    "candidate:1 1 udp 2113937151 sfu.example.org 50000 typ host",
    "candidate:1 2 udp 2113937150 192.0.2.1 50001 typ host",
    "candidate:1 1 udp 0 192.0.2.1 50000 typ host",
    "candidate:1 1 udp 2147483648 192.0.2.1 50000 typ host",
    "candidate:1 1 udp 1 192.0.2.1 0 typ host",
    "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
    "candidate:1 1 udp 1 0.0.0.0 50000 typ host",
    "candidate:1 1 udp 1 :: 50000 typ host",
    "candidate:1 1 udp 1 192.0.2.256 50000 typ host",
    "candidate:1 1 udp 1 192.0.2.1 50000 typ hostile",
    "candidate:1 1 udp 1 192.0.2.1 50000",
    `candidate:${"1".repeat(33)} 1 udp 1 192.0.2.1 50000 typ host`,
    `candidate:1 1 udp 1 192.0.2.1 50000 typ host ${"x".repeat(600)}`,
  ];
  for (const text of wrong) assert.equal(parseCandidate(text), undefined, text);
});

test("[RFC8445 §5.1.2.1] priorities", () => {
  assert.equal(candidatePriority("host", 65_535), 2_130_706_431);
  assert.equal(candidatePriority("srflx", 65_535), 1_694_498_815);
  assert.equal(candidatePriority("prflx", 65_535), 1_862_270_975);
  assert.equal(candidatePriority("relay", 0, 1), 255);
  assert.equal(candidatePriority("relay", 0, 256), 0);
});

test("parse undoes serialize", () => {
  const candidate: fc.Arbitrary<IceCandidate> = fc.record(
    {
      foundation: fc.stringMatching(/^[A-Za-z0-9+/]{1,32}$/),
      priority: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      family: fc.constant("IPv4" as const),
      ip: fc.ipV4().filter((ip) => ip !== "0.0.0.0"),
      port: fc.integer({ min: 1, max: 65_535 }),
      type: fc.constantFrom("host" as const, "srflx" as const, "prflx" as const, "relay" as const),
      tcpType: fc.constantFrom("active" as const, "passive" as const, "so" as const),
    },
    { requiredKeys: ["foundation", "priority", "family", "ip", "port", "type"], noNullPrototype: true },
  );
  fc.assert(fc.property(candidate, (sent) => assert.deepEqual(parseCandidate(serializeCandidate(sent)), sent)));
});

test("fuzz: mutated candidates never throw, and what is taken is in range", () => {
  const valid = "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0";
  fc.assert(
    fc.property(fc.nat(valid.length), fc.nat(4), fc.string({ maxLength: 6 }), (start, removed, inserted) => {
      const candidate = parseCandidate(valid.slice(0, start) + inserted + valid.slice(start + removed));
      if (candidate === undefined) return;
      assert.ok(candidate.port >= 1 && candidate.port <= 65_535);
      assert.ok(candidate.priority >= 1 && candidate.priority < 2 ** 31);
    }),
    { numRuns: 3_000 },
  );
});
