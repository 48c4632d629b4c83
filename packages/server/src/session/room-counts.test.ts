import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNode } from "../testing/memory-node.js";

test("[RM63] five seconds after how many are in a room has first changed everybody is told all of it together", () => {
  const node = new MemoryNode();
  const ann = node.client("ann");
  ann.join();
  node.clock.advance(3_000);
  node.client("bob").join();
  ann.publish("audio");
  node.clock.advance(1_999);
  assert.deepEqual(ann.take("roomUpdated"), []);
  node.clock.advance(1);
  const counts = ann.take("roomUpdated").map(({ room }) => [room.participantCount, room.publisherCount]);
  assert.deepEqual(counts, [[2, 1]]);
  node.clock.advance(60_000);
  assert.deepEqual(ann.take("roomUpdated"), [], "nothing has changed since");
});
