import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { parseConfig } from "./parse-config.js";

const ETCD = "http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.1:2379";
const REDIS = "redis://:a-secret@10.0.0.3:6379";

function parse(flags: Readonly<Record<string, unknown>>) {
  return parseConfig({ flags: { dev: true, ...flags }, environment: {}, file: undefined, cpuCores: 1 });
}

test("a node without stores is alone", () => {
  assert.equal(parse({}).cluster, undefined);
  assert.equal(parse({}).nodeId, undefined);
});

test("a cluster has both stores, a node its id, its address and its patience", () => {
  const flags = {
    "etcd.endpoints": ETCD,
    "redis.url": REDIS,
    "node-id": "a-1",
    "node-address": "http://10.0.0.9:7880/",
    wait: true,
  };
  const config = parse({ ...flags, region: "eu" });
  assert.deepEqual(config.cluster, {
    etcdEndpoints: ["http://10.0.0.1:2379", "http://10.0.0.2:2379"],
    redisUrl: REDIS,
    address: "http://10.0.0.9:7880",
    isPatient: true,
  });
  assert.deepEqual([config.nodeId, config.region], ["a-1", "eu"]);
  assert.match(config.warnings.join(), /a room is on one node still/);
});

test("one store without the other, and values that cannot be, are one clear line without a password", () => {
  const refusals: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ "etcd.endpoints": ETCD }, /a cluster needs etcd\.endpoints and redis\.url: redis\.url is missing/],
    [{ "redis.url": REDIS }, /a cluster needs etcd\.endpoints and redis\.url: etcd\.endpoints is missing/],
    [{ "etcd.endpoints": "10.0.0.1:2379" }, /--etcd\.endpoints: not an etcd endpoint/],
    [
      { "etcd.endpoints": Array.from({ length: 17 }, (_, i) => `http://a${i}`).join(",") },
      /--etcd\.endpoints: .*16 items at most/,
    ],
    [{ "redis.url": "http://:a-secret@10.0.0.3" }, /--redis\.url: the URL of Redis is redis:/],
    [{ "redis.url": "a-secret" }, /--redis\.url: the URL of Redis/],
    [{ "node-id": "a/b" }, /--node-id: expected 1 to 64 letters/],
    [{ "node-id": ".." }, /--node-id: expected/],
    [{ "node-address": "10.0.0.9" }, /--node-address: expected an address/],
    [{ "node-address": "http://10.0.0.9/path" }, /--node-address: expected an address/],
    [{ region: "x".repeat(65) }, /--region: expected a name of at most 64/],
  ];
  for (const [flags, message] of refusals) {
    assert.throws(
      () => parse(flags),
      (error) =>
        error instanceof SluiceError &&
        error.code === "invalidArgument" &&
        message.test(error.message) &&
        !/a-secret|\n/.test(error.message),
      JSON.stringify(flags),
    );
  }
});
