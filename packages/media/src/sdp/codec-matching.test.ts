import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { type MediaKind, matchCodecs, parseSessionDescription, type RtpCodec, supportedCodecs } from "../index.js";
import { canDecodeH264, h264Profile } from "./h264-profile.js";

function codec(payloadType: number, name: string, parameters: Record<string, string> = {}, feedback: string[] = []): RtpCodec {
  if (name === "opus" || name === "red") return { payloadType, name, clockRate: 48_000, channels: 2, parameters, feedback };
  return { payloadType, name, clockRate: 90_000, parameters, feedback };
}

function h264(payloadType: number, profileLevelId: string, mode = "1"): RtpCodec {
  return codec(payloadType, "H264", { "profile-level-id": profileLevelId, "packetization-mode": mode });
}

const rtx = (payloadType: number, apt: number) => codec(payloadType, "rtx", { apt: String(apt) });
const types = (codecs: readonly RtpCodec[]) => codecs.map(({ payloadType }) => payloadType);
const supported = (...offered: RtpCodec[]) => types(supportedCodecs("video", offered));
const matched = (sent: RtpCodec[], ...receiver: RtpCodec[]) => types(matchCodecs(sent, receiver));

function offered(name: string, kind: MediaKind): readonly RtpCodec[] {
  const result = parseSessionDescription(readFileSync(new URL(`../../src/sdp/fixtures/${name}.sdp`, import.meta.url), "utf8"));
  const section = result.ok ? result.description.sections.find((each) => each.kind === kind) : undefined;
  assert.ok(section);
  return section.codecs;
}

test("keeps what Sluice supports of Chromium's offer, in its order", () => {
  const video = supportedCodecs("video", offered("chromium-camera-microphone", "video"));
  assert.deepEqual(types(video), [96, 97, 102, 103, 104, 107, 108, 109, 114, 115, 116, 117, 39, 40, 45, 46, 98, 99, 100, 101]);
  assert.deepEqual(video[0]?.feedback, ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]);
  assert.deepEqual(types(supportedCodecs("audio", offered("chromium-camera-microphone", "audio"))), [111, 63, 0, 8]);
});

test("VP9 profiles 0 and 2, and no others", () => {
  const vp9 = (payloadType: number, profile?: string) =>
    codec(payloadType, "VP9", profile === undefined ? {} : { "profile-id": profile });
  assert.deepEqual(supported(vp9(96), vp9(97, "0"), vp9(98, "1"), vp9(99, "2"), vp9(100, "3")), [96, 97, 99]);
  assert.deepEqual(matched([vp9(96)], vp9(97, "2"), vp9(98, "0")), [98]);
});

test("names are compared without case, clock rates and channels exactly", () => {
  assert.deepEqual(matched([codec(96, "VP8")], codec(100, "vp8")), [100]);
  assert.deepEqual(supported({ ...codec(96, "VP8"), clockRate: 8000 }), []);
  assert.deepEqual(
    types(supportedCodecs("audio", [{ payloadType: 111, name: "opus", clockRate: 48_000, parameters: {}, feedback: [] }])),
    [],
  );
});

test("a codec of the other kind is not supported", () => {
  assert.deepEqual(supported(codec(111, "opus")), []);
  assert.deepEqual(supportedCodecs("audio", [codec(96, "VP8")]), []);
});

test("[RFC4588 §8.6] rtx stays only with its codec, one for each", () => {
  assert.deepEqual(
    supported(codec(96, "VP8"), rtx(97, 96), codec(98, "H265"), rtx(99, 98), rtx(100, 96), rtx(101, 101)),
    [96, 97],
  );
  assert.deepEqual(
    matched([codec(96, "VP8")], codec(100, "VP8"), rtx(101, 100), codec(102, "VP9"), rtx(103, 102)),
    [100, 101],
    "the sender needs none",
  );
});

