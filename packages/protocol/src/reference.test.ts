import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERROR_CODES, type ErrorCode } from "./error-code.js";
import { parseMessage } from "./json-rpc/parse-message.js";
import { METHOD_NAMES } from "./method-parameters.js";
import { NOTIFICATION_NAMES } from "./server-messages.js";

const page = readFileSync(new URL("../../../docs/reference/json-rpc.md", import.meta.url), "utf8");

test("docs/reference/json-rpc.md has the table of errors as they are", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (-\d+) \| (\d+) \| (\d+) \|/gm)].map(([, code, ...numbers]) => [
    code,
    ...numbers.map(Number),
  ]);
  const expected = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const { jsonRpc, http, webSocketClose } = ERROR_CODES[code];
    return [code, jsonRpc, http, webSocketClose];
  });
  assert.deepEqual(rows, expected);
});

test("docs/reference/json-rpc.md has every method and every notification, and no others", () => {
  const part = (from: string, to: string) => page.slice(page.indexOf(from), page.indexOf(to));
  const headings = (text: string) => [...text.matchAll(/^### `(\w+)`/gm)].map(([, name]) => name).sort();
  assert.deepEqual(headings(part("\n## Requests", "\n## Notifications")), [...METHOD_NAMES].sort());
  assert.deepEqual(headings(part("\n## Notifications", "\n## Errors")), [...NOTIFICATION_NAMES].sort());
});

test("the requests shown in docs/reference/json-rpc.md are good ones", () => {
  const examples = [...page.matchAll(/^→ (\{.*\})$/gm)].map(([, text = ""]) => text);
  assert.ok(examples.length >= 5);
  for (const example of examples) {
    const message = parseMessage(example);
    assert.ok(message.type === "single" && message.call.type === "request", example);
  }
});
