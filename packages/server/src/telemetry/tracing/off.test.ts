/** What is off is not there: a process of its own says which modules it has loaded. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

/** Starts a node and ends it, and prints the module URLs of {@link SPY} that speak of tracing. */
const PROGRAM = `
  import { register } from "node:module";
  import { MessageChannel } from "node:worker_threads";
  const { port1, port2 } = new MessageChannel();
  const loaded = [];
  port1.on("message", (url) => loaded.push(url));
  port1.unref();
  register(process.env.SPY, { data: { port2 }, transferList: [port2] });
  const { startServer } = await import(process.env.MAIN);
  const { parseConfig } = await import(process.env.CONFIG);
  const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal", ...JSON.parse(process.env.FLAGS) };
  const server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
  await server.close();
  await new Promise(setImmediate);
  console.log(JSON.stringify({ all: loaded.length, tracing: loaded.filter((url) => url.includes("/telemetry/tracing/")).length }));
  process.exit(0);
`;
const SPY = `
  let port;
  export function initialize({ port2 }) { port = port2; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }
`;

function loadedModules(flags: Readonly<Record<string, unknown>>): { readonly all: number; readonly tracing: number } {
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    encoding: "utf8",
    env: {
      ...process.env,
      SPY: `data:text/javascript,${encodeURIComponent(SPY)}`,
      MAIN: new URL("../../main.js", import.meta.url).href,
      CONFIG: new URL("../../config/parse-config.js", import.meta.url).href,
      FLAGS: JSON.stringify(flags),
    },
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

test("with tracing off no module of it is loaded", () => {
  const off = loadedModules({});
  assert.ok(off.all > 200);
  assert.equal(off.tracing, 0);
  const on = loadedModules({ "telemetry.traces.enabled": true, "telemetry.traces.endpoint": "http://127.0.0.1:9" });
  assert.ok(on.tracing > 5);
});
