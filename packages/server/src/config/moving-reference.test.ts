/** docs/operations/moving-from-livekit.md says of each option of LiveKit's what becomes of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isLiveKitOption, translateLiveKitOptions } from "./livekit-options.js";
import { OPTION_NAMES } from "./options.js";

const page = readFileSync(new URL("../../../../docs/operations/moving-from-livekit.md", import.meta.url), "utf8");
const source = readFileSync(new URL("../../src/config/livekit-options.ts", import.meta.url), "utf8");
/** Names of the map of what does nothing here. */
const [, unsupported = ""] = /const UNSUPPORTED\b.*?\[\n([\s\S]*?)\n\]\);/.exec(source) ?? [];
const UNSUPPORTED = [...unsupported.matchAll(/^ {2}\["([\w.-]+)"/gm)].map(([, name = ""]) => name);

const [, section = ""] = page.split("\n## The configuration file\n");
const paragraphs = (section.split("\n## ", 1)[0] ?? "").trim().split("\n\n");
const [same = "", renamed = "", fulfilled = ""] = paragraphs;

/** Options in backticks, as the configuration file is read: "rtc.udp-port". */
const namesIn = (text: string) => [...text.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name.replaceAll("_", "-"));

test("what is warned about is in the table, and nothing else", () => {
  const rows = paragraphs.flatMap((text) => [...text.matchAll(/^\| (`.+?`) \|/gm)].map(([, names = ""]) => names));
  const names = rows.flatMap(namesIn);
  assert.deepEqual(names.sort(), UNSUPPORTED.sort());
  const { warnings } = translateLiveKitOptions(new Map(names.map((name) => [name, 1])));
  assert.equal(warnings.length, names.length);
});

test("what is said to mean the same is an option here, or a group of them", () => {
  assert.ok(namesIn(same).length > 10);
  for (const name of namesIn(same)) {
    assert.ok(!isLiveKitOption(name), name);
    assert.ok(
      OPTION_NAMES.some((option) => option === name || option.startsWith(`${name}.`)),
      name,
    );
  }
});

test("what is said to be translated, or to be so already, is taken without a warning", () => {
  const names = [...namesIn(renamed), ...namesIn(fulfilled)];
  assert.ok(names.length > 5);
  for (const name of names) assert.ok(isLiveKitOption(name), name);
  assert.deepEqual(translateLiveKitOptions(new Map(names.map((name) => [name, 1]))).warnings, []);
});
