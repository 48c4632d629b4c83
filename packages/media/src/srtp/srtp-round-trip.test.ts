import assert from "node:assert/strict";
import { test } from "node:test";
import { createNativeCrypto, createNativeMemory, createPortableCrypto } from "@sluice/native";
import fc from "fast-check";
import { createPacketMemory, SCRATCH, SCRATCH_BYTES } from "../bytes/packet-memory.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";
import { serializeRtcp } from "../rtcp/rtcp-compound.js";
import { parseRtpHeader, RtpHeader, trimRtpPadding } from "../rtp/rtp-header.js";
import { arbitraryRtpPacket, serializeRtpPacket } from "../rtp/rtp-packet-arbitrary.test.js";
import { SRTP_PROFILE_SIZES } from "./srtp-profile.js";
import { SrtpReceiver, UNPROTECT_FAILURE } from "./srtp-receiver.js";
import { SrtpSender } from "./srtp-sender.js";

const MEMORY_BYTES = SCRATCH_BYTES + 16_384;
/** Where packets come in, and where they go out. */
const RECEIVE_SLOT = SCRATCH_BYTES;
const SEND_SLOT = SCRATCH_BYTES + 8192;
const PROFILES = Object.keys(SRTP_PROFILE_SIZES) as SrtpProfile[];
const adapters: readonly [string, CryptoPort][] = [
  ["portable", createPortableCrypto(createPacketMemory(MEMORY_BYTES))],
  ["native", createNativeCrypto(createNativeMemory(MEMORY_BYTES))],
];

function createKey(profile: SrtpProfile, seed: number): SrtpMasterKey {
  const { keyBytes, saltBytes } = SRTP_PROFILE_SIZES[profile];
  const from = (length: number, factor: number) => Uint8Array.from({ length }, (_, index) => index * factor + seed);
  return { key: from(keyBytes, 7), salt: from(saltBytes, 13) };
}

for (const [adapter, crypto] of adapters) {
  const { memory } = crypto;
  const slice = (offset: number, length: number) => new Uint8Array(memory.bytes.subarray(offset, offset + length));
  const header = new RtpHeader();

  for (const profile of PROFILES) {
    const key = createKey(profile, 1);
    const { tagBytes } = SRTP_PROFILE_SIZES[profile];

    test(`${adapter} ${profile}: any packet comes back as it was, from wherever its payload was read`, () => {
      const sender = new SrtpSender(crypto, profile, key);
      fc.assert(
        fc.property(arbitraryRtpPacket, fc.boolean(), (fields, inPlace) => {
          const receiver = new SrtpReceiver(crypto, profile, key); // every run is a new stream
          const plain = serializeRtpPacket(fields);
          memory.bytes.fill(0xee, SCRATCH_BYTES);
          memory.bytes.set(plain, RECEIVE_SLOT);
          assert.equal(parseRtpHeader(memory, RECEIVE_SLOT, plain.length, header), true);
          const headerBytes = header.headerBytes;
          const payloadBytes = plain.length - headerBytes;
          memory.bytes.copyWithin(SEND_SLOT, RECEIVE_SLOT, RECEIVE_SLOT + (inPlace ? plain.length : headerBytes));
          const payload = inPlace ? SEND_SLOT + headerBytes : RECEIVE_SLOT + headerBytes;

          const length = sender.protectRtp(SEND_SLOT, headerBytes, payload, payloadBytes, fields.ssrc, fields.sequenceNumber);
          assert.equal(length, plain.length + sender.rtpOverheadBytes);
          assert.deepEqual(slice(SEND_SLOT, headerBytes), plain.subarray(0, headerBytes), "the header stays in the clear");
          assert.deepEqual(slice(RECEIVE_SLOT, plain.length), plain, "the source is untouched");
          assert.deepEqual(slice(SEND_SLOT + length, 8), new Uint8Array(8).fill(0xee), "nothing behind the tag is written");
          if (payloadBytes >= 16)
            assert.notDeepEqual(slice(SEND_SLOT + headerBytes, payloadBytes), plain.subarray(headerBytes));

          assert.equal(parseRtpHeader(memory, SEND_SLOT, length, header), true);
          assert.equal(receiver.unprotectRtp(SEND_SLOT, length, header), plain.length);
          assert.deepEqual(slice(SEND_SLOT, plain.length), plain);
          assert.equal(header.extendedSequenceNumber, fields.sequenceNumber);
          assert.equal(trimRtpPadding(memory, SEND_SLOT, plain.length, header), true);
          assert.deepEqual(slice(header.payloadOffset, header.payloadBytes), fields.payload);
          receiver.close();
        }),
      );
    });

    test(`${adapter} ${profile}: one changed bit anywhere is noticed, and the packet's own state stays unborn`, () => {
      const sender = new SrtpSender(crypto, profile, key);
      const receiver = new SrtpReceiver(crypto, profile, key);
      fc.assert(
        fc.property(arbitraryRtpPacket, fc.nat(), (fields, at) => {
          const plain = serializeRtpPacket(fields);
          memory.bytes.set(plain, SEND_SLOT);
          assert.equal(parseRtpHeader(memory, SEND_SLOT, plain.length, header), true);
          const length = sender.protectRtp(
            SEND_SLOT,
            header.headerBytes,
            header.payloadOffset,
            header.payloadBytes,
            fields.ssrc,
            fields.sequenceNumber,
          );
          const bit = at % (length * 8);
          const offset = SEND_SLOT + (bit >>> 3);
          memory.bytes[offset] = (memory.bytes[offset] ?? 0) ^ (1 << (bit & 7));
          if (!parseRtpHeader(memory, SEND_SLOT, length, header)) return;
          const result = receiver.unprotectRtp(SEND_SLOT, length, header);
          assert.ok(result === UNPROTECT_FAILURE.authentication || result === UNPROTECT_FAILURE.malformed, `${result}`);
          assert.equal(receiver.streamCount, 0);
        }),
      );
    });

    test(`${adapter} ${profile}: RTCP compounds come back, and grow by what is promised`, () => {
      const sender = new SrtpSender(crypto, profile, key);
      const receiver = new SrtpReceiver(crypto, profile, key);
      assert.equal(sender.rtcpOverheadBytes, tagBytes + 4);
      for (let count = 0; count < 20; count++) {
        const plain = serializeRtcp([
          { type: "receiverReport", ssrc: 0xfeed_f00d, reports: [] },
          ...Array.from({ length: count }, () => ({ type: "pli", senderSsrc: 1, mediaSsrc: 2 }) as const),
        ]);
        memory.bytes.set(plain, SCRATCH.packet);
        const length = sender.protectRtcp(SCRATCH.packet, plain.length);
        assert.equal(length, plain.length + sender.rtcpOverheadBytes);
        const wire = slice(SCRATCH.packet, length);
        memory.bytes.set(wire, RECEIVE_SLOT);
        assert.equal(receiver.unprotectRtcp(RECEIVE_SLOT, length), plain.length);
        assert.deepEqual(slice(RECEIVE_SLOT, plain.length), plain);
        memory.bytes.set(wire, RECEIVE_SLOT);
        assert.equal(receiver.unprotectRtcp(RECEIVE_SLOT, length), UNPROTECT_FAILURE.replayed);
      }
      assert.equal(receiver.streamCount, 1);
    });

    test(`${adapter} ${profile}: another key does not open it`, () => {
      const sender = new SrtpSender(crypto, profile, key);
      const receiver = new SrtpReceiver(crypto, profile, createKey(profile, 2));
      const plain = serializeRtcp([{ type: "pli", senderSsrc: 1, mediaSsrc: 2 }]);
      memory.bytes.set(plain, RECEIVE_SLOT);
      const length = sender.protectRtcp(RECEIVE_SLOT, plain.length);
      assert.equal(receiver.unprotectRtcp(RECEIVE_SLOT, length), UNPROTECT_FAILURE.authentication);
      assert.equal(receiver.streamCount, 0);
    });

    test(`${adapter} ${profile}: keys of another profile's length are refused`, () => {
      const wrong = { key: new Uint8Array(15), salt: key.salt };
      assert.throws(() => new SrtpSender(crypto, profile, wrong), RangeError);
      assert.throws(() => new SrtpReceiver(crypto, profile, { key: key.key, salt: new Uint8Array(13) }), RangeError);
    });
  }
}

