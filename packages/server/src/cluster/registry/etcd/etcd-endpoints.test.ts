import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { MAX_ENDPOINTS, parseEtcdEndpoints } from "./etcd-endpoints.js";

test("reads endpoints as origins, each once", () => {
  assert.deepEqual(parseEtcdEndpoints("http://10.0.0.1:2379, https://etcd.example:2379/ ,http://10.0.0.1:2379"), [
    "http://10.0.0.1:2379",
    "https://etcd.example:2379",
  ]);
  assert.deepEqual(parseEtcdEndpoints("http://[::1]:2379"), ["http://[::1]:2379"]);
});

test("says what is wrong with an endpoint, and no password", () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /no etcd endpoint/],
    ["10.0.0.1:2379", /write http:\/\/HOST:2379/],
    ["ftp://a", /not an etcd endpoint/],
    ["http://a/v3", /ends with its port/],
    ["http://user:secret@a", /no user or password: http:\/\/a/],
    ["nonsense:secret@a b", /not an etcd endpoint/],
    [Array.from({ length: MAX_ENDPOINTS + 1 }, (_, i) => `http://a${i}`).join(","), /at most 16/],
  ];
  for (const [text, message] of refusals) {
    assert.throws(
      () => parseEtcdEndpoints(text),
      (error) =>
        error instanceof SluiceError &&
        error.code === "invalidArgument" &&
        message.test(error.message) &&
        !error.message.includes("secret"),
      text,
    );
  }
});

test("gives origins or a SluiceError, whatever it reads", () => {
  const part = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.constantFrom("http://", "//", "@", "http://a:99999", "http://\u0000", "https://é"),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      try {
        for (const endpoint of parseEtcdEndpoints(parts.join(","))) assert.equal(new URL(endpoint).origin, endpoint);
      } catch (error) {
        assert.ok(error instanceof SluiceError);
      }
    }),
  );
});
