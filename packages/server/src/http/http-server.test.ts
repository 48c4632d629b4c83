import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { LocalDoor } from "../testing/local-door.js";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../testing/test-certificate.js";
import { WebSocketClient } from "../testing/web-socket-client.js";
import { contentSecurityPolicy } from "./content-security-policy.js";

async function open(t: TestContext, ...options: Parameters<typeof LocalDoor.open>): Promise<LocalDoor> {
  const local = await LocalDoor.open(...options);
  t.after(() => local.close());
  return local;
}

test("/healthz says that the process lives, /readyz whether clients may come", async (t) => {
  let isReady = false;
  const local = await open(t, {}, { isReady: () => isReady });
  assert.equal((await fetch(`${local.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${local.url}/readyz`)).status, 503);
  isReady = true;
  assert.equal((await fetch(`${local.url}/readyz`)).status, 200);
});

test("the SDK's modules are served with the security headers, and nothing outside their folders", async (t) => {
  const local = await open(t);
  const response = await fetch(`${local.url}/protocol/index.js`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /javascript/);
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'self'/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.match(await response.text(), /parseMessage/);
  for (const path of ["/protocol/%2e%2e/package.json", "/protocol/..%2f..%2fpackage.json", "/nothing", "/protocol/"]) {
    assert.equal((await fetch(`${local.url}${path}`)).status, 404, path);
  }
});

/** `fetch` would tidy the path up before it sends it. */
test("a path with dots in it stays inside", async (t) => {
  const local = await open(t);
  const { hostname, port } = new URL(local.url);
  const socket = connect(Number(port), hostname);
  socket.end("GET /protocol/../package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  assert.match(chunk.toString(), /^HTTP\/1\.1 404 /);
});

test("only an import map may stand inline, by its hash", () => {
  const policy = contentSecurityPolicy('<script type="importmap">{"imports":{}}</script><script>alert(1)</script>');
  assert.match(policy, /script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; style-src/);
  assert.doesNotMatch(policy, /unsafe/);
});

test("a development node gives the demo page its token, and no other node does", async (t) => {
  const local = await open(t);
  const response = await fetch(`${local.url}/dev/token?room=demo&identity=ann&name=Ann`);
  const { token } = (await response.json()) as { token: string };
  const client = await WebSocketClient.open(local.url, token);
  assert.equal((await client.request("join", {})).participant.name, "Ann");
  client.socket.terminate();
  assert.equal((await fetch(`${local.url}/dev/token?room=demo`)).status, 400);
  assert.equal((await fetch(`${local.url}/dev/token?room=demo&identity=a&identity=b`)).status, 400);
  const serious = await open(t, { dev: false, keys: "key: a-secret-of-at-least-thirty-two-bytes" });
  assert.equal((await fetch(`${serious.url}/dev/token?room=demo&identity=ann`)).status, 404);
});

test("with a certificate the node speaks HTTPS and WSS", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, TEST_CERTIFICATE);
  writeFileSync(key, TEST_CERTIFICATE_KEY);
  const local = await open(t, { tls: { cert, key } });
  assert.match(local.url, /^https:/);
  const [response] = await once(get(`${local.url}/healthz`, { ca: TEST_CERTIFICATE }), "response");
  assert.equal(response.statusCode, 200);
  response.resume();
  const client = await local.connect("ann", {}, { ca: TEST_CERTIFICATE });
  await client.request("join", {});
  await assert.rejects(LocalDoor.open({ tls: { cert: join(folder, "none.pem"), key } }), /cannot read the TLS file/);
  await assert.rejects(
    LocalDoor.open({ tls: { cert: key, key } }),
    /^SluiceError: cannot serve TLS with \S+ and \S+: no start line$/,
  );
});

test("a node that listens everywhere says an address that a browser can open", async (t) => {
  const local = await open(t, { "bind-address": "0.0.0.0:0" });
  assert.match(local.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(`${local.url}/healthz`)).status, 200);
});

test("a port that is taken is said in one line", async (t) => {
  const local = await open(t);
  const { port } = new URL(local.url);
  await assert.rejects(LocalDoor.open({ "bind-address": `127.0.0.1:${port}` }), (error) => {
    assert.ok(error instanceof SluiceError && error.code === "failedPrecondition");
    assert.match(error.message, new RegExp(`^cannot listen on 127.0.0.1:${port}: another program listens there$`));
    return true;
  });
});
