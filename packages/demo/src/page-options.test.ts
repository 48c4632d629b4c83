import assert from "node:assert/strict";
import { test } from "node:test";
import { invitationUrl, parsePageOptions } from "./page-options.js";

test("an empty address is the demo room", () => {
  assert.deepEqual(parsePageOptions(""), {
    room: "demo",
    identity: undefined,
    token: undefined,
    synthetic: false,
    codec: undefined,
    autojoin: false,
  });
});

test("a link says who joins what and how", () => {
  const options = parsePageOptions("?room=stand+up&identity=ann&token=a.b.c&synthetic=1&codec=VP9&autojoin=1");
  assert.deepEqual(options, {
    room: "stand up",
    identity: "ann",
    token: "a.b.c",
    synthetic: true,
    codec: "vp9",
    autojoin: true,
  });
});

test("a codec nobody knows and blank names count as absent", () => {
  const { codec, room, identity } = parsePageOptions("?codec=opus&room=%20&identity=");
  assert.deepEqual([codec, room, identity], [undefined, "demo", undefined]);
});

test("an invitation carries neither our token nor our name", () => {
  const url = invitationUrl("https://example.org/?room=x&identity=ann&token=secret#top", "stand up");
  assert.equal(url, "https://example.org/?room=stand+up");
});
