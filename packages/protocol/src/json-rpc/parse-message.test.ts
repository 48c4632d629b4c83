import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ErrorCode } from "../error-code.js";
import { MAX_BATCH_CALLS, MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH, MAX_TRACEPARENT_LENGTH } from "../limits.js";
import { METHOD_NAMES } from "../method-parameters.js";
import type { IncomingCall, RequestId } from "./message.js";
import { parseMessage } from "./parse-message.js";

const ping = (extra: Record<string, unknown> = {}) => JSON.stringify({ jsonrpc: "2.0", method: "ping", ...extra });

function single(text: string): IncomingCall {
  const message = parseMessage(text);
  assert.equal(message.type, "single");
  return message.call;
}

function refusal(text: string): { id: RequestId; code: ErrorCode; message: string } {
  const call = single(text);
  assert.equal(call.type, "refused");
  return { id: call.id, code: call.error.code, message: call.error.message };
}

test("[JSON-RPC §4] an id keeps its type: number, string and null", () => {
  for (const id of [1, "1", null, 0, -1.5, ""]) {
    const call = single(ping({ id }));
    assert.equal(call.type, "request");
    assert.strictEqual(call.id, id);
  }
});

test("[JSON-RPC §4.1] a call without an id is a notification, which is never answered", () => {
  assert.equal(single(ping()).type, "notification");
  assert.equal(single(JSON.stringify({ jsonrpc: "2.0", method: "no-such" })).type, "ignored");
  assert.equal(single(JSON.stringify({ jsonrpc: "2.0", method: "publish", params: {} })).type, "ignored");
});

test("[JSON-RPC §5.1] each of the reserved codes has its own cause", () => {
  assert.equal(refusal('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]').code, "parseError");
  assert.equal(refusal('{"jsonrpc": "2.0", "method": 1, "params": "bar"}').code, "invalidRequest");
  assert.equal(refusal('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}').code, "methodNotFound");
  assert.equal(refusal('{"jsonrpc": "2.0", "method": "unpublish", "id": "1"}').code, "invalidArgument");
});

test("[JSON-RPC §5] the id of a refusal is null only when it cannot be known", () => {
  assert.equal(refusal("{").id, null);
  assert.equal(refusal("1").id, null);
  assert.equal(refusal(ping({ id: {} })).id, null);
  assert.equal(refusal(ping({ id: [1] })).id, null);
  assert.equal(refusal('{"jsonrpc":"2.0","method":"ping","id":1e999}').id, null);
  assert.equal(refusal(ping({ id: "x".repeat(257) })).id, null);
  assert.equal(refusal('{"jsonrpc":"1.0","method":"ping","id":7}').id, 7);
  assert.equal(refusal('{"jsonrpc":"2.0","result":1,"id":"a"}').id, "a");
});

test("[JSON-RPC §4.2] params are by name, and absent params are none", () => {
  assert.equal(single(ping({ id: 1 })).type, "request");
  assert.equal(refusal(ping({ id: 1, params: [] })).code, "invalidArgument");
  assert.equal(refusal(ping({ id: 1, params: null })).code, "invalidRequest");
  assert.equal(refusal(ping({ id: 1, params: "x" })).code, "invalidRequest");
});

test("[JSON-RPC §6] a batch is 1 to 50 calls, each judged alone", () => {
  const batch = parseMessage(`[${ping({ id: 1 })},1,${ping()},{"foo":"boo"}]`);
  assert.equal(batch.type, "batch");
  assert.deepEqual(
    batch.calls.map((call) => call.type),
    ["request", "refused", "notification", "refused"],
  );
  assert.equal(refusal("[]").code, "invalidRequest");
  const calls = (n: number) => `[${Array.from({ length: n }, () => ping()).join(",")}]`;
  assert.equal(parseMessage(calls(MAX_BATCH_CALLS)).type, "batch");
  assert.equal(refusal(calls(MAX_BATCH_CALLS + 1)).code, "invalidRequest");
});

test("[attack 23] a message too long or nested too deeply is refused, however deep", () => {
  assert.equal(refusal(" ".repeat(MAX_MESSAGE_BYTES + 1)).code, "resourceExhausted");
  const nested = (depth: number) => `{"jsonrpc":"2.0","id":1,"method":"ping","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.equal(single(nested(MAX_MESSAGE_DEPTH - 1)).type, "request");
  assert.equal(refusal(nested(MAX_MESSAGE_DEPTH)).code, "invalidRequest");
  assert.equal(refusal(nested(100_000)).code, "invalidRequest");
  assert.equal(refusal(`${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`).code, "invalidRequest");
});

test("[attack 23] prototype pollution keys reach nothing", () => {
  const call = single(
    '{"jsonrpc":"2.0","id":1,"method":"publish","__proto__":{"polluted":1},"params":{"cid":"a","kind":"audio","__proto__":{"muted":true,"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
  );
  assert.equal(call.type, "request");
  assert.deepEqual(call.call, { method: "publish", params: { cid: "a", kind: "audio" } });
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(refusal('{"jsonrpc":"2.0","id":1,"method":"__proto__"}').code, "methodNotFound");
  assert.equal(refusal('{"jsonrpc":"2.0","id":1,"method":"constructor"}').code, "methodNotFound");
});

test("an invalid parameter is named by its path", () => {
  const offer = (params: unknown) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "offer", params });
  assert.match(
    refusal(offer({ sdp: "v=0", tracks: [{ mid: "0", trackId: "a" }, { mid: 1 }] })).message,
    /^params\.tracks\[1\]\.mid: /,
  );
  assert.match(refusal(offer({})).message, /^params\.sdp: /);
  assert.match(refusal(offer({ sdp: "" })).message, /1 to 250000 characters/);
});

test("the member traceparent comes along, of requests and of notifications, whatever it says", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const call of [single(ping({ id: 1, traceparent })), single(ping({ traceparent }))]) {
    assert.equal("traceparent" in call ? call.traceparent : undefined, traceparent);
  }
  for (const odd of [1, null, {}, [traceparent], "0".repeat(MAX_TRACEPARENT_LENGTH + 1)]) {
    assert.deepEqual(single(ping({ id: 1, traceparent: odd })), single(ping({ id: 1 })));
  }
});

test("unknown extra fields are left behind", () => {
  const call = single(ping({ id: 1, params: { timestamp: 5, extra: { deep: [1] } }, more: true }));
  assert.equal(call.type, "request");
  assert.deepEqual(call.call.params, { timestamp: 5 });
});

test("any JSON, any text: a parsed value, never an exception", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" })), (text) => {
      const message = parseMessage(text);
      assert.ok(message.type === "single" || message.calls.length <= MAX_BATCH_CALLS);
    }),
    { numRuns: 2_000 },
  );
});

test("calls of known methods with arbitrary members and parameters parse or are refused under their id", () => {
  const envelope = fc.record(
    {
      jsonrpc: fc.constantFrom("2.0", "1.0", 2),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.constantFrom(...METHOD_NAMES),
      params: fc.dictionary(
        fc.constantFrom("sdp", "trackId", "trackIds", "type", "data", "candidate", "cid", "kind", "to", "tracks", "__proto__"),
        fc.jsonValue({ maxDepth: 3 }),
      ),
    },
    { requiredKeys: ["id", "method"] },
  );
  fc.assert(
    fc.property(envelope, (call) => {
      const parsed = single(JSON.stringify(call));
      assert.ok(parsed.type === "request" || parsed.type === "refused");
      assert.ok(Object.is(parsed.id, call.id) || parsed.id === call.id);
    }),
    { numRuns: 2_000 },
  );
});
