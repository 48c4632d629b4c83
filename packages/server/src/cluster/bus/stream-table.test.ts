import assert from "node:assert/strict";
import { test } from "node:test";
import { roomChannel } from "./channel.js";
import { StreamTable } from "./stream-table.js";

test("the channel that was longest unheard is forgotten first, with all its senders", () => {
  const table = new StreamTable(3);
  const [a, b, c] = [roomChannel("a"), roomChannel("b"), roomChannel("c")];
  assert.deepEqual(table.set(a, "n1", { epoch: 1, sequence: 1 }), []);
  table.set(b, "n1", { epoch: 1, sequence: 2 });
  table.set(a, "n2", { epoch: 1, sequence: 1 });
  assert.deepEqual(table.set(c, "n1", { epoch: 1, sequence: 3 }), [{ sender: "n1", epoch: 1, sequence: 2 }]);
  assert.equal(table.count, 3);
  assert.equal(table.get(b, "n1"), undefined);
  assert.deepEqual(
    table.forget(a).map(({ sender }) => sender),
    ["n1", "n2"],
  );
  assert.equal(table.count, 1);
});
