/** docs/reference/livekit.md has the statuses with which this door refuses, and its limits. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  MAX_ATTRIBUTES_LENGTH,
  MAX_CID_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_METADATA_LENGTH,
  MAX_NAME_LENGTH,
  MAX_SUBSCRIPTION_GRANTS,
  MAX_TRACKS_PER_GRANT,
} from "@sluice/protocol";
import { createToken } from "../../auth/create-token.js";
import { MAX_HEADER_BYTES } from "../../http/http-server.js";
import { MAX_PACKET_BYTES } from "../../session/data/packet/data-packet.js";
import { LocalDoor } from "../../testing/local-door.js";
import { MAX_RATE_LIMITED } from "../upgrade/door-socket.js";
import { MAX_ADD_TRACKS, MAX_JOIN_REQUEST_BYTES } from "./connect-request.js";
import { BURST_SECONDS, BYTES_PER_REQUEST } from "./livekit-connection.js";
import { MAX_MESSAGE_BYTES } from "./livekit-door.js";

const page = readFileSync(new URL("../../../../../docs/reference/livekit.md", import.meta.url), "utf8");

/** Cells of the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const rows = section.split("\n## ", 1)[0]?.matchAll(/^\| (.*) \|$/gm) ?? [];
  return [...rows].slice(1).map(([, row = ""]) => row.split(/ *\| */));
}

test("what is refused has a status and a text that docs/reference/livekit.md has", async (t) => {
  const local = await LocalDoor.open({ "room.auto-create": false });
  t.after(() => local.close());
  const ann = { key: "devkey", secret: "secret", identity: "ann", grant: { room: "demo", roomJoin: true, roomCreate: true } };
  const good = await createToken(ann);
  const statuses = rowsUnder("HTTP statuses");
  const told = new Set<readonly string[]>();
  const answers = async (path: string, token: string): Promise<void> => {
    const response = await fetch(`${local.url}${path}&access_token=${token}`);
    const text = await response.text();
    const rows = statuses.filter(([status, start = ""]) => {
      const isSame = start.endsWith("…") ? text.startsWith(start.slice(0, -1).trim()) : text === start;
      return status === `\`${response.status}\`` && isSame;
    });
    const [row] = rows.sort(([, a = ""], [, b = ""]) => b.length - a.length);
    assert.ok(row, `${response.status} ${text}`);
    told.add(row);
  };
  await answers("/rtc/validate?", good);
  await answers("/rtc/v1/validate?join_request=AAAA", good);
  await answers("/rtc/validate?reconnect=1", good);
  await answers("/rtc/validate?", "");
  await answers("/rtc/validate?", await createToken({ ...ann, secret: "of somebody else" }));
  await answers("/rtc/validate?", await createToken({ ...ann, key: "unknown" }));
  await answers("/rtc/validate?", await createToken({ ...ann, grant: { room: "demo" } }));
  await answers("/rtc/validate?", await local.token("ann"));
  await answers("/rtc?", good);
  local.liveKitDoor.close();
  await answers("/rtc/validate?", good);
  const untold = statuses.filter((row) => !told.has(row) && !row[2]?.includes("upgrades only"));
  assert.deepEqual(untold, []);
});

const limits = new Map(rowsUnder("Limits").map(([what = "", limit = ""]) => [what, limit]));
const number = (value: number) => value.toLocaleString("en");

for (const [what, ...parts] of [
  ["one message of a client", `${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`],
  ["a join request, unpacked", `${MAX_JOIN_REQUEST_BYTES / 1024 / 1024} MiB`],
  ["tracks that a join request publishes", number(MAX_ADD_TRACKS)],
  ["an HTTP request's head, join request included", `${MAX_HEADER_BYTES / 1024} KiB`],
  [
    "requests of one connection",
    `${BURST_SECONDS} seconds' worth`,
    `each ${BYTES_PER_REQUEST / 1024} KiB`,
    `after ${number(MAX_RATE_LIMITED)} of those`,
  ],
  ["track ids in one request", number(MAX_IDS_PER_REQUEST)],
  [
    "participants that one `subscriptionPermission` names",
    number(MAX_SUBSCRIPTION_GRANTS),
    `${number(MAX_TRACKS_PER_GRANT)} tracks each`,
  ],
  ["names and identities; the cid of a track", number(MAX_NAME_LENGTH), number(MAX_CID_LENGTH)],
  ["metadata; all attributes together", number(MAX_METADATA_LENGTH), number(MAX_ATTRIBUTES_LENGTH)],
  ["one data packet", `${number(MAX_PACKET_BYTES)} bytes`],
] as const) {
  test(`docs/reference/livekit.md has the limit of ${what}`, () => {
    for (const part of parts) assert.ok(limits.get(what)?.includes(part), part);
  });
}
