import assert from "node:assert/strict";
import { test } from "node:test";
import { ResumeFaults } from "./resume-faults.js";

test("a fault is had once, and whoever asked last has one however many never came back", () => {
  const faults = new ResumeFaults();
  for (let count = 0; count < 2_000; count++) faults.add(`PA_${count}`, "atOnce");
  faults.add("PA_ann", "afterAnswer");
  assert.equal(faults.take("PA_ann"), "afterAnswer");
  assert.equal(faults.take("PA_ann"), undefined);
  assert.equal(faults.take("PA_0"), undefined);
});
