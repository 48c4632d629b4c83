import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import type { MediaFile } from "./media-file.js";
import { readMediaFile } from "./read-media-file.js";
import { readTestPicture, readTestTone } from "./test-media.js";

const folder = mkdtempSync(join(tmpdir(), "sluice-media-"));
after(() => rmSync(folder, { recursive: true }));

function keyFrameSeconds({ frames, codec }: MediaFile): number[] {
  return frames.filter(({ isKeyFrame }) => isKeyFrame).map(({ timestamp }) => timestamp / codec.clockRate);
}

for (const codec of ["vp8", "h264"] as const) {
  test(`the test picture in ${codec}: 4 s of 24 frames/s, a key frame every second, every frame in payloads`, () => {
    const picture = readTestPicture(codec);
    assert.equal(picture.codec.name.toLowerCase(), codec);
    assert.equal(picture.duration, 4 * 90_000);
    assert.equal(picture.frames.length, 96);
    assert.deepEqual(keyFrameSeconds(picture), [0, 1, 2, 3]);
    const packetizer = picture.createPacketizer();
    const payload = new Uint8Array(1_500);
    for (const { data } of picture.frames) {
      packetizer.handleFrame(data);
      assert.ok(packetizer.pollPayload(payload, 0) > 0);
      while (!packetizer.isFrameDone) assert.ok(packetizer.pollPayload(payload, 0) > 0);
    }
  });
}

test("an H.264 file is offered with the profile it was encoded in", () => {
  assert.match(String(readTestPicture("h264").codec.parameters["profile-level-id"]), /^42[c-f]0/i);
});

test("the test tone: packets of 20 ms, each of which can be decoded by itself", () => {
  const tone = readTestTone();
  assert.equal(tone.kind, "audio");
  assert.ok(tone.frames.every(({ timestamp, isKeyFrame }, index) => timestamp === index * 960 && isKeyFrame));
  assert.equal(tone.duration, tone.frames.length * 960);
});

/** An IVF file of one frame that is shown for 40 ms. */
function ivf(fourCc: string, frame: string): Buffer {
  const data = Buffer.from(frame, "hex");
  const bytes = Buffer.alloc(44 + data.length);
  bytes.write(`DKIF\0\0\x20\0${fourCc}`, "latin1");
  bytes.writeUInt32LE(25, 16);
  bytes.writeUInt32LE(1, 20);
  bytes.writeUInt32LE(data.length, 32);
  data.copy(bytes, 44);
  return bytes;
}

test("IVF files of VP9 and AV1 are offered with their profile and cut into payloads", () => {
  const cases = [
    ["VP90", "824983420014100b560638241c184a000a605f7d", "VP9", { "profile-id": "0" }],
    ["VP90", "92498342000a0805ab031c120e0c2c000518", "VP9", { "profile-id": "2" }],
    ["AV01", "12000a0b000000043d06d4fbf900403208181400a17024cfc8", "AV1", { profile: "0" }],
  ] as const;
  for (const [fourCc, frame, name, parameters] of cases) {
    const fileName = join(folder, "one.ivf");
    writeFileSync(fileName, ivf(fourCc, frame));
    const file = readMediaFile(fileName);
    assert.equal(file.codec.name, name);
    assert.deepEqual(file.codec.parameters, parameters);
    assert.deepEqual(
      file.frames.map(({ isKeyFrame }) => isKeyFrame),
      [true],
    );
    assert.equal(file.duration, 3_600);
    const packetizer = file.createPacketizer();
    packetizer.handleFrame(file.frames[0]?.data ?? new Uint8Array(0));
    assert.ok(packetizer.pollPayload(new Uint8Array(1_500), 0) > 0);
    assert.equal(packetizer.isFrameDone, true);
  }
});

test("what cannot be sent is refused in one line that says why", () => {
  const written = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, "latin1");
    return join(folder, name);
  };
  const cases: [fileName: string, code: string, reason: RegExp][] = [
    [join(folder, "missing.ivf"), "notFound", /no such file/],
    [folder, "invalidArgument", /expected a file named/],
    [written("talk.mp4", ""), "invalidArgument", /\*\.ivf \(VP8, VP9, AV1\), \*\.h264 or \*\.ogg/],
    [written("empty.ivf", ""), "invalidArgument", /is not an IVF file/],
    [
      written("chroma.ivf", ivf("VP90", "a2498342e00af008f60638241c184200").toString("latin1")),
      "invalidArgument",
      /only 0 and 2/,
    ],
    [written("empty.h264", "no start code"), "invalidArgument", /is not an H\.264 byte stream/],
    [written("empty.ogg", "OggS"), "invalidArgument", /is not an Ogg file/],
  ];
  for (const [fileName, code, reason] of cases) {
    assert.throws(
      () => readMediaFile(fileName),
      (error) =>
        error instanceof SluiceError && error.code === code && reason.test(error.message) && !error.message.includes("\n"),
    );
  }
});
