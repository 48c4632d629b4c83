import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseRoomPresets } from "./room-presets.js";

test("presets are written in any case, and names inside them stay as they are", () => {
  const small = {
    emptyTimeout: 5,
    syncStreams: true,
    agents: [{ agentName: "a", attributes: { user_id: "1" } }],
    tags: { my_tag: "x" },
  };
  const inSnakeCase = {
    empty_timeout: 5,
    "sync-streams": true,
    agents: [{ agent_name: "a", attributes: { user_id: "1" } }],
    tags: { my_tag: "x" },
  };
  assert.deepEqual(
    parseRoomPresets({ small, "other room": inSnakeCase }),
    new Map([
      ["small", small],
      ["other room", small],
    ]),
  );
  assert.deepEqual(parseRoomPresets('{"small":{"emptyTimeout":5}}'), new Map([["small", { emptyTimeout: 5 }]]));
});

test("what is wrong is named with the preset", () => {
  const cases: [unknown, RegExp][] = [
    [{ small: { emty_timeout: 5 } }, /no "emty_timeout" in "small": did you mean emptyTimeout\?/],
    [{ small: { agents: [{ name: "a" }] } }, /no "name" in "small\.agents"/],
    [{ small: { max_participants: -1 } }, /"small".*whole number/],
    [{ small: 5 }, /a map of settings as "small"/],
    [["small"], /a map of names/],
    ["small", /a map of names/],
  ];
  for (const [value, expected] of cases) {
    assert.throws(
      () => parseRoomPresets(value),
      (error) => error instanceof SluiceError && expected.test(error.message),
      String(expected),
    );
  }
});

test("any value: presets or a SluiceError", () => {
  const field = fc.constantFrom("emptyTimeout", "max_participants", "agents", "tags", "metadata", "__proto__", "x");
  const preset = fc.dictionary(field, fc.oneof(fc.nat(), fc.anything()));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.dictionary(fc.string(), preset), fc.json()), (value) => {
      try {
        parseRoomPresets(value);
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
