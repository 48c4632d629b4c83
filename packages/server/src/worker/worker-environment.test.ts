import assert from "node:assert/strict";
import { test } from "node:test";
import { workerEnvironment } from "./worker-environment.js";

test("a worker never sees an API key", () => {
  const environment = {
    PATH: "/bin",
    NODE_OPTIONS: "",
    SLUICE_KEYS: "k: s",
    LIVEKIT_KEYS: "k: s",
    AWS_SECRET: "x",
    LC_ALL: "C",
  };
  assert.deepEqual(workerEnvironment(environment), { PATH: "/bin", NODE_OPTIONS: "", LC_ALL: "C" });
});
