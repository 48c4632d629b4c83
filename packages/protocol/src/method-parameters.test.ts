import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_DATA_BYTES,
  MAX_ID_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_SDP_LENGTH,
  MAX_SECTIONS,
  MAX_SIGNAL_DATA_LENGTH,
} from "./limits.js";
import { METHOD_NAMES, METHOD_PARAMETERS } from "./method-parameters.js";
import type { MethodName, Params } from "./methods.js";
import { InvalidValue } from "./validation/parser.js";

/** For every method: the fullest parameters, and what must be refused. */
const CASES: { readonly [M in MethodName]: { readonly good: readonly Params<M>[]; readonly bad: readonly unknown[] } } = {
  join: {
    good: [{}, { autoSubscribe: false, resume: "PA_x" }],
    bad: [{ autoSubscribe: "no" }, { autoSubscribe: null }, { resume: "" }, { resume: "x".repeat(MAX_ID_LENGTH + 1) }, null, 1],
  },
  offer: {
    good: [{ sdp: "v=0" }, { sdp: "x".repeat(MAX_SDP_LENGTH), tracks: [{ mid: "0", trackId: "TR_1" }], confirms: true }],
    bad: [
      {},
      { sdp: "" },
      { sdp: "v=0", confirms: 1 },
      { sdp: "x".repeat(MAX_SDP_LENGTH + 1) },
      { sdp: ["v=0"] },
      { sdp: "v=0", tracks: {} },
      { sdp: "v=0", tracks: [null] },
      { sdp: "v=0", tracks: Array.from({ length: MAX_SECTIONS + 1 }, () => ({ mid: "0", trackId: "t" })) },
    ],
  },
  answerApplied: { good: [{}], bad: [null, 1] },
  trickle: {
    good: [
      { candidate: null },
      { candidate: { candidate: "" } },
      { candidate: { candidate: "candidate:1 1 udp 1 ::1 9 typ host", sdpMid: null, sdpMLineIndex: 0 } },
    ],
    bad: [
      {},
      { candidate: "candidate:1" },
      { candidate: {} },
      { candidate: { candidate: "x".repeat(1_025) } },
      { candidate: { candidate: "x", sdpMLineIndex: -1 } },
      { candidate: { candidate: "x", sdpMLineIndex: 0.5 } },
    ],
  },
  publish: {
    good: [
      { cid: "c", kind: "audio" },
      { cid: "c", kind: "video", source: "screenShare", name: "", muted: true },
      { cid: "c", kind: "video", layers: new Array(4).fill({ rid: "r".repeat(64), width: 1, height: 16_384, bitrateBps: 1 }) },
    ],
    bad: [
      {},
      { cid: "", kind: "audio" },
      { cid: "c", kind: "data" },
      { cid: "c", kind: "audio", source: "screen_share" },
      { cid: "c", kind: "audio", muted: 1 },
      { cid: "c".repeat(129), kind: "audio" },
      { cid: "c", kind: "video", layers: new Array(5).fill({ width: 1, height: 1 }) },
      { cid: "c", kind: "video", layers: [{ width: 0, height: 1 }] },
      { cid: "c", kind: "video", layers: [{ width: 1, height: 16_385 }] },
      { cid: "c", kind: "video", layers: [{ rid: "r".repeat(65), width: 1, height: 1 }] },
      { cid: "c", kind: "video", layers: [{ width: 1, height: 1, bitrateBps: 1e10 }] },
    ],
  },
  unpublish: { good: [{ trackId: "TR_1" }], bad: [{}, { trackId: 1 }, { trackId: "" }] },
  subscribe: {
    good: [{ trackIds: [] }, { trackIds: ["TR_1", "TR_1"] }],
    bad: [{}, { trackIds: "TR_1" }, { trackIds: [1] }, { trackIds: new Array(MAX_IDS_PER_REQUEST + 1).fill("t") }],
  },
  unsubscribe: { good: [{ trackIds: ["TR_1"] }], bad: [{ trackIds: [null] }] },
  setLayers: {
    good: [{ trackId: "t" }, { trackId: "t", paused: true }, { trackId: "t", width: 320, height: 180, priority: 255 }],
    bad: [{}, { trackId: "t", paused: 0 }, { trackId: "t", width: 0 }, { trackId: "t", maxSpatialLayer: 8 }],
  },
  getStats: { good: [{}, { everybody: true }], bad: [{ everybody: 1 }] },
  updateParticipant: {
    good: [{}, { name: "", metadata: "m".repeat(65_536), attributes: { a: "", b: "c".repeat(65_536) } }],
    bad: [{ name: null }, { name: "n".repeat(257) }, { metadata: "m".repeat(65_537) }, { attributes: { "": "x" } }],
  },
  setSubscriptionPermissions: {
    good: [
      { everybody: true, participants: [] },
      { everybody: false, participants: [{ identity: "ann", participantId: "PA_1", everyTrack: false, trackIds: ["TR_1"] }] },
    ],
    bad: [
      {},
      { everybody: false },
      { everybody: false, participants: [{ identity: "ann", everyTrack: true }] },
      { everybody: false, participants: [{ identity: "", everyTrack: true, trackIds: [] }] },
      { everybody: false, participants: new Array(1_001).fill({ everyTrack: true, trackIds: [] }) },
      { everybody: false, participants: [{ everyTrack: false, trackIds: new Array(101).fill("t") }] },
    ],
  },
  mute: { good: [{ trackId: "t", muted: false }], bad: [{ trackId: "t", muted: "false" }, { muted: true }] },
  signal: {
    good: [
      { type: "offer", data: "" },
      { type: "candidate", to: "PA_1", everyRoom: false, data: "x".repeat(MAX_SIGNAL_DATA_LENGTH) },
    ],
    bad: [
      { type: "hello", data: "" },
      { type: "offer" },
      { type: "offer", data: "x".repeat(MAX_SIGNAL_DATA_LENGTH + 1) },
      { type: "offer", data: "", to: "" },
    ],
  },
  sendData: {
    good: [
      { data: "" },
      { data: "aGk=", topic: "chat", to: ["PA_1"] },
      { data: Buffer.alloc(MAX_DATA_BYTES).toString("base64") },
    ],
    bad: [
      {},
      { data: "a" },
      { data: "aGk" },
      { data: "a===" },
      { data: "a-_=" },
      { data: "aGk=", topic: "t".repeat(129) },
      { data: Buffer.alloc(MAX_DATA_BYTES + 1).toString("base64") },
    ],
  },
  leave: { good: [{}], bad: [1, null] },
  ping: { good: [{}, { timestamp: 1.5 }], bad: [{ timestamp: "1" }, { timestamp: Number.POSITIVE_INFINITY }] },
};

for (const method of METHOD_NAMES) {
  test(`${method} takes its parameters unchanged and refuses what breaks a type or a bound`, () => {
    const { good, bad } = CASES[method];
    for (const params of good) assert.deepEqual(METHOD_PARAMETERS[method](params), params);
    for (const params of bad) {
      assert.throws(() => METHOD_PARAMETERS[method](params), InvalidValue, JSON.stringify(params)?.slice(0, 100));
    }
  });
}