test("[RFC2198 §5] red stays only around its opus", () => {
  const audio = (...list: RtpCodec[]) => types(supportedCodecs("audio", list));
  assert.deepEqual(audio(codec(111, "opus"), codec(63, "red", { "": "111/111" })), [111, 63]);
  assert.deepEqual(audio(codec(111, "opus"), codec(63, "red", { "": "112/111" })), [111]);
  assert.deepEqual(audio(codec(111, "opus"), codec(63, "red")), [111]);
  assert.deepEqual(audio(codec(63, "red", { "": "111/111" })), []);
  const sender = [codec(63, "red", { "": "111/111" }), codec(111, "opus")];
  assert.deepEqual(matched(sender, codec(96, "opus"), codec(97, "red", { "": "96/96" })), [97, 96]);
  assert.deepEqual(matched(sender, codec(96, "opus")), [96]);
  assert.deepEqual(matched([codec(111, "opus")], codec(96, "opus"), codec(97, "red", { "": "96/96" })), [96]);
});

test("[RFC5761 §4] payload types that look like RTCP are not used", () => {
  assert.deepEqual(supported(codec(64, "VP8"), codec(95, "VP8"), codec(63, "VP9"), rtx(72, 63)), [63]);
});

test("[RFC6184 §8.1] H264 profiles from profile-level-id", () => {
  for (const [id, profile] of [
    ["42e01f", "constrainedBaseline"],
    ["42E034", "constrainedBaseline"],
    ["4d8015", "constrainedBaseline"],
    ["58c015", "constrainedBaseline"],
    ["42001f", "baseline"],
    ["58a01f", "baseline"],
    ["4d001f", "main"],
    ["64001f", "high"],
    ["640c1f", "constrainedHigh"],
    ["f4001f", "predictiveHigh444"],
  ]) {
    assert.equal(h264Profile(id), profile, id);
  }
  for (const id of ["", "42e0", "42e01f0", "zz001f", "ff001f", "640f1f"]) assert.equal(h264Profile(id), undefined, id);
  assert.equal(canDecodeH264("constrainedBaseline", "high"), false);
});

test("H264 matches by profile, whatever the level", () => {
  assert.deepEqual(matched([h264(102, "42e01f")], h264(96, "640034"), h264(97, "42e034")), [97]);
  assert.deepEqual(matched([h264(102, "64001f")], h264(97, "42e01f")), []);
  assert.deepEqual(matched([h264(102, "42e01f")], h264(97, "640c1f")), [97], "a high decoder takes constrained baseline");
  assert.deepEqual(matched([h264(102, "42001f")], h264(97, "42e01f")), [97], "as Chromium labels it");
});

test("[RFC6184 §6.3] H264 packetization mode 1 does not go into mode 0", () => {
  assert.deepEqual(matched([h264(102, "42e01f", "1")], h264(97, "42e01f", "0")), []);
  assert.deepEqual(matched([h264(102, "42e01f", "0")], h264(96, "42e01f", "1"), h264(97, "42e01f", "0")), [97]);
  assert.deepEqual(matched([h264(102, "42e01f", "0")], h264(96, "42e01f", "1")), [96]);
  assert.deepEqual(supported(h264(102, "42e01f", "2")), []);
});

test("AV1 profiles must be equal, levels need not", () => {
  const av1 = (payloadType: number, profile: string, level: string) =>
    codec(payloadType, "AV1", { profile, "level-idx": level, tier: "0" });
  assert.deepEqual(matched([av1(45, "0", "5")], av1(46, "1", "5"), av1(47, "0", "13")), [47]);
  assert.deepEqual(matched([codec(45, "AV1")], av1(47, "0", "5")), [47]);
});

test("a browser takes from a browser all that is supported", () => {
  const sent = supportedCodecs("video", offered("chromium-camera-microphone", "video"));
  const receiver = supportedCodecs("video", offered("chromium-receive-only", "video"));
  const names = new Set(matchCodecs(sent, receiver).map(({ name }) => name));
  assert.deepEqual([...names].sort(), ["AV1", "H264", "VP8", "VP9", "rtx"]);
});
