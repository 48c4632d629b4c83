import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseEtcdEndpoint } from "./etcd-endpoint.js";

test("reads an endpoint as an origin", () => {
  assert.equal(parseEtcdEndpoint("http://10.0.0.1:2379"), "http://10.0.0.1:2379");
  assert.equal(parseEtcdEndpoint("https://etcd.example:2379/"), "https://etcd.example:2379");
  assert.equal(parseEtcdEndpoint("http://[::1]:2379"), "http://[::1]:2379");
});

test("says what is wrong with an endpoint, and no password", () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /not an etcd endpoint/],
    ["10.0.0.1:2379", /write http:\/\/HOST:2379/],
    ["ftp://a", /not an etcd endpoint/],
    ["http://a/v3", /ends with its port/],
    ["http://user:secret@a", /no user or password: http:\/\/a/],
    ["nonsense:secret@a b", /not an etcd endpoint/],
  ];
  for (const [text, message] of refusals) {
    assert.throws(
      () => parseEtcdEndpoint(text),
      (error) =>
        error instanceof SluiceError &&
        error.code === "invalidArgument" &&
        message.test(error.message) &&
        !error.message.includes("secret"),
      text,
    );
  }
});

test("gives an origin or a SluiceError, whatever it reads", () => {
  const text = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.constantFrom("http://", "//", "@", "http://a:99999", "http://\u0000", "https://é"),
  );
  fc.assert(
    fc.property(text, (endpoint) => {
      try {
        const origin = parseEtcdEndpoint(endpoint);
        assert.equal(new URL(origin).origin, origin);
      } catch (error) {
        assert.ok(error instanceof SluiceError);
      }
    }),
  );
});
