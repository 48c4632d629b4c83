import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalizeDashes } from "./normalize-dashes.js";

const USAGES = ["--url <url>", "-c, --connections <number>", "--json", "--no-publish"];

test("one dash is as good as two, and a letter is its long name", () => {
  const typed = ["loadgen", "-url", "ws://x", "-c", "5", "-c=6", "-json", "-url=ws://y", "-no-publish"];
  const meant = [
    "loadgen",
    "--url",
    "ws://x",
    "--connections",
    "5",
    "--connections=6",
    "--json",
    "--url=ws://y",
    "--no-publish",
  ];
  assert.deepEqual(normalizeDashes(typed, USAGES), meant);
});

test("what is none of the flags stays, and what comes after --", () => {
  for (const argument of ["-", "--", "-x", "-urls", "-h", "--url", "-cc", "-1", "url", "-=c"])
    assert.deepEqual(normalizeDashes([argument], USAGES), [argument]);
  assert.deepEqual(normalizeDashes(["--", "-url", "-c"], USAGES), ["--", "-url", "-c"]);
});

test("doing so again changes nothing", () => {
  const argument = fc.oneof(fc.string(), fc.constantFrom("-c", "-url", "--", "-c=1", "-json"));
  fc.assert(
    fc.property(fc.array(argument), (argv) => {
      const once = normalizeDashes(argv, USAGES);
      assert.deepEqual(normalizeDashes(once, USAGES), once);
      assert.equal(once.length, argv.length);
    }),
  );
});
