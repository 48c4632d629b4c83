import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EVENT_NAMES } from "./webhook-body.js";
import { WEBHOOK_EVENTS } from "./webhook-events.js";
import { MAX_ATTEMPTS, MAX_IN_FLIGHT, MAX_QUEUED, MAX_QUEUED_PER_ROOM } from "./webhook-queue.js";

const page = readFileSync(new URL("../../../../docs/reference/webhooks.md", import.meta.url), "utf8");

test("docs/reference/webhooks.md has every event, and no other", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows, [...WEBHOOK_EVENTS]);
  assert.deepEqual(Object.values(EVENT_NAMES).sort(), [...WEBHOOK_EVENTS].sort());
});

test("docs/reference/webhooks.md has the bounds as they are", () => {
  const numbers = [MAX_ATTEMPTS, MAX_IN_FLIGHT, MAX_QUEUED_PER_ROOM, MAX_QUEUED].map((bound) => bound.toLocaleString("en-US"));
  for (const number of numbers) assert.match(page, new RegExp(`\\b${number}\\b`));
});
