import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { formatIpAddress, ipFamily, parseIpAddress } from "./ip-address.js";

function canonical(text: string): string {
  const bytes = parseIpAddress(text);
  assert.ok(bytes, text);
  return formatIpAddress(bytes);
}

test("[RFC5952 §4] writes IPv6 in its one canonical form", () => {
  assert.equal(canonical("2001:0db8::0001"), "2001:db8::1");
  assert.equal(canonical("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  assert.equal(canonical("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  assert.equal(canonical("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  assert.equal(canonical("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  assert.equal(canonical("2001:DB8::AbCd"), "2001:db8::abcd");
  assert.equal(canonical("::"), "::");
  assert.equal(canonical("::1"), "::1");
  assert.equal(canonical("fe80::"), "fe80::");
  assert.equal(canonical("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
});

test("turns v4-mapped addresses into IPv4, both ways", () => {
  assert.deepEqual(parseIpAddress("::ffff:192.0.2.1"), Uint8Array.of(192, 0, 2, 1));
  const mapped = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]);
  assert.equal(formatIpAddress(mapped), "192.0.2.1");
  assert.equal(ipFamily(mapped), "IPv4");
  assert.equal(ipFamily(new Uint8Array(16)), "IPv6");
});

test("refuses what is not an IP address", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "1.2.3.-4",
    "1.2.3.4 ",
    "::1%eth0",
    ":::",
    "1::2::3",
    ":1",
    "1:",
    "1:2:3:4:5:6:7",
  ];
  for (const text of [
    ...wrong,
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8:9",
    "12345::",
    "1.2.3.4::",
    "::1.2.3.4:1",
    "localhost",
    "a".repeat(9_999),
  ]) {
    assert.equal(parseIpAddress(text), undefined, text);
  }
});

test("takes what node:net takes, and nothing else", () => {
  const character = fc.constantFrom(..."0123456789abcdefF::::....");
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 46 }), (text) => {
      assert.equal(parseIpAddress(text) !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 2_000 },
  );
});

test("every IPv6 address is written as the URL standard writes it, and read back", () => {
  const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(0xffff) });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff]));
      fc.pre(ipFamily(bytes) === "IPv6");
      const text = formatIpAddress(bytes);
      assert.equal(`[${text}]`, new URL(`http://[${text}]/`).hostname);
      assert.deepEqual(parseIpAddress(text), bytes);
    }),
  );
});

test("every IPv4 address is read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      assert.deepEqual(parseIpAddress(formatIpAddress(bytes)), bytes);
    }),
  );
});
