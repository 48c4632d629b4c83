import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ESTABLISH_TIMEOUT_MS, MAX_PATCHES_PER_SECOND } from "./http-session.js";
import { MAX_FRAGMENT_BYTES, MAX_OFFER_BYTES } from "./http-session-door.js";
import { linksTo, SESSION_STATUS } from "./session-answer.js";

const page = readFileSync(new URL("../../../../../docs/reference/whip.md", import.meta.url), "utf8");

test("[RFC9725 §4.6] each ICE server is a link, with its login", () => {
  const turn = { urls: ["turn:turn.example:3478?transport=udp"], username: 'a"b', credential: "c\\d\r\ne" };
  assert.deepEqual(linksTo([{ urls: ["stun:a.example", "stun:b.example"] }, turn]), [
    '<stun:a.example>; rel="ice-server"',
    '<stun:b.example>; rel="ice-server"',
    '<turn:turn.example:3478?transport=udp>; rel="ice-server"; username="a\\"b"; credential="c\\\\de"; credential-type="password"',
  ]);
});

test("docs/reference/whip.md has every status that an error becomes, and the limits as they are", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)]);
  assert.deepEqual(Object.fromEntries(rows), SESSION_STATUS);
  for (const figure of [
    `${MAX_OFFER_BYTES / 1024} KiB`,
    `${MAX_FRAGMENT_BYTES / 1024} KiB`,
    `${ESTABLISH_TIMEOUT_MS / 1000} s`,
    `${MAX_PATCHES_PER_SECOND} per second`,
  ])
    assert.ok(page.includes(figure), figure);
});
