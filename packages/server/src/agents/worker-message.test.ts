import assert from "node:assert/strict";
import { test } from "node:test";
import { AvailabilityResponse, RegisterWorkerRequest, UpdateWorkerStatus, WorkerMessage } from "@livekit/protocol";
import fc from "fast-check";
import { MAX_WORKER_MESSAGE_BYTES, parseWorkerMessage } from "./worker-message.js";

function binary(message: WorkerMessage["message"]): Buffer {
  return Buffer.from(new WorkerMessage({ message }).toBinary());
}

test("protobuf and its JSON are the same message", () => {
  const value = new RegisterWorkerRequest({ agentName: "echo", namespace: "n", version: "1.2" });
  const message = new WorkerMessage({ message: { case: "register", value } });
  const parsed = [
    parseWorkerMessage(Buffer.from(message.toBinary()), true),
    parseWorkerMessage(Buffer.from(message.toJsonString()), false),
    parseWorkerMessage(
      Buffer.from('{"register": {"agent_name": "echo", "namespace": "n", "version": "1.2", "new": 1}}'),
      false,
    ),
  ];
  for (const call of parsed) {
    assert.ok(call?.case === "register");
    assert.ok(value.equals(call.value));
  }
});

test("what is empty, unknown or cut is no message", () => {
  const good = binary({ case: "register", value: new RegisterWorkerRequest({ agentName: "echo" }) });
  for (const data of [Buffer.alloc(0), good.subarray(0, -1), Buffer.from([0xff]), Buffer.from([0x4a, 0])]) {
    assert.equal(parseWorkerMessage(data, true), undefined);
  }
  for (const text of ["", "{}", "[]", "null", '{"register": 1}', '{"register": null}', '{"dance": {}}', "{"]) {
    assert.equal(parseWorkerMessage(Buffer.from(text), false), undefined);
  }
});

test("numbers that have no place in a message are not let in by its JSON, to be thrown at whoever writes it", () => {
  const simulateJob = { room: { name: "demo" }, participant: { state: 4_294_967_295 } };
  for (const text of [
    JSON.stringify({ simulateJob }),
    '{"updateJob": {"status": 4294967295}}',
    '{"register": {"type": 3e9}}',
  ]) {
    assert.equal(parseWorkerMessage(Buffer.from(text), false), undefined);
  }
});

test("texts that are too long, loads that are no number, and rooms without a name are no message", () => {
  const long = "x".repeat(257);
  for (const value of [{ agentName: long }, { namespace: long }, { version: long }, { deployment: long }]) {
    assert.equal(parseWorkerMessage(binary({ case: "register", value: new RegisterWorkerRequest(value) }), true), undefined);
  }
  const answers = [
    { jobId: "x".repeat(65) },
    { participantIdentity: long },
    { participantName: long },
    { participantMetadata: "x".repeat(65_537) },
    { participantAttributes: { a: "x".repeat(65_536) } },
    { participantAttributes: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [String(i), ""])) },
  ];
  for (const value of answers) {
    assert.equal(parseWorkerMessage(binary({ case: "availability", value: new AvailabilityResponse(value) }), true), undefined);
  }
  for (const load of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(
      parseWorkerMessage(binary({ case: "updateWorker", value: new UpdateWorkerStatus({ load }) }), true),
      undefined,
    );
  }
  assert.equal(parseWorkerMessage(Buffer.from('{"simulateJob": {}}'), false), undefined);
  assert.equal(parseWorkerMessage(Buffer.from('{"simulateJob": {"room": {"name": ""}}}'), false), undefined);
});

test("nesting without end, and more than a message may have, end nowhere", () => {
  assert.equal(parseWorkerMessage(Buffer.alloc(MAX_WORKER_MESSAGE_BYTES, 0x0b), true), undefined);
  assert.equal(parseWorkerMessage(Buffer.from('{"register":'.repeat(20_000)), false), undefined);
  assert.equal(parseWorkerMessage(Buffer.from("[".repeat(400_000)), false), undefined);
  assert.equal(parseWorkerMessage(Buffer.alloc(MAX_WORKER_MESSAGE_BYTES + 1), true), undefined);
});

test("any bytes and any damage give a message within its limits, or none", () => {
  const good = binary({ case: "availability", value: new AvailabilityResponse({ jobId: "AJ_1", available: true }) });
  const damaged = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
    const bytes = Buffer.from(good);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    damaged,
    fc.json().map((text) => Buffer.from(text)),
    fc.record({ register: fc.jsonValue() }).map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(bytes, fc.boolean(), (data, isBinary) => {
      const call = parseWorkerMessage(data, isBinary);
      if (call?.case === "register") assert.ok(call.value.agentName.length <= 256);
      if (call?.case === "availability") assert.ok(call.value.jobId.length <= 64);
    }),
    { numRuns: 2_000 },
  );
});
