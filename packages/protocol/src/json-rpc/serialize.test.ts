import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ERROR_CODES, type ErrorCode, SluiceError } from "../error-code.js";
import { parseResult } from "../server-messages.js";
import { parseMessage } from "./parse-message.js";
import { parseServerMessages } from "./parse-server-message.js";
import { serializeBatch, serializeError, serializeNotification, serializeRequest, serializeResult } from "./serialize.js";

const requestId = fc.oneof(fc.integer(), fc.string({ maxLength: 256, unit: "binary" }), fc.constant(null));

test("a request that was serialised parses to the same id, method and parameters", () => {
  fc.assert(
    fc.property(requestId, fc.string({ minLength: 1, maxLength: 200, unit: "binary" }), (id, sdp) => {
      const message = parseMessage(serializeRequest(id, "offer", { sdp, tracks: [{ mid: "0", trackId: "TR_1" }] }));
      assert.equal(message.type, "single");
      assert.equal(message.call.type, "request");
      assert.deepEqual(message.call, {
        type: "request",
        id: Object.is(id, -0) ? 0 : id,
        call: { method: "offer", params: { sdp, tracks: [{ mid: "0", trackId: "TR_1" }] } },
      });
    }),
  );
});

test("results, errors and notifications come back typed, one by one and in a batch", () => {
  const result = serializeResult("a", { timestamp: 1, serverTime: 2 });
  const error = serializeError(7, new SluiceError("notFound", 'no track "x"\n'));
  const notification = serializeNotification("negotiationNeeded", { audio: 1, video: 2 });
  const parsed = [result, error, notification].flatMap((message) => parseServerMessages(message));
  assert.deepEqual(parseServerMessages(serializeBatch([result, error, notification])), parsed);

  const [first, second, third] = parsed;
  assert.ok(first?.type === "result" && first.id === "a");
  assert.deepEqual(parseResult("ping", first.result), { timestamp: 1, serverTime: 2 });
  assert.ok(second?.type === "error" && second.id === 7);
  assert.equal(second.error.code, "notFound");
  assert.equal(second.error.message, 'no track "x"\n');
  assert.ok(third?.type === "notification");
  assert.deepEqual(third.notification, { method: "negotiationNeeded", params: { audio: 1, video: 2 } });
});

test("every error code survives the wire", () => {
  const numbers = new Set<number>();
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const [message] = parseServerMessages(serializeError(1, new SluiceError(code, "because")));
    assert.ok(message?.type === "error");
    assert.equal(message.error.code, code);
    numbers.add(ERROR_CODES[code].jsonRpc);
  }
  assert.equal(numbers.size, Object.keys(ERROR_CODES).length);
});

test("a client leaves out what it does not understand", () => {
  for (const text of [
    "",
    "nonsense",
    "null",
    '{"jsonrpc":"2.0","method":"aNewerNotification","params":{}}',
    '{"jsonrpc":"2.0","method":"negotiationNeeded","params":{"audio":-1,"video":0}}',
    '{"jsonrpc":"1.0","id":1,"result":1}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":{},"result":1}',
  ]) {
    assert.deepEqual(parseServerMessages(text), [], text);
  }
  assert.throws(() => parseResult("publish", { track: {} }), /expected a string/);
});

test("any text at all leaves a client's parser standing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const message of parseServerMessages(text)) assert.ok(message.type);
    }),
  );
});
