/** Whatever comes, the edge answers as it always does and the node goes on. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import fastify from "fastify";
import { createToken } from "../../auth/create-token.js";
import { TokenVerifier } from "../../auth/token-verifier.js";
import { createLog } from "../../log/log.js";
import { MemoryNode } from "../../testing/memory-node.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { ABSENT_SERVICES } from "../absent-services.js";
import { createRoomService } from "../room-service.js";
import { ADMIN } from "../testing/api-fixture.js";
import { TWIRP_STATUS, type TwirpCode } from "./twirp-code.js";
import { TwirpEdge } from "./twirp-edge.js";

const SECRET = "a-secret-of-at-least-thirty-two-bytes";

async function open(t: TestContext) {
  const { rooms, config } = new MemoryNode();
  const services = new Map([["RoomService", createRoomService(rooms, config.room)]]);
  const verifier = new TokenVerifier(new Map([["key", SECRET]]));
  const log = createLog({ level: "silent" as "fatal", format: "json" });
  const edge = new TwirpEdge({ services, absentServices: ABSENT_SERVICES, verifier, clock: new VirtualClock(Date.now()), log });
  const app = fastify({ routerOptions: { ignoreDuplicateSlashes: true } });
  edge.addRoutes(app);
  t.after(() => app.close());
  const grant = { ...ADMIN, destinationRoom: "" };
  const authorization = `Bearer ${await createToken({ key: "key", secret: SECRET, identity: "fuzz", grant })}`;
  return { app, authorization, methods: [...(services.get("RoomService")?.keys() ?? [])] };
}

const anyField = fc.constantFrom("name", "names", "room", "identity", "metadata", "agents", "permission", "track_sids", "data");
const anyValue = fc.oneof(fc.constantFrom("demo", "ann", "", 0, -1, true, null), fc.jsonValue({ maxDepth: 3 }));
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.dictionary(anyField, anyValue).map((fields) => Buffer.from(JSON.stringify({ room: "demo", ...fields }))),
);
const anyType = fc.oneof(fc.constantFrom("application/json", "application/protobuf"), fc.stringMatching(/^[a-z/;= -]{0,40}$/));

test("any body to any method is answered or refused with a code, never by a defect", async (t) => {
  const { app, authorization, methods } = await open(t);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), anyType, anyBody, async (method, type, payload) => {
      const headers = { authorization, "content-type": type };
      const response = await app.inject({ method: "POST", url: `/twirp/livekit.RoomService/${method}`, headers, payload });
      assert.notEqual(response.statusCode, 500, `${method}: ${response.body}`);
      if (response.statusCode === 200) return;
      const { code } = response.json() as { code: TwirpCode };
      assert.equal(TWIRP_STATUS[code], response.statusCode);
    }),
    { numRuns: 300 },
  );
});

test("any path is a route that is not there", async (t) => {
  const { app, authorization } = await open(t);
  await fc.assert(
    fc.asyncProperty(fc.webPath(), async (path) => {
      const headers = { authorization, "content-type": "application/json" };
      const response = await app.inject({ method: "POST", url: `/twirp${path}`, headers, payload: "{}" });
      assert.equal(response.statusCode, 404);
    }),
  );
});
