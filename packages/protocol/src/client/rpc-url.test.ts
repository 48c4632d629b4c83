import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../error-code.js";
import { rpcUrl } from "./rpc-url.js";

test("a page's own address and a WebSocket address mean the same door", () => {
  for (const url of ["https://example.org", "https://example.org/", "wss://example.org", "wss://example.org/rpc"]) {
    assert.equal(rpcUrl(url, "a.b"), "wss://example.org/rpc?access_token=a.b");
  }
  assert.equal(rpcUrl("http://localhost:7880/live/", "t"), "ws://localhost:7880/live/rpc?access_token=t");
});

test("the token is escaped", () => {
  assert.equal(rpcUrl("ws://h", "a&b=c"), "ws://h/rpc?access_token=a%26b%3Dc");
});

test("what is no such address is refused", () => {
  for (const url of ["", "localhost:7880", "ftp://example.org", "/rpc"]) {
    assert.throws(
      () => rpcUrl(url, "t"),
      (error) => error instanceof SluiceError && error.code === "invalidArgument",
    );
  }
});