test("ciphers are made with the first packet, in the direction that it has, and after close there are none", () => {
  const [, [, real]] = adapters as [unknown, [string, CryptoPort]];
  for (const profile of PROFILES) {
    let open = 0;
    const counted = <T extends { close(): void }>(create: (key: Uint8Array) => T) => {
      return (key: Uint8Array): T => {
        const cipher = create(key);
        const close = cipher.close.bind(cipher);
        open++;
        cipher.close = () => {
          open--;
          close();
        };
        return cipher;
      };
    };
    const crypto: CryptoPort = {
      ...real,
      createAeadSealer: counted(real.createAeadSealer),
      createAeadOpener: counted(real.createAeadOpener),
      createCounterCipher: counted(real.createCounterCipher),
      createAuthenticator: counted(real.createAuthenticator),
    };
    const key = createKey(profile, 1);
    const create = () => [new SrtpSender(crypto, profile, key), new SrtpReceiver(crypto, profile, key)] as const;
    const [unused, neverUsed] = create();
    const [sender, receiver] = create();
    assert.equal(open, 0);
    const plain = serializeRtcp([{ type: "pli", senderSsrc: 1, mediaSsrc: 2 }]);
    crypto.memory.bytes.set(plain, RECEIVE_SLOT);
    const length = sender.protectRtcp(RECEIVE_SLOT, plain.length);
    assert.ok(open > 0);
    const ofOneDirection = open;
    assert.equal(receiver.unprotectRtcp(RECEIVE_SLOT, length), plain.length);
    assert.equal(open, 2 * ofOneDirection);
    for (const each of [unused, neverUsed, sender, receiver]) each.close();
    assert.equal(open, 0);
    for (const each of [unused, sender]) assert.throws(() => each.protectRtcp(RECEIVE_SLOT, plain.length), /closed/);
    for (const each of [neverUsed, receiver]) assert.throws(() => each.unprotectRtcp(RECEIVE_SLOT, length), /closed/);
  }
});

test("the adapters write the same bytes", () => {
  const [[, portable], [, native]] = adapters as [[string, CryptoPort], [string, CryptoPort]];
  for (const profile of PROFILES) {
    fc.assert(
      fc.property(arbitraryRtpPacket, fc.nat(2 ** 31), (fields, rolloverCounter) => {
        const plain = serializeRtpPacket(fields);
        const [first, second] = [portable, native].map((crypto) => {
          const sender = new SrtpSender(crypto, profile, createKey(profile, 3));
          const header = new RtpHeader();
          crypto.memory.bytes.set(plain, SEND_SLOT);
          parseRtpHeader(crypto.memory, SEND_SLOT, plain.length, header);
          const index = rolloverCounter * 65_536 + fields.sequenceNumber;
          const payload = header.payloadOffset;
          const length = sender.protectRtp(SEND_SLOT, header.headerBytes, payload, header.payloadBytes, header.ssrc, index);
          sender.close();
          return Buffer.from(crypto.memory.bytes.subarray(SEND_SLOT, SEND_SLOT + length)).toString("hex");
        });
        assert.equal(first, second);
      }),
      { numRuns: 50 },
    );
  }
});
