import assert from "node:assert/strict";
import { test } from "node:test";
import { findBreaches, MAX_LINES } from "./walls.mjs";

/** Names of the walls that one file breaks. @param {string} path @param {string} source */
function wallsBroken(path, source) {
  return findBreaches([{ path, source }]).map((breach) => breach.wall);
}

const BREACHES = [
  ["foreign-src", "packages/server/src/room/room.ts", `import { a } from "../../../media/src/router/router.js";`],
  ["foreign-src", "packages/server/src/room/room.ts", `import { a } from "@sluice/media/src/router/router.js";`],
  ["foreign-src", "test/interop/src/a.test.ts", `const a = await import("../../../packages/media/src/index.js");`],
  ["core-dependency", "packages/media/src/sdp/parse.ts", `import { parse } from "sdp-transform";`],
  ["core-dependency", "packages/netem/src/link.ts", `import { instant } from "@sluice/media";`],
  ["koffi", "packages/server/src/worker/worker.ts", `import koffi from "koffi";`],
  ["koffi", "packages/server/src/main.ts", `export {\n  load,\n} from "koffi";`],
  ["room-below-doors", "packages/server/src/room/room.ts", `import type { A } from "../signaling/negotiation.js";`],
  ["doors-apart", "packages/server/src/signaling/livekit/door.ts", `import { a } from "../jsonrpc/peer.js";`],
  ["doors-apart", "packages/server/src/signaling/negotiation.ts", `import { a } from "./whip/door.js";`],
  ["livekit-words", "packages/server/src/room/room.ts", `import type { Room } from "@livekit/protocol";`],
  ["livekit-words", "packages/server/src/main.ts", `import { Room } from "@livekit/protocol";`],
  ["livekit-words", "packages/cli/src/participant/headless-participant.ts", `import { Room } from "@livekit/protocol";`],
  ["one-adapter", "packages/cli/src/join.ts", `import { createNativeCrypto, createPortableCrypto } from "@sluice/native";`],
];
for (const [wall = "", path = "", source = ""] of BREACHES) {
  test(`${wall} stops ${source.replaceAll(/\s+/g, " ")} in ${path}`, () => {
    assert.deepEqual(wallsBroken(path, source), [wall]);
  });
}

const ALLOWED = [
  ["packages/cli/src/participant/livekit/client.ts", `import { JoinRequest } from "@livekit/protocol";`],
  ["packages/server/src/room/room.ts", `import { Router } from "@sluice/media";\nimport { a } from "../auth/grants.js";`],
  ["packages/media/src/sdp/parse.test.ts", `import assert from "node:assert/strict";`],
  ["packages/netem/src/node/udp-proxy.ts", `import { createSocket } from "node:dgram";`],
  ["packages/native/src/udp/readiness-watch.ts", `import koffi from "koffi";`],
  ["packages/server/src/main.ts", `/**\n * import koffi from "koffi"\n */`],
  ["packages/server/src/signaling/livekit/door.ts", `import { a } from "../negotiation.js";\nimport { b } from "./peer.js";`],
  ["packages/server/src/main.ts", `import { createNativeCrypto, createPortableCrypto } from "@sluice/native";`],
  ["packages/server/src/livekit/room-info.ts", `import { Room } from "@livekit/protocol";`],
  ["packages/cli/src/join.ts", `import { createNativeCrypto } from "@sluice/native";`],
];
for (const [path = "", source = ""] of ALLOWED) {
  test(`no wall stops ${source.replaceAll(/\s+/g, " ")} in ${path}`, () => {
    assert.deepEqual(wallsBroken(path, source), []);
  });
}

test(`length stops a file over ${MAX_LINES} lines unless its head says why`, () => {
  const long = "const a = 1;\n".repeat(MAX_LINES + 1);
  assert.deepEqual(wallsBroken("packages/cli/src/a.ts", long), ["length"]);
  assert.deepEqual(wallsBroken("packages/cli/src/a.ts", `// Length: one table of constants\n${long}`), []);
  assert.deepEqual(wallsBroken("packages/cli/src/a.ts", "const a = 1;\n".repeat(MAX_LINES)), []);
});
