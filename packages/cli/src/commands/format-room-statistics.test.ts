import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantInfo, ParticipantStats, RoomStatistics, TrackInfo } from "@sluice/protocol";
import { participantInfo, roomInfo } from "@sluice/protocol/testing";
import { createStyle } from "../terminal/style.js";
import { formatRoomStatistics } from "./format-room-statistics.js";

const CAMERA: TrackInfo = { trackId: "TR_1", kind: "video", source: "camera", name: "front", muted: false };
const VOICE: TrackInfo = { trackId: "TR_2", kind: "audio", source: "microphone", name: "", muted: true };

function participant(identity: string, ...tracks: readonly TrackInfo[]): ParticipantInfo {
  return participantInfo({ participantId: `PA_${identity}`, identity, tracks });
}

const ANN: ParticipantStats = {
  participantId: "PA_ann",
  identity: "ann",
  transport: {
    roundTripMs: 12.4,
    lossUp: 0.0125,
    lossDown: 0,
    bitrateUpBps: 1_240_000,
    bitrateDownBps: 0,
    availableDownBps: null,
    quality: "excellent",
  },
  published: [
    {
      trackId: "TR_1",
      packets: 900,
      bytes: 1,
      lost: 3,
      jitterMs: 2.2,
      bitrateBps: 1_200_000,
      layers: [
        { rid: "h", bitrateBps: 300_000, isActive: true },
        { rid: "f", bitrateBps: 0, isActive: false },
      ],
      keyFrames: 4,
      nacked: 5,
      keyFrameRequests: 1,
    },
    {
      trackId: "TR_2",
      packets: 0,
      bytes: 0,
      lost: 0,
      jitterMs: 0,
      bitrateBps: 0,
      layers: [],
      keyFrames: 0,
      nacked: 0,
      keyFrameRequests: 0,
    },
  ],
  subscribed: [],
};

const BOB: ParticipantStats = {
  participantId: "PA_bob",
  identity: "bob",
  transport: null,
  published: [],
  subscribed: [
    {
      trackId: "TR_1",
      participantId: "PA_ann",
      packets: 800,
      bytes: 1,
      bitrateBps: 299_600,
      skipped: 0,
      retransmitted: 2,
      lossRatio: 0.05,
      spatialLayer: 1,
      temporalLayer: 2,
      layerSwitches: 3,
      freezes: 2,
      frozenMs: 1_340,
    },
  ],
};

const ROOM: RoomStatistics = {
  room: roomInfo(),
  participants: [participant("ann", CAMERA, VOICE), participant("bob")],
  statistics: [ANN, BOB],
};

test("a room is a line for each participant and each track", () => {
  assert.deepEqual(formatRoomStatistics(ROOM, createStyle({})).split("\n"), [
    "demo  RM_1, 2 participants",
    "PARTICIPANT  QUALITY    RTT    UP          LOSS   DOWN      LOSS   CARRIES",
    "ann          excellent  12 ms  1.2 Mbit/s  1.3 %  0 kbit/s  0.0 %  -",
    '  → camera "front"  1.2 Mbit/s  (h 300 kbit/s, f off)  900 packets  3 lost  jitter 2 ms  4 key frames  5 asked again  1 key frame asked',
    "  → microphone  muted  0 packets  jitter 0 ms",
    "bob          no media",
    '  ← ann: camera "front"  300 kbit/s  layer 1.2  800 packets  5.0 % lost  2 sent again  3 layer switches  2 freezes of 1.3 s',
    "",
  ]);
});

test("colours are for a terminal only", () => {
  const style = createStyle({ isTTY: true }, {});
  assert.ok(formatRoomStatistics(ROOM, style).includes("\u001b[32mexcellent\u001b[39m"));
  assert.ok(!formatRoomStatistics(ROOM, createStyle({})).includes("\u001b"));
});

test("names of other people do not steer the terminal", () => {
  const evil = "\u001b]0;owned\u0007\u202e";
  const room = {
    ...ROOM,
    participants: [participant(evil, { ...CAMERA, name: evil })],
    statistics: [{ ...ANN, identity: evil }],
  };
  assert.doesNotMatch(formatRoomStatistics(room, createStyle({})).replaceAll("\n", ""), /\p{C}/u);
});

test("an empty room says so", () => {
  const text = formatRoomStatistics({ ...ROOM, participants: [], statistics: [] }, createStyle({}));
  assert.equal(text, "demo  RM_1, 0 participants\n");
});
