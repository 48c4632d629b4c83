import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomSettings } from "../room/room-settings.js";
import { createCall } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";

/** What Consumers of each kind are opened with in a room with these settings. */
function opened(settings: Partial<RoomSettings>) {
  const node = new MemoryNode();
  node.rooms.create("demo", settings);
  createCall(node);
  const commands = node.workers.ready[0]?.take("openConsumer") ?? [];
  return new Map(commands.map(({ parameters }) => [parameters.kind, parameters.playoutDelay]));
}

test("[RM99] receivers of video are told how long a room wants them to buffer", () => {
  const delays = opened({ minPlayoutDelayMs: 100, maxPlayoutDelayMs: 2_000 });
  assert.deepEqual([delays.get("video"), delays.get("audio")], [{ minMs: 100, maxMs: 2_000 }, undefined]);
  assert.deepEqual(opened({ minPlayoutDelayMs: 300 }).get("video"), { minMs: 300, maxMs: 10_000 });
  assert.deepEqual(opened({ maxPlayoutDelayMs: 300 }).get("video"), { minMs: 0, maxMs: 300 });
  assert.deepEqual([...opened({}).values()], [undefined, undefined]);
});
