import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { NodeDirectory, STALE_MS } from "./node-directory.js";
import { nodeKey, serializeNodeRecord } from "./node-record.js";
import { identityOf, recordOf } from "./testing/node-samples.js";

const t0 = instant(5_000_000);
const GARBAGE = new TextEncoder().encode("{");
const entry = (nodeId: string, incarnation?: string) => ({
  key: nodeKey(nodeId),
  value: serializeNodeRecord(recordOf(nodeId, incarnation)),
});
const put = (nodeId: string, incarnation?: string) => ({ type: "put" as const, ...entry(nodeId, incarnation) });
const told = (
  changes: readonly { readonly type: string; readonly record: { readonly nodeId: string; readonly incarnation: string } }[],
) => changes.map(({ type, record }) => `${type} ${record.nodeId}/${record.incarnation}`);

test("tells who comes, stays and goes", () => {
  const directory = new NodeDirectory();
  assert.deepEqual(told(directory.handleEvent({ type: "reset", entries: [entry("b"), entry("a")] }, t0)), [
    "joined b/run1",
    "joined a/run1",
  ]);
  assert.deepEqual(told(directory.handleEvent(put("a"), t0)), ["updated a/run1"]);
  assert.deepEqual(
    directory.nodes(t0).map(({ record }) => record.nodeId),
    ["a", "b"],
  );
  assert.deepEqual(told(directory.handleEvent({ type: "delete", key: nodeKey("b") }, t0)), ["left b/run1"]);
  assert.deepEqual(directory.handleEvent({ type: "delete", key: nodeKey("b") }, t0), []);
  assert.deepEqual(told(directory.handleEvent({ type: "reset", entries: [entry("c")] }, t0)), ["left a/run1", "joined c/run1"]);
});

test("a node started again under its id has left and joined", () => {
  const directory = new NodeDirectory();
  directory.handleEvent(put("a"), t0);
  assert.deepEqual(told(directory.handleEvent(put("a", "run2"), t0)), ["left a/run1", "joined a/run2"]);
  assert.equal(directory.size, 1);
});

test("a node that does not speak for 10 s is stale, and is kept", () => {
  const directory = new NodeDirectory();
  directory.handleEvent(put("a"), t0);
  assert.equal(directory.get("a", after(t0, STALE_MS - 1))?.isStale, false);
  assert.equal(directory.get("a", after(t0, STALE_MS))?.isStale, true);
  assert.equal(directory.pollTimeout(), undefined);
  directory.handleEvent(put("a"), after(t0, 60_000));
  assert.equal(directory.get("a", after(t0, 60_001))?.isStale, false);
});

test("garbage over a record does not hide the node that will write again, but one that does not goes", () => {
  const directory = new NodeDirectory();
  directory.handleEvent(put("a"), t0);
  assert.deepEqual(directory.handleEvent({ type: "put", key: nodeKey("a"), value: GARBAGE }, after(t0, 1_000)), []);
  assert.equal(directory.size, 1);
  directory.handleEvent(put("a"), after(t0, 3_000));
  assert.equal(directory.pollTimeout(), undefined);
  directory.handleEvent({ type: "put", key: nodeKey("a"), value: GARBAGE }, after(t0, 4_000));
  assert.equal(directory.pollTimeout(), after(t0, 3_000 + STALE_MS));
  assert.deepEqual(directory.handleTimeout(after(t0, 2_999 + STALE_MS)), []);
  assert.deepEqual(told(directory.handleTimeout(after(t0, 3_000 + STALE_MS))), ["left a/run1"]);
  assert.equal(directory.counters.malformed, 2);
});

test("what is no record of ours is counted by its reason", () => {
  const directory = new NodeDirectory(identityOf("self"));
  const [foreign, newer] = [entry("x"), { ...JSON.parse(new TextDecoder().decode(entry("y").value)), v: 9 }];
  directory.handleEvent({ type: "put", key: nodeKey("z"), value: foreign.value }, t0);
  directory.handleEvent({ type: "put", key: "/sluice/rooms/x", value: foreign.value }, t0);
  directory.handleEvent({ type: "put", key: nodeKey("y"), value: new TextEncoder().encode(JSON.stringify(newer)) }, t0);
  directory.handleEvent({ type: "put", key: nodeKey("y"), value: GARBAGE }, t0);
  directory.handleEvent(put("self", "run2"), t0);
  const { malformed, otherVersion, foreign: foreigns, idConflicts } = directory.counters;
  assert.deepEqual([malformed, otherVersion, foreigns, idConflicts], [1, 1, 2, 1]);
});

test("however many records are written, only so many are kept", () => {
  const directory = new NodeDirectory();
  for (let i = 0; i < 10_050; i++) directory.handleEvent(put(`n${i}`), t0);
  assert.deepEqual([directory.size, directory.counters.tooMany], [10_000, 50]);
});
