import assert from "node:assert/strict";
import { test } from "node:test";
import { dialJsonRpc, type ParticipantStats, type PublishedTrackStats, type SubscribedTrackStats } from "@sluice/protocol";
import { MemoryServer, participantInfo, roomInfo, VirtualScheduler } from "@sluice/protocol/testing";
import { Room } from "./room.js";
import { mergeStats } from "./room-stats.js";
import { createMemoryMedia } from "./testing/memory-media.js";

const PUBLISHED: PublishedTrackStats = {
  trackId: "TR_camera",
  packets: 1,
  bytes: 1,
  lost: 0,
  jitterMs: 1,
  bitrateBps: 1,
  layers: [],
  keyFrames: 1,
  nacked: 0,
  keyFrameRequests: 0,
};
const SUBSCRIBED: SubscribedTrackStats = {
  trackId: "TR_voice",
  participantId: "PA_2",
  packets: 1,
  bytes: 1,
  bitrateBps: 1,
  skipped: 0,
  retransmitted: 0,
  lossRatio: 0,
  spatialLayer: null,
  temporalLayer: null,
  layerSwitches: 0,
  freezes: 0,
  frozenMs: 0,
};
const SERVER: ParticipantStats = {
  participantId: "PA_1",
  identity: "ann",
  transport: null,
  published: [PUBLISHED],
  subscribed: [SUBSCRIBED],
};
const IDS = new Map([
  ["TR_camera", "media-1"],
  ["TR_voice", "media-2"],
]);

test("the browser's view of a track stands beside the server's", () => {
  const report = new Map<string, unknown>([
    ["s1", { id: "s1", type: "media-source", trackIdentifier: "media-1" }],
    ["o1", { type: "outbound-rtp", mediaSourceId: "s1", frameWidth: 320, frameHeight: 180, framesPerSecond: 30 }],
    [
      "o2",
      {
        type: "outbound-rtp",
        mediaSourceId: "s1",
        frameWidth: 1280,
        frameHeight: 720,
        framesPerSecond: 24,
        qualityLimitationReason: "cpu",
      },
    ],
    ["o3", { type: "outbound-rtp", mediaSourceId: "other", frameWidth: 1920 }],
    [
      "i1",
      {
        type: "inbound-rtp",
        trackIdentifier: "media-2",
        jitterBufferDelay: 48,
        jitterBufferEmittedCount: 960,
        concealedSamples: 10,
        totalSamplesReceived: 1000,
      },
    ],
  ]);
  const { published, subscribed } = mergeStats(SERVER, report, IDS);
  assert.deepEqual(published, [
    { ...PUBLISHED, browser: { width: 1280, height: 720, framesPerSecond: 24, qualityLimitation: "cpu" } },
  ]);
  assert.deepEqual(subscribed, [{ ...SUBSCRIBED, browser: { jitterBufferMs: 50, concealedRatio: 0.01 } }]);
});

test("what the browser does not say is absent, and so is a track it does not know", () => {
  assert.deepEqual(mergeStats(SERVER, new Map(), IDS), SERVER);
  const silent = new Map([
    ["i1", { type: "inbound-rtp", trackIdentifier: "media-2", jitterBufferDelay: 0, jitterBufferEmittedCount: 0 }],
  ]);
  assert.deepEqual(mergeStats(SERVER, silent, IDS).subscribed, [{ ...SUBSCRIBED, browser: {} }]);
  assert.deepEqual(mergeStats(SERVER, silent, new Map()), SERVER);
});

test("a room's statistics are asked of the server", async () => {
  const server = new MemoryServer();
  const asked: unknown[] = [];
  server.answers.join = () => ({
    room: roomInfo(),
    participant: participantInfo(),
    participants: [],
    iceServers: [],
    pingIntervalMs: 1e6,
    resumed: false,
  });
  server.answers.offer = () => ({ sdp: "answer", tracks: [] });
  server.answers.getStats = (params) => {
    asked.push(params);
    return { participants: params.everybody === true ? [SERVER, SERVER] : [SERVER] };
  };
  const options = { url: "ws://n", token: "t", autoSubscribe: true, dial: dialJsonRpc(server.openSocket) };
  const room = new Room({ ...options, scheduler: new VirtualScheduler() }, createMemoryMedia().open);
  await room.whenJoined();
  assert.deepEqual(await room.getStats(), SERVER);
  assert.equal((await room.getStatsOfEverybody()).length, 2);
  assert.deepEqual(asked, [{}, { everybody: true }]);
  room.leave();
});
