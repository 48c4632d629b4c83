/** `sluice serve` as a process: what `npm start` runs once everything is built. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { SluiceProcess } from "./harness/sluice-process.js";

/** Of what a Node.js that does nothing takes from its start to its end; measured: 12. */
const MAX_START_SHARE = 60;
const DEV = ["serve", "--dev", "--bind-address", "127.0.0.1:0", "--udp-port", "0"];

test("serve --dev listens within a second or so, and says all that one needs to try it", async (t) => {
  const bareMs = await bareStartMs();
  const node = SluiceProcess.start(t, DEV);
  const [, url = ""] = await node.says(/Demo\s+(http:\S+)\//);
  const startMs = performance.now() - node.startedMs;
  t.diagnostic(
    `listening, with all workers ready, after ${startMs.toFixed(0)} ms; Node.js alone takes ${bareMs.toFixed(0)} ms`,
  );
  assert.ok(startMs < MAX_START_SHARE * bareMs, `${startMs} ms, Node.js alone ${bareMs} ms`);
  await node.says(/Key\s+devkey\n\s+Secret\s+secret\n/);
  await node.says(/Packets\s+(native|portable) /);
  const [, bot = ""] = await node.says(/Bot\s+npx sluice (join .*)\n/);
  assert.match(bot, new RegExp(`--url ${url.replace("http", "ws")} --room demo --name bot1$`));

  for (const [path, text] of [
    ["/healthz", "ok\n"],
    ["/readyz", "ready\n"],
  ]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    assert.equal(await response.text(), text);
  }
  const page = await fetch(`${url}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  for (const [, script] of (await page.text()).matchAll(/"(\/[a-z/]+\.js)"/g)) {
    assert.equal((await fetch(url + script)).status, 200, script);
  }

  // The line for the bot works as it is printed.
  const joined = SluiceProcess.start(t, [...bot.split(" "), "--duration", "1s"]);
  const { code, stderr } = await joined.exit();
  assert.equal(code, 0, stderr);
});

test("Ctrl-C ends it with 0, and its workers with it", async (t) => {
  const node = SluiceProcess.start(t, [...DEV, "--json"]);
  const [banner = ""] = await node.says(/^\{"url".*\}$/m);
  const { url, key, secret } = JSON.parse(banner);
  assert.deepEqual({ key, secret }, { key: "devkey", secret: "secret" });
  const { code, stderr } = await node.end();
  assert.equal(code, 0, stderr);
  await assert.rejects(fetch(`${url}/healthz`));
});

for (const [what, args] of [
  ["no keys", []],
  ["the development key", ["--keys", "devkey: secret"]],
] as const) {
  test(`without --dev ${what} is refused`, async (t) => {
    const node = SluiceProcess.start(t, ["serve", "--bind-address", "127.0.0.1:0", "--udp-port", "0", ...args]);
    const { code, stderr } = await node.exit();
    assert.notEqual(code, 0);
    assert.match(stderr, /key/);
    assert.doesNotMatch(stderr, /\n {4}at /, "a sentence, not a stack trace");
  });
}

test("a port that is taken is said in one sentence", async (t) => {
  const first = SluiceProcess.start(t, [...DEV, "--json"]);
  const [banner = ""] = await first.says(/^\{"url".*\}$/m);
  const { port } = new URL(JSON.parse(banner).url);
  const second = SluiceProcess.start(t, ["serve", "--dev", "--bind-address", `127.0.0.1:${port}`, "--udp-port", "0"]);
  const { code, stderr } = await second.exit();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`cannot listen on 127.0.0.1:${port}: another program listens there`));
});

/** The machine's measure of what it costs to start a process. */
async function bareStartMs(): Promise<number> {
  const startMs = performance.now();
  const [code] = await once(spawn(process.execPath, ["-e", ""]), "exit");
  assert.equal(code, 0);
  return performance.now() - startMs;
}
