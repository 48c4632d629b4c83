import assert from "node:assert/strict";
import test from "node:test";
import { codecKey, type RtpCodec, supportedCodecs } from "@sluice/media";
import { localCodecs } from "./local-codecs.js";

const video = (name: string, parameters: Record<string, string> = {}): RtpCodec => {
  return { payloadType: 96, name, clockRate: 90_000, parameters, feedback: [] };
};
const audio = (name: string, clockRate: number, channels?: number): RtpCodec => {
  return { payloadType: 9, name, clockRate, ...(channels === undefined ? {} : { channels }), parameters: {}, feedback: [] };
};
const PROFILES = ["42e01f", "42001f", "4d001f", "640c1f", "64001f", "f4001f"];

/** One of everything that a Producer may send. */
const SENT: readonly RtpCodec[] = [
  audio("opus", 48_000, 2),
  audio("PCMU", 8_000),
  audio("PCMA", 8_000),
  video("VP8"),
  ...["0", "2"].map((profile) => video("VP9", { "profile-id": profile })),
  ...["0", "1", "2"].map((profile) => video("AV1", { profile })),
  ...["0", "1"].flatMap((mode) =>
    PROFILES.map((profile) => video("H264", { "packetization-mode": mode, "profile-level-id": profile })),
  ),
];

test("everything that is forwarded can be offered, under the same codec", () => {
  for (const codec of SENT) {
    const local = localCodecs([codec], false);
    assert.equal(local?.key, codecKey(codec));
    assert.deepEqual(local?.codecs.slice(0, 1).map(codecKey), [local?.key]);
    const kind = codec.clockRate === 90_000 ? "video" : "audio";
    assert.deepEqual(supportedCodecs(kind, local?.codecs ?? []), local?.codecs);
  }
});

test("[RFC8843 §9.1] a payload type means one codec", () => {
  const red: RtpCodec = { ...audio("red", 48_000, 2), parameters: { "": "9/9" } };
  const offered = [...SENT.map((codec) => [codec]), [red, audio("opus", 48_000, 2)]].flatMap((sent) => {
    return localCodecs(sent, false)?.codecs ?? [];
  });
  const meanings = new Map<number, string>();
  for (const codec of offered) {
    const meaning = JSON.stringify(codec);
    assert.equal(meanings.get(codec.payloadType) ?? meaning, meaning);
    meanings.set(codec.payloadType, meaning);
  }
  assert.equal(meanings.size, 4 + 2 * 18);
});

test("what is not forwarded cannot be offered", () => {
  for (const sent of [[], [video("H265")], [audio("red", 48_000, 2)]]) assert.equal(localCodecs(sent, false), undefined);
});

test("[RFC7587 §7.1] stereo is said", () => {
  assert.equal(localCodecs([audio("opus", 48_000, 2)], true)?.codecs[0]?.parameters["sprop-stereo"], "1");
});
