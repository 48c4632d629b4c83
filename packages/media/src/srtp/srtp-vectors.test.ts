import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { createPacketMemory, SCRATCH_BYTES } from "../bytes/packet-memory.js";
import type { SrtpProfile } from "../dtls/dtls-port.js";
import { parseRtpHeader, RtpHeader } from "../rtp/rtp-header.js";
import { GcmProtector } from "./gcm-protector.js";
import { GcmUnprotector } from "./gcm-unprotector.js";
import { deriveKey, deriveSessionKeys, type SessionKeys } from "./key-derivation.js";

import { SrtpReceiver } from "./srtp-receiver.js";
import { SrtpSender } from "./srtp-sender.js";

const memory = createPacketMemory(SCRATCH_BYTES + 8192);
const crypto = createPortableCrypto(memory);
const PACKET = SCRATCH_BYTES;
const header = new RtpHeader();

const plain = (text: string): string => text.replaceAll(/\s/g, "").toLowerCase();
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(plain(text), "hex"));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const taken = (length: number): string => hex(memory.bytes.subarray(PACKET, PACKET + length));
function put(text: string): number {
  const bytes = fromHex(text);
  memory.bytes.set(bytes, PACKET);
  return bytes.length;
}

test("[RFC3711 §B.2] AES-CM makes the published key stream", () => {
  const cipher = crypto.createCounterCipher(fromHex("2B7E151628AED2A6ABF7158809CF4F3C"));
  memory.bytes.set(fromHex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"), 0);
  memory.bytes.fill(0, PACKET, PACKET + 48);
  cipher.apply(0, PACKET, 48, PACKET);
  assert.equal(
    taken(48),
    plain("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"),
  );
});

test("[RFC3711 §B.3] derives the published session keys", () => {
  const master = { key: fromHex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: fromHex("0EC675AD498AFEEBB6960B3AABE6") };
  const keys = deriveSessionKeys(crypto, "AES128_CM_HMAC_SHA1_80", master);
  assert.equal(hex(keys.rtp.encryption), "c61e7a93744f39ee10734afe3ff7a087");
  assert.equal(hex(keys.rtp.salt), "30cbbc08863d8c85d49db34a9ae1");
  assert.equal(hex(keys.rtp.authentication), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
});

test("[RFC6188 §7.2] derives the published session keys with AES-256", () => {
  const cipher = crypto.createCounterCipher(fromHex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"));
  const salt = fromHex("3b04803de51ee7c96423ab5b78d2");
  assert.equal(hex(deriveKey(crypto, cipher, salt, 0, 32)), "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
  assert.equal(hex(deriveKey(crypto, cipher, salt, 1, 20)), "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
  assert.equal(hex(deriveKey(crypto, cipher, salt, 2, 14)), "fa31791685ca444a9e07c6c64e93");
});

/** RFC 7714 gives session keys, so its vectors start behind the key derivation. */
function sessionKeys(keyBytes: number): SessionKeys {
  const key = {
    encryption: Uint8Array.from({ length: keyBytes }, (_, index) => index),
    authentication: new Uint8Array(0),
    salt: fromHex("517569642070726f2071756f"),
  };
  return { rtp: key, rtcp: key };
}

const RTP_HEADER = "8040f17b8041f8d35501a0b2";
const RTP_PAYLOAD = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
for (const vector of [
  {
    rule: "[RFC7714 §16.1]",
    keyBytes: 16,
    protected: `${RTP_HEADER} f24de3a3fb34de6cacba861c9d7e4bca be633bd50d294e6f42a5f47a51c7d19b 36de3adf8833
      899d7f27beb16a9152cf765ee4390cce`,
  },
  {
    rule: "[RFC7714 §16.2]",
    keyBytes: 32,
    protected: `${RTP_HEADER} 32b1de78a822fe12ef9f78fa332e33aa b18012389a58e2f3b50b2a0276ffae0f 1ba63799b87b
      7aa3db36dfffd6b0f9bb7878d7a76c13`,
  },
]) {
  test(`${vector.rule} SRTP with GCM and a ${vector.keyBytes}-byte key`, () => {
    const keys = sessionKeys(vector.keyBytes);
    put(RTP_HEADER);
    memory.bytes.set(fromHex(RTP_PAYLOAD), PACKET + 2000); // encryption is the copy
    const length = new GcmProtector(crypto, keys).protectRtp(PACKET, 12, PACKET + 2000, 38, 0x5501a0b2, 0xf17b);
    assert.equal(taken(length), plain(vector.protected));
    assert.equal(new GcmUnprotector(crypto, keys).unprotectRtp(PACKET, length, 12, 0x5501a0b2, 0xf17b), true);
    assert.equal(taken(50), RTP_HEADER + RTP_PAYLOAD);
  });
}

const RTCP = `81c8000d4d617273 4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef`;
for (const vector of [
  {
    rule: "[RFC7714 §17.1]",
    keyBytes: 16,
    protected: `81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e99 7ff5c0f76c06f32dc676a5f1730d6fda 4ce09b4686303ded0bb9275b
      c84aa45896cf4d2fc5abf87245d9eade 800005d4`,
  },
  {
    rule: "[RFC7714 §17.2]",
    keyBytes: 32,
    protected: `81c8000d4d617273 d50ae4d1f5ce5d304ba297e47d470c28 2c3ece5dbffe0a50a2eaa5c1110555be 8415f658c61de0476f1b6fad
      1d1eb30c4446839f57ff6f6cb26ac3be 800005d4`,
  },
]) {
  test(`${vector.rule} SRTCP with GCM and a ${vector.keyBytes}-byte key`, () => {
    const keys = sessionKeys(vector.keyBytes);
    const sizeBytes = put(RTCP);
    const length = new GcmProtector(crypto, keys).protectRtcp(PACKET, sizeBytes, 0x5d4);
    assert.equal(taken(length), plain(vector.protected));
    assert.equal(new GcmUnprotector(crypto, keys).unprotectRtcp(PACKET, length, 0x4d617273, 0x5d4), true);
    assert.equal(taken(sizeBytes), plain(RTCP));
  });
}

/** libsrtp's reference packets (test/srtp_driver.c): the whole way from the master key. Their SRTCP index is 1. */
for (const vector of [
  {
    profile: "AES128_CM_HMAC_SHA1_80" as SrtpProfile,
    key: "e1f97a0d3e018be0d64fa32c06de4139",
    salt: "0ec675ad498afeebb6960b3aabe6",
    srtp: "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb",
    rtcp: `81c8000bcafebabe ${"ab".repeat(16)}`,
    srtcp: "81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798",
  },
  {
    profile: "AEAD_AES_128_GCM" as SrtpProfile,
    key: "000102030405060708090a0b0c0d0e0f",
    salt: "a0a1a2a3a4a5a6a7a8a9aaab",
    srtp: "800f1234decafbadcafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392",
    rtcp: `81c8000bcafebabe ${"ab".repeat(16)}`,
    srtcp: "81c8000bcafebabe c98b8b5df0392a55852b6c21ac8e7025 c52c6fbea2b3b446ea31123ba88ce61e 80000001",
  },
]) {
  test(`${vector.profile} makes and reads libsrtp's reference packets`, () => {
    const key = { key: fromHex(vector.key), salt: fromHex(vector.salt) };
    const sender = new SrtpSender(crypto, vector.profile, key);
    const receiver = new SrtpReceiver(crypto, vector.profile, key);

    const rtp = `800f1234decafbadcafebabe${"ab".repeat(16)}`;
    put(rtp);
    const srtpLength = sender.protectRtp(PACKET, 12, PACKET + 12, 16, 0xcafebabe, 0x1234);
    assert.equal(taken(srtpLength), plain(vector.srtp));
    assert.equal(parseRtpHeader(memory, PACKET, srtpLength, header), true);
    assert.equal(receiver.unprotectRtp(PACKET, srtpLength, header), 28);
    assert.equal(taken(28), rtp);
    assert.equal(header.extendedSequenceNumber, 0x1234);
    assert.equal(header.payloadBytes, 16);

    const rtcpBytes = put(vector.rtcp);
    sender.protectRtcp(PACKET, rtcpBytes); // index 0
    put(vector.rtcp);
    const srtcpLength = sender.protectRtcp(PACKET, rtcpBytes);
    assert.equal(taken(srtcpLength), plain(vector.srtcp));
    assert.equal(receiver.unprotectRtcp(PACKET, srtcpLength), rtcpBytes);
    assert.equal(taken(rtcpBytes), plain(vector.rtcp));
  });
}
