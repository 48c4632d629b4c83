import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateRoomRequest,
  Room,
  SendDataRequest,
  UpdateParticipantRequest,
  UpdateSubscriptionsRequest,
} from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { encodingOf, parseRequest, type RequestType, serializeResponse } from "./twirp-encoding.js";

const parseJson = <I>(type: RequestType<I>, value: unknown) => parseRequest(type, Buffer.from(JSON.stringify(value)), "json");

function refusesOrParses(type: RequestType<unknown>, body: Uint8Array, encoding: "json" | "protobuf"): void {
  try {
    parseRequest(type, body, encoding);
  } catch (error) {
    assert.ok(error instanceof SluiceError && error.code === "parseError", String(error));
  }
}

test("JSON names come in either casing, numbers as text, enums by name or number, and unknown fields are left out", () => {
  const camel = parseJson(CreateRoomRequest, { name: "demo", emptyTimeout: 5, minPlayoutDelay: 7, someDay: { a: [1] } });
  const snake = parseJson(CreateRoomRequest, { name: "demo", empty_timeout: "5", min_playout_delay: 7 });
  assert.ok(camel.equals(snake));
  const data = { data: Buffer.from("hi").toString("base64"), kind: "LOSSY" };
  assert.equal(parseJson(SendDataRequest, data).kind, parseJson(SendDataRequest, { ...data, kind: 1 }).kind);
  assert.deepEqual(Buffer.from(parseJson(SendDataRequest, data).data).toString(), "hi");
});

test("JSON answers have the names of the .proto files, and fields that were never set", () => {
  const room = JSON.parse(serializeResponse(new Room({ name: "demo", creationTimeMs: 5n }), "json").toString());
  assert.deepEqual([room.name, room.creation_time_ms, room.num_participants, room.metadata], ["demo", "5", 0, ""]);
  const same = new Room({ name: "demo", creationTimeMs: 5n });
  assert.ok(Room.fromBinary(serializeResponse(same, "protobuf")).equals(same));
});

test("a content type counts without its parameters", () => {
  assert.equal(encodingOf("application/json;charset=UTF-8"), "json");
  assert.equal(encodingOf("Application/Protobuf ; x=y"), "protobuf");
  for (const other of [undefined, "", "text/plain", "application/json-seq", "multipart/form-data"]) {
    assert.equal(encodingOf(other), undefined);
  }
});

test("an empty body is an empty message in protobuf, and nothing in JSON", () => {
  assert.equal(parseRequest(CreateRoomRequest, new Uint8Array(), "protobuf").name, "");
  assert.throws(() => parseRequest(CreateRoomRequest, new Uint8Array(), "json"), SluiceError);
});

test("[attack 23] what is nested without end, or named like a prototype, does no harm", () => {
  refusesOrParses(CreateRoomRequest, Buffer.from(`{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), "json");
  // Field 900 as groups in groups: what nobody knows is skipped all the same.
  refusesOrParses(
    CreateRoomRequest,
    Buffer.concat(Array.from({ length: 200_000 }, () => Buffer.from([0xa3, 0x38]))),
    "protobuf",
  );
  const body = Buffer.from('{"attributes":{"__proto__":"x","constructor":"y"},"__proto__":{"room":"demo"}}');
  const request = parseRequest(UpdateParticipantRequest, body, "json");
  assert.deepEqual([request.room, Object.getPrototypeOf(request.attributes)], ["", Object.prototype]);
});

const TYPES = [CreateRoomRequest, SendDataRequest, UpdateParticipantRequest, UpdateSubscriptionsRequest];
const anyName = fc.constantFrom(
  "name",
  "room",
  "identity",
  "emptyTimeout",
  "agents",
  "attributes",
  "permission",
  "data",
  "tags",
);

for (const type of TYPES) {
  test(`any bytes and any JSON are a ${type.name} or refused`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        refusesOrParses(type, bytes, "protobuf");
        refusesOrParses(type, bytes, "json");
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(anyName, fc.jsonValue())), (value) => {
        refusesOrParses(type, Buffer.from(JSON.stringify(value)), "json");
      }),
    );
  });
}
