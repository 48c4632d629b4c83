import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NODE_RECORD, type NodeRecord, nodeKey, parseNodeRecord, serializeNodeRecord } from "./node-record.js";
import { recordOf } from "./testing/node-samples.js";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const KEY = nodeKey("a");
/** What is written for node `a`, with `changes` in it. */
const written = (changes: object) =>
  encode({ ...JSON.parse(new TextDecoder().decode(serializeNodeRecord(recordOf("a")))), ...changes });

const id = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);
const label = fc.stringMatching(/^[a-z0-9 é雪-]{0,32}$/u);
const origin = fc.constantFrom("http://10.0.0.1:7880", "https://node.example", "http://[::1]:7880");
const number = (max: number) => fc.double({ min: 0, max, noNaN: true }).map((value) => value + 0); // Zero has two signs, of which JSON writes one.
const plain = { noNullPrototype: true } as const;
const anyRecord: fc.Arbitrary<NodeRecord> = fc.record(
  {
    ...{ nodeId: id, incarnation: id, region: label, version: label, startedAt: fc.nat() },
    addresses: fc.oneof(fc.record({ http: origin }, plain), fc.record({ http: origin, rpc: origin }, plain)),
    state: fc.constantFrom("serving", "draining"),
    load: fc.record(
      {
        ...{ cpuPercent: number(100), memPercent: number(100), streams: fc.nat(NODE_RECORD.maxStreams) },
        ...{ packetsPerSecond: fc.nat(NODE_RECORD.maxPacketsPerSecond), forwardingDelayP99Ms: number(NODE_RECORD.maxDelayMs) },
      },
      plain,
    ),
  },
  plain,
);

test("reads what it wrote", () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const parsed = parseNodeRecord(nodeKey(record.nodeId), serializeNodeRecord(record));
      assert.deepEqual(parsed, { type: "record", record });
    }),
  );
});

test("the fields are the documented ones", () => {
  assert.deepEqual(Object.keys(JSON.parse(new TextDecoder().decode(serializeNodeRecord(recordOf("a"))))), [
    ...["v", "nodeId", "incarnation", "region", "addresses", "version", "startedAt", "state"],
    ...["cpu", "mem", "streams", "packetsPerSecond", "forwardingDelayP99Ms"],
  ]);
});

test("a field more changes nothing, so a newer program may add some", () => {
  const parsed = parseNodeRecord(KEY, written({ gpu: 3, __proto__: { state: "x" } }));
  assert.deepEqual(parsed, { type: "record", record: recordOf("a") });
});

test("says why a record is none", () => {
  const reasons: readonly (readonly [string, string, Uint8Array])[] = [
    ["otherVersion", KEY, written({ v: 2 })],
    ["otherVersion", KEY, encode({ v: 0 })],
    ["foreign", nodeKey("b"), serializeNodeRecord(recordOf("a"))],
    ["foreign", "/sluice/nodes/a/b", serializeNodeRecord(recordOf("a"))],
    ["malformed", KEY, new Uint8Array()],
    ["malformed", KEY, new Uint8Array([0xff])],
    ["malformed", KEY, encode([])],
    ["malformed", KEY, encode(null)],
    ["malformed", KEY, written({ pad: "x".repeat(NODE_RECORD.maxBytes) })],
    ["malformed", KEY, written({ v: "1" })],
    ["malformed", KEY, written({ nodeId: "a/b" })],
    ["malformed", KEY, written({ nodeId: ".." })],
    ["malformed", KEY, written({ incarnation: "" })],
    ["malformed", KEY, written({ region: "\u001b[2J" })],
    ["malformed", KEY, written({ region: "x".repeat(65) })],
    ["malformed", KEY, written({ addresses: { http: "http://a/path" } })],
    ["malformed", KEY, written({ addresses: { http: "javascript:1" } })],
    ["malformed", KEY, written({ addresses: { http: "http://u:p@a" } })],
    ["malformed", KEY, written({ addresses: { http: "http://a", rpc: 1 } })],
    ["malformed", KEY, written({ cpu: 100.1 })],
    ["malformed", KEY, written({ cpu: -1 })],
    ["malformed", KEY, written({ mem: null })],
    ["malformed", KEY, written({ streams: 1.5 })],
    ["malformed", KEY, written({ streams: 1e9 })],
    ["malformed", KEY, written({ packetsPerSecond: "1" })],
    ["malformed", KEY, written({ forwardingDelayP99Ms: 1e12 })],
    ["malformed", KEY, written({ state: "gone" })],
    ["malformed", KEY, written({ startedAt: -1 })],
  ];
  for (const [reason, key, value] of reasons) {
    assert.deepEqual(
      parseNodeRecord(key, value),
      { type: "ignored", reason },
      new TextDecoder().decode(value.subarray(0, 200)),
    );
  }
});

test("never throws, and what it takes is within its bounds", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => new TextEncoder().encode(json)),
    fc
      .dictionary(fc.constantFrom("v", "nodeId", "cpu", "state", "addresses", "streams", "region"), fc.anything())
      .map((some) => {
        try {
          return written(some);
        } catch {
          // Not everything has a form in JSON.
          return written({});
        }
      }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.constant(KEY), fc.string()), bytes, (key, value) => {
      const parsed = parseNodeRecord(key, value);
      if (parsed.type === "ignored") return;
      const { record } = parsed;
      assert.equal(nodeKey(record.nodeId), key);
      assert.ok(record.load.cpuPercent >= 0 && record.load.cpuPercent <= 100);
      assert.ok(Number.isInteger(record.load.streams) && record.load.streams <= NODE_RECORD.maxStreams);
      assert.deepEqual(parseNodeRecord(key, serializeNodeRecord(record)), parsed);
    }),
    { numRuns: 2_000 },
  );
});

test("one byte changed gives a record of the same node, or none", () => {
  const original = serializeNodeRecord(recordOf("a"));
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.nat(255), (index, byte) => {
      const changed = original.slice();
      changed[index] = byte;
      const parsed = parseNodeRecord(KEY, changed);
      if (parsed.type === "record") assert.equal(parsed.record.nodeId, "a");
    }),
    { numRuns: 2_000 },
  );
});
