import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SluiceError } from "../error-code.js";
import type { Notification } from "../json-rpc/message.js";
import { JsonRpcClient } from "./json-rpc-client.js";

function createClient() {
  const sent: { id: number; method: string; params: unknown }[] = [];
  const notifications: Notification[] = [];
  const client = new JsonRpcClient(
    (text) => sent.push(JSON.parse(text)),
    (notification) => notifications.push(notification),
  );
  return { client, sent, notifications };
}

const answer = (id: unknown, result: unknown) => JSON.stringify({ jsonrpc: "2.0", id, result });

test("answers find their requests in any order, also in a batch", async () => {
  const { client, sent } = createClient();
  const a = client.request("signal", { type: "offer", data: "a" });
  const b = client.request("signal", { type: "offer", data: "b" });
  const [idA, idB] = sent.map(({ id }) => id);
  client.handleMessage(`[${answer(idB, { delivered: 2 })},${answer(idA, { delivered: 1 })}]`);
  assert.deepEqual(await Promise.all([a, b]), [{ delivered: 1 }, { delivered: 2 }]);
});

test("an error of the server is a SluiceError with its code", async () => {
  const { client, sent } = createClient();
  const request = client.request("unpublish", { trackId: "TR_1" });
  const error = { code: -32_003, message: "no such track" };
  client.handleMessage(JSON.stringify({ jsonrpc: "2.0", id: sent[0]?.id, error }));
  await assert.rejects(request, (e) => e instanceof SluiceError && e.code === "notFound" && e.message === "no such track");
});

test("an answer that breaks the contract is an internal error", async () => {
  const { client, sent } = createClient();
  const request = client.request("signal", { type: "offer", data: "" });
  client.handleMessage(answer(sent[0]?.id, { delivered: "many" }));
  await assert.rejects(request, (e) => e instanceof SluiceError && e.code === "internal");
});

test("closing rejects what is pending and what comes later", async () => {
  const { client } = createClient();
  const pending = client.request("ping", {});
  client.close(new SluiceError("unavailable", "gone"));
  for (const request of [pending, client.request("ping", {})]) {
    await assert.rejects(request, (e) => e instanceof SluiceError && e.code === "unavailable");
  }
});

test("no text throws", () => {
  const { client } = createClient();
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => client.handleMessage(text)));
});
