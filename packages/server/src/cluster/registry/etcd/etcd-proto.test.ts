import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ScalarType } from "@bufbuild/protobuf";
import { file_etcd } from "./etcd_pb.js";

test("the generated messages are those of etcd.proto", () => {
  const source = readFileSync(new URL("../../../../src/cluster/registry/etcd/etcd.proto", import.meta.url), "utf8");
  const written = [...source.matchAll(/^message (\w+) \{([\s\S]*?)^\}/gm)].map(([, name, body]) => {
    const fields = [...(body ?? "").matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)];
    return `${name}: ${fields.map(([, repeated, type, field, number]) => `${repeated ?? ""}${type} ${field} ${number}`).join(", ")}`;
  });
  const generated = file_etcd.messages.map((message) => {
    const fields = message.fields.map((field) => {
      const type = field.message?.name ?? ScalarType[field.scalar ?? 0]?.toLowerCase();
      return `${field.fieldKind === "list" ? "repeated " : ""}${type} ${field.name} ${field.number}`;
    });
    return `${message.name}: ${fields.join(", ")}`;
  });
  assert.ok(written.length > 20);
  assert.deepEqual(generated, written);
});

test("the generated calls are those of etcd.proto", () => {
  const source = readFileSync(new URL("../../../../src/cluster/registry/etcd/etcd.proto", import.meta.url), "utf8");
  const written = [...source.matchAll(/rpc (\w+)\((stream )?(\w+)\) returns \((stream )?(\w+)\)/g)].map(
    ([, name, streamIn, input, , output]) => `${name} ${streamIn ? "bidi_streaming" : "unary"} ${input} ${output}`,
  );
  const generated = file_etcd.services.flatMap(({ methods }) =>
    methods.map((method) => `${method.name} ${method.methodKind} ${method.input.name} ${method.output.name}`),
  );
  assert.deepEqual(generated, written);
});
