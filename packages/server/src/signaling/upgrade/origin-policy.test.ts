import assert from "node:assert/strict";
import { test } from "node:test";
import { isOriginAllowed } from "./origin-policy.js";

const config = (isDev: boolean, host: string | undefined, ...allowedOrigins: string[]) => {
  return { isDev, bindAddresses: [{ host, port: 7_880 }], allowedOrigins };
};
const PUBLIC = config(false, undefined, "https://app.example");
const LOCAL_DEV = config(true, "127.0.0.1");

test("no Origin is no browser", () => assert.ok(isOriginAllowed(undefined, "node.example", PUBLIC)));

test("the node's own pages and listed origins may connect, nobody else", () => {
  const allowed = (origin: string) => isOriginAllowed(origin, "node.example:7880", PUBLIC);
  assert.ok(allowed("http://node.example:7880"));
  assert.ok(allowed("https://app.example"));
  for (const origin of [
    "https://evil.example",
    "http://app.example",
    "https://app.example.evil.example",
    "https://app.example:8443",
    "http://node.example",
    "http://localhost:7880",
    "null",
    "",
    "file://",
  ]) {
    assert.ok(!allowed(origin), origin);
  }
});

test('"*" lets every page in', () => assert.ok(isOriginAllowed("https://any.example", "x", config(false, undefined, "*"))));

test("in development every loopback page may connect", () => {
  for (const origin of ["http://localhost:5173", "http://127.0.0.1:7880", "http://[::1]:7880"]) {
    assert.ok(isOriginAllowed(origin, "127.0.0.1:7880", LOCAL_DEV), origin);
  }
});

test("[DNS rebinding] in development a host name that leads here is not enough", () => {
  assert.ok(!isOriginAllowed("http://evil.example:7880", "evil.example:7880", LOCAL_DEV));
  assert.ok(isOriginAllowed("http://box.lan:7880", "box.lan:7880", config(true, undefined)), "unless it is bound for others");
});
