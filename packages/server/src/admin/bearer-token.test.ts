import assert from "node:assert/strict";
import { test } from "node:test";
import { showsToken } from "./bearer-token.js";

const TOKEN = "a-token-of-operators";

test("the token is shown whole, as a bearer token", () => {
  for (const header of [`Bearer ${TOKEN}`, `bearer  ${TOKEN} `]) assert.equal(showsToken(header, TOKEN), true, header);
  for (const header of [undefined, "", TOKEN, "Bearer", "Bearer ", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, "Bearer a-token"]) {
    assert.equal(showsToken(header, TOKEN), false, header);
  }
});
