import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, SCRATCH_BYTES } from "../bytes/packet-memory.js";
import {
  findExtension,
  readAbsoluteSendTime,
  readAudioLevel,
  readTextExtension,
  readTransportWideSequenceNumber,
} from "./header-extension.js";
import { parseRtpHeader, RtpHeader } from "./rtp-header.js";

const memory = createPacketMemory(SCRATCH_BYTES + 2048);
const PACKET = SCRATCH_BYTES;
const header = new RtpHeader();

/** Parses a packet whose extension block is `block` (hexadecimal, filled up with zeros), and the payload all ones. */
function putBlock(profile: number, block: string): void {
  const data = Buffer.from(block.replaceAll(/\s/g, ""), "hex");
  const words = Math.ceil(data.length / 4);
  const bytes = new Uint8Array(12 + 4 + words * 4 + 20).fill(0xff, 16 + words * 4);
  bytes.set([0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, profile >> 8, profile & 0xff, 0, words]);
  bytes.set(data, 16);
  memory.bytes.set(bytes, PACKET);
  assert.equal(parseRtpHeader(memory, PACKET, bytes.length, header), true);
}

function find(id: number): string | undefined {
  const offset = findExtension(memory, header, id);
  return offset < 0 ? undefined : Buffer.from(memory.bytes.subarray(offset, offset + header.elementBytes)).toString("hex");
}

test("[RFC8285 §4.2] one-byte elements, with padding between and behind them", () => {
  putBlock(0xbede, `10aa 00 00 32bbbbbb 00 2f${"cc".repeat(16)}`);
  assert.equal(find(1), "aa");
  assert.equal(find(3), "bbbbbb");
  assert.equal(find(2), "cc".repeat(16));
  assert.equal(find(4), undefined);
  assert.equal(header.elementBytes, 0);
});

test("[RFC8285 §4.2] id 15 ends the block", () => {
  putBlock(0xbede, "10aa f0bb 20cc");
  assert.equal(find(1), "aa");
  assert.equal(find(2), undefined);
  assert.equal(find(15), undefined);
});

test("[RFC8285 §4.2] id 0 with a length ends the block", () => {
  putBlock(0xbede, "10aa 01bbbb 20cc");
  assert.equal(find(1), "aa");
  assert.equal(find(2), undefined);
});

test("[RFC8285 §4.2] an element that runs out of the block is not found, nor read from the payload", () => {
  putBlock(0xbede, "10aa 2faa");
  assert.equal(find(1), "aa");
  assert.equal(find(2), undefined);
});

test("[RFC8285 §4.3] two-byte elements: any appbits, ids to 255, empty ones, padding", () => {
  for (const profile of [0x1000, 0x100f]) {
    putBlock(profile, `01 00 00 ff 02 aabb 00 0f 11${"cc".repeat(17)}`);
    assert.equal(find(1), "");
    assert.equal(find(255), "aabb");
    assert.equal(find(15), "cc".repeat(17), "15 is an ordinary id here");
    assert.equal(find(2), undefined);
  }
});

test("[RFC8285 §4.3] a two-byte element that runs out of the block is not found", () => {
  putBlock(0x1000, "01 01 aa 05");
  assert.equal(find(1), "aa");
  assert.equal(find(5), undefined, "no length byte");
  putBlock(0x1000, "05 03 aabb");
  assert.equal(find(5), undefined, "data cut");
});

test("[attack 17] id 0 is never found, in either form", () => {
  putBlock(0xbede, "00000000");
  assert.equal(find(0), undefined);
  putBlock(0x1000, "00020000");
  assert.equal(find(0), undefined);
});

test("a block of another profile is skipped", () => {
  putBlock(0x1010, "10aa0000");
  assert.equal(find(1), undefined);
  assert.equal(header.payloadBytes, 20);
});

test("the first of two elements with one id counts", () => {
  putBlock(0xbede, "10aa 10bb");
  assert.equal(find(1), "aa");
});

test("[RFC6464 §3] audio level and voice flag", () => {
  putBlock(0xbede, "10 9e 20 7f");
  assert.equal(readAudioLevel(memory, header, 1), 30);
  assert.equal(header.isVoice, true);
  assert.equal(readAudioLevel(memory, header, 2), 127);
  assert.equal(header.isVoice, false);
  assert.equal(readAudioLevel(memory, header, 3), -1);
  putBlock(0x1000, "01 00");
  assert.equal(readAudioLevel(memory, header, 1), -1, "an empty element");
});

test("readers of numbers refuse elements that are too short", () => {
  putBlock(0xbede, "11 1234 22 abcdef 30 01");
  assert.equal(readTransportWideSequenceNumber(memory, header, 1), 0x1234);
  assert.equal(readAbsoluteSendTime(memory, header, 2), 0xabcdef);
  assert.equal(readTransportWideSequenceNumber(memory, header, 3), -1);
  assert.equal(readAbsoluteSendTime(memory, header, 1), -1);
});

test("[RFC8852 §3] MID and RID are ASCII", () => {
  putBlock(0xbede, "11 6869 21 c3a9 32 680000");
  assert.equal(readTextExtension(memory, header, 1), "hi");
  assert.equal(readTextExtension(memory, header, 2), undefined, "not ASCII");
  assert.equal(readTextExtension(memory, header, 3), "h", "filled up with zeros");
  assert.equal(readTextExtension(memory, header, 4), undefined);
});
