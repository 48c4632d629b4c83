import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ParticipantInfo,
  ParticipantInfo_Kind,
  ParticipantInfo_State,
  Room,
  TrackInfo,
  TrackSource,
  TrackType,
} from "@livekit/protocol";
import { createStyle } from "../../terminal/style.js";
import { formatParticipants } from "./format-participants.js";
import { age, formatRooms } from "./format-rooms.js";

const PLAIN = createStyle({}, {});
const NOW_MS = 1_000_000_000;
const WIDE = Number.POSITIVE_INFINITY;

test("rooms are a table, and other people's text moves no cursor", () => {
  const rooms = [
    new Room({ name: "demo", sid: "RM_1", numParticipants: 2, numPublishers: 1, creationTime: BigInt(NOW_MS / 1_000 - 90) }),
    new Room({ name: "\u001b[2Jx", sid: "RM_22", maxParticipants: 10, metadata: "a\nb" }),
  ];
  assert.deepEqual(formatRooms(rooms, PLAIN, WIDE, NOW_MS).split("\n"), [
    "ROOM   ID     PARTICIPANTS  PUBLISHERS  AGE  METADATA",
    "demo   RM_1   2             1           1m",
    "?[2Jx  RM_22  0 of 10       0           -    a?b",
    "",
  ]);
  assert.equal(formatRooms([], PLAIN, WIDE, NOW_MS), "no rooms\n");
  for (const line of formatRooms(rooms, PLAIN, 20, NOW_MS).split("\n")) assert.ok(line.length <= 20, line);
});

test("participants are a table with their tracks below them", () => {
  const tracks = [
    new TrackInfo({
      sid: "TR_VC1",
      type: TrackType.VIDEO,
      source: TrackSource.CAMERA,
      mimeType: "video/VP8",
      width: 640,
      height: 360,
      simulcast: true,
    }),
    new TrackInfo({ sid: "TR_A2", type: TrackType.AUDIO, name: "line in", muted: true }),
  ];
  const participants = [
    new ParticipantInfo({
      identity: "ann",
      name: "Ann",
      sid: "PA_1",
      state: ParticipantInfo_State.ACTIVE,
      tracks,
      metadata: "m",
    }),
    new ParticipantInfo({ identity: "rec", sid: "PA_2", kind: ParticipantInfo_Kind.EGRESS, permission: { hidden: true } }),
  ];
  assert.deepEqual(formatParticipants(participants, PLAIN, WIDE, NOW_MS).split("\n"), [
    "IDENTITY  NAME  ID    STATE                    AGE  METADATA",
    "ann       Ann   PA_1  active                   -    m",
    "  → TR_VC1  camera  video/VP8  640x360  simulcast",
    '  → TR_A2  audio  "line in"  muted',
    "rec             PA_2  joining, egress, hidden  -",
    "",
  ]);
  assert.equal(formatParticipants([], PLAIN, WIDE, NOW_MS), "nobody is in this room\n");
});

test("an age has the unit that fits", () => {
  const ages = [0, 59, 60, 7_199, 7_200, 86_400 * 3].map((seconds) => age(NOW_MS / 1_000 - seconds, NOW_MS));
  assert.deepEqual(ages, ["0s", "59s", "1m", "1h", "2h", "3d"]);
  assert.equal(age(NOW_MS, NOW_MS), "0s");
});
