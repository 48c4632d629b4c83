import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sendWebhook } from "./send-webhook.js";

const never = new AbortController().signal;

/** A receiver for one test; `run` gets its URL. */
async function withReceiver(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?of=mine`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("the request is as LiveKit's receivers want it", async () => {
  let seen: { readonly method: string | undefined; readonly url: string | undefined; readonly body: string } | undefined;
  let headers: IncomingMessage["headers"] = {};
  await withReceiver(
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen = { method: request.method, url: request.url, body: Buffer.concat(chunks).toString() };
      headers = request.headers;
      response.end("thanks");
    },
    async (url) => {
      const reply = await sendWebhook({ url, body: '{"name":"Å"}', authorization: "a.b.c" }, never);
      assert.deepEqual(reply, { outcome: "delivered" });
    },
  );
  assert.deepEqual(seen, { method: "POST", url: "/hook?of=mine", body: '{"name":"Å"}' });
  assert.equal(headers["content-type"], "application/webhook+json");
  assert.equal(headers.authorization, "a.b.c");
});

test("statuses say whether to come again; a redirection is not followed", async () => {
  const outcomes = new Map<number, string>();
  for (const status of [204, 301, 307, 400, 401, 404, 408, 410, 425, 429, 500, 503]) {
    await withReceiver(
      (_request, response) => response.writeHead(status, { location: "/elsewhere" }).end(),
      async (url) => {
        outcomes.set(status, (await sendWebhook({ url, body: "{}", authorization: "" }, never)).outcome);
      },
    );
  }
  const of = (outcome: string) => [...outcomes].filter(([, each]) => each === outcome).map(([status]) => status);
  assert.deepEqual(of("delivered"), [204]);
  assert.deepEqual(of("refused"), [301, 307, 400, 401, 404, 410]);
  assert.deepEqual(of("failed"), [408, 425, 429, 500, 503]);
});

test("nobody there, a connection that breaks, and calling it off are failures with a reason", async () => {
  const nobody = await sendWebhook({ url: "http://127.0.0.1:1/", body: "{}", authorization: "" }, never);
  assert.equal(nobody.outcome, "failed");
  assert.ok((nobody.why ?? "").length > 0);
  await withReceiver(
    (request) => request.socket.destroy(),
    async (url) => assert.equal((await sendWebhook({ url, body: "{}", authorization: "" }, never)).outcome, "failed"),
  );
  const abort = new AbortController();
  await withReceiver(
    () => abort.abort(),
    async (url) => assert.equal((await sendWebhook({ url, body: "{}", authorization: "" }, abort.signal)).outcome, "failed"),
  );
});
