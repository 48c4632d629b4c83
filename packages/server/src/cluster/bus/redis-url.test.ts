import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseRedisUrl } from "./redis-url.js";

test("a URL says where Redis is and how to enter", () => {
  assert.deepEqual(parseRedisUrl("redis://cache"), {
    host: "cache",
    port: 6379,
    isTls: false,
    username: undefined,
    password: undefined,
    label: "redis://cache:6379",
  });
  const full = parseRedisUrl("rediss://ann:p%40ss%2F@[::1]:7000/0");
  assert.deepEqual([full.host, full.port, full.isTls, full.username, full.password], ["::1", 7000, true, "ann", "p@ss/"]);
  assert.equal(full.label, "rediss://[::1]:7000");
  assert.equal(parseRedisUrl("redis://:secret@10.0.0.1:6380").password, "secret");
});

test("what is no such URL is refused, and what was in it is not repeated", () => {
  const wrong = ["", "redis://", "http://h", "h:6379", "redis://h/x", "redis://h?db=1", "redis://h#x", "redis://h:99999"];
  for (const text of [...wrong, "redis://u:%ff@h", `redis://${"h".repeat(3_000)}`]) {
    assert.throws(() => parseRedisUrl(text), { name: "SluiceError", code: "invalidArgument" }, text);
  }
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((rest) => `redis://u:hunter2@${rest}`),
      ),
      (text) => {
        try {
          assert.ok(!parseRedisUrl(text).label.includes("hunter2"));
        } catch (error) {
          assert.ok(error instanceof SluiceError && !error.message.includes("hunter2"));
        }
      },
    ),
  );
});
