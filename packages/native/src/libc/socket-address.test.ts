import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { readIpv6, writeIpv4, writeIpv6 } from "./ip-address.js";
import { readSocketAddress, SOCKADDR_STRIDE_BYTES, writeSocketAddress } from "./socket-address.js";

const v6Bytes = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.array(fc.constantFrom(0, 0, 0, 1, 0xab), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
);

test("[RFC5952 §4] IPv6 text is what the URL parser makes of it, and reads back to the same bytes", () => {
  fc.assert(
    fc.property(v6Bytes, (bytes) => {
      const text = readIpv6(bytes, 0);
      assert.equal(`[${text}]`, new URL(`http://[${text}]/`).hostname);
      const back = new Uint8Array(16);
      assert.ok(writeIpv6(text, back, 0));
      assert.deepEqual(back, bytes);
    }),
  );
});

test("[RFC4291 §2.2] every way to write an IPv6 address gives the same bytes", () => {
  for (const text of ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8::0:1", "2001:db8::0.0.0.1"]) {
    const bytes = new Uint8Array(16);
    assert.ok(writeIpv6(text, bytes, 0), text);
    assert.equal(readIpv6(bytes, 0), "2001:db8::1");
  }
});

test("text is accepted exactly when Node calls it an address; zones are not", () => {
  const text = fc.oneof(fc.string({ maxLength: 40 }), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.%]{1,40}$/));
  fc.assert(
    fc.property(text, (ip) => {
      assert.equal(writeIpv4(ip, new Uint8Array(4), 0), isIP(ip) === 4);
      assert.equal(writeIpv6(ip, new Uint8Array(16), 0), isIP(ip) === 6 && !ip.includes("%"));
    }),
    { numRuns: 2000 },
  );
});

test("a socket address reads back as it was written, and nothing is written beside it", () => {
  const address = fc.record({ port: fc.nat(65_535), ip: fc.oneof(fc.ipV4(), fc.ipV6()) });
  fc.assert(
    fc.property(address, ({ port, ip }) => {
      const family = isIP(ip) === 4 ? "IPv4" : "IPv6";
      const bytes = new Uint8Array(3 * SOCKADDR_STRIDE_BYTES).fill(0xee);
      assert.ok(writeSocketAddress(bytes, SOCKADDR_STRIDE_BYTES, { family, ip, port }));
      const back = readSocketAddress(bytes, SOCKADDR_STRIDE_BYTES);
      assert.equal(back?.port, port);
      assert.equal(back?.family, family);
      assert.ok(bytes.subarray(0, SOCKADDR_STRIDE_BYTES).every((byte) => byte === 0xee));
      assert.ok(bytes.subarray(2 * SOCKADDR_STRIDE_BYTES).every((byte) => byte === 0xee));
    }),
  );
});

test("an address of another family reads as nothing", () => {
  assert.equal(readSocketAddress(new Uint8Array(SOCKADDR_STRIDE_BYTES), 0), undefined);
});
