import assert from "node:assert/strict";
import { test } from "node:test";
import { invitationUrl, parsePageOptions } from "./page-options.js";

test("an empty address is the demo room", () => {
  assert.deepEqual(parsePageOptions(""), {
    room: "demo",
    identity: undefined,
    token: undefined,
    synthetic: false,
    video: {},
    autojoin: false,
  });
});

test("a link says who joins what and how", () => {
  const options = parsePageOptions(
    "?room=stand+up&identity=ann&token=a.b.c&synthetic=1&codec=VP9&simulcast=0&scalability=L3T3_KEY&autojoin=1",
  );
  assert.deepEqual(options, {
    room: "stand up",
    identity: "ann",
    token: "a.b.c",
    synthetic: true,
    video: { codec: "vp9", simulcast: false, scalabilityMode: "L3T3_KEY" },
    autojoin: true,
  });
});

test("what nobody knows and blank names count as absent", () => {
  const search = "?codec=opus&simulcast=yes&scalability=L9&degradation=none&room=%20&identity=";
  const { video, room, identity } = parsePageOptions(search);
  assert.deepEqual([video, room, identity], [{}, "demo", undefined]);
});

test("an invitation carries neither our token nor our name", () => {
  const url = invitationUrl("https://example.org/?room=x&identity=ann&token=secret#top", "stand up");
  assert.equal(url, "https://example.org/?room=stand+up");
});
