import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { callTwirp } from "./call-twirp.js";

let server: Server;
let url = "";
/** What the server says next. */
let answer = { status: 200, type: "application/json", body: "{}" };
const asked: string[] = [];

before(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const { authorization = "", "content-type": type = "" } = request.headers;
      asked.push(`${request.method} ${request.url} ${type} ${authorization} ${body}`);
      response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
});
after(() => server.close());

const call = () =>
  callTwirp({ url, service: "livekit.RoomService", method: "ListRooms", token: "t", json: '{"a":1}', parse: (value) => value });

test("a call is a POST of JSON with the token, and its answer is parsed", async () => {
  answer = { status: 200, type: "application/json", body: '{"rooms":[]}' };
  assert.deepEqual(await call(), { rooms: [] });
  assert.equal(asked.at(-1), 'POST /prefix/twirp/livekit.RoomService/ListRooms application/json Bearer t {"a":1}');
});

for (const [what, refused, code, message] of [
  [
    "a Twirp error has its code and message",
    [404, "application/json", '{"code":"not_found","msg":"no such room"}'],
    "notFound",
    /^no such room$/,
  ],
  [
    "what the token lacks",
    [401, "application/json", '{"code":"unauthenticated","msg":"denied"}'],
    "unauthenticated",
    /^denied; pass the --key/,
  ],
  ["a code of tomorrow", [500, "application/json", '{"code":"tired"}'], "internal", /^tired$/],
  [
    "a refusal before Twirp",
    [401, "text/plain; charset=utf-8", "invalid token: x"],
    "unauthenticated",
    /^invalid token: x; pass/,
  ],
  ["another server's page", [404, "text/html", "<html>"], "methodNotFound", /^there is no API at http:.*does this server have/],
  ["JSON that is none", [503, "application/json", "{"], "unavailable", /answers with status 503; try again/],
  ["an answer that is no JSON", [200, "application/json", "<html>"], "failedPrecondition", /is the address right/],
] as const) {
  test(`${what}: one error that says what to do`, async () => {
    const [status, type, body] = refused;
    answer = { status, type, body };
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof SluiceError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}
