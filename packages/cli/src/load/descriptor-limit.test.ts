import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDescriptors, descriptorLimit } from "./descriptor-limit.js";

test("more sockets than a process may open are refused, with what to do", () => {
  assert.throws(() => checkDescriptors(5_000, 1, 1_024), {
    code: "resourceExhausted",
    message:
      "5000 sockets in one process take 5064 open files each, the limit is 1024: raise it (ulimit -n 5064) or pass --processes 6",
  });
  checkDescriptors(5_000, 6, 1_024);
  assert.throws(() => checkDescriptors(5_000, 5, 1_024), /pass --processes 6/);
  checkDescriptors(5_000, 1, undefined);
});

test("Linux tells its limit", { skip: process.platform === "linux" ? false : "only Linux has /proc" }, () => {
  assert.ok((descriptorLimit() ?? 0) >= 64);
});
