import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AgentNode } from "../agents/testing/agent-node.js";
import { ABSENT_SERVICES } from "./absent-services.js";
import { createAgentDispatchService } from "./agent-dispatch-service.js";
import { createRoomService } from "./room-service.js";
import { MAX_BODY_BYTES, MAX_BODY_BYTES_IN_FLIGHT, MAX_CALLS_IN_FLIGHT, MAX_CALLS_PER_SECOND } from "./twirp/admission.js";
import { MAX_CALL_MS } from "./twirp/call-deadline.js";
import { TWIRP_CODES, TWIRP_STATUS, type TwirpCode } from "./twirp/twirp-code.js";
import type { TwirpService } from "./twirp/twirp-method.js";

const page = readFileSync(new URL("../../../../docs/reference/server-api.md", import.meta.url), "utf8");
const { node, dispatcher } = new AgentNode();
const { rooms, config } = node;
const SERVICES = new Map<string, TwirpService>([
  ["RoomService", createRoomService(rooms, config.room)],
  ["AgentDispatchService", createAgentDispatchService(rooms, dispatcher, config.room)],
]);

/** The first two cells of each row of the table under a heading. */
function rowsUnder(heading: string): [string, string][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const rows = section.split("\n## ", 1)[0]?.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm) ?? [];
  return [...rows].map(([, name = "", second = ""]) => [name, second]);
}

for (const [name, service] of SERVICES) {
  test(`docs/reference/server-api.md has the methods of ${name} with their grants`, () => {
    const methods = [...service].map(([method, { grantName }]) => [method, grantName]);
    assert.deepEqual(rowsUnder(name).sort(), methods.sort());
  });
}

test("it has every code that an answer can have, with its status", () => {
  const codes = new Set<TwirpCode>([...Object.values(TWIRP_CODES), "deadline_exceeded", "canceled"]);
  const told = rowsUnder("Errors").sort();
  assert.deepEqual(told, [...codes].map((code) => [code, String(TWIRP_STATUS[code])]).sort());
});

test("it names the services that are absent, and the limits", () => {
  const [, section = ""] = page.split("\n## Other services\n");
  const told = [...(section.split("\n## ", 1)[0] ?? "").matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(told.sort(), [...ABSENT_SERVICES].sort());
  const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`;
  const limits = [mebibytes(MAX_BODY_BYTES), mebibytes(MAX_BODY_BYTES_IN_FLIGHT), `${MAX_CALL_MS / 1000} s`];
  const counts = [
    `${MAX_CALLS_PER_SECOND.toLocaleString("en")} calls per second`,
    `${MAX_CALLS_IN_FLIGHT.toLocaleString("en")} calls and`,
  ];
  for (const limit of [...limits, ...counts]) assert.ok(page.includes(limit), limit);
});
