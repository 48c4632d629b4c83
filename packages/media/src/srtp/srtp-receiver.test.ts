import assert from "node:assert/strict";
import { test } from "node:test";
import { createNativeCrypto, createNativeMemory } from "@sluice/native";
import fc from "fast-check";
import { SCRATCH_BYTES } from "../bytes/packet-memory.js";
import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";
import { serializeRtcp } from "../rtcp/rtcp-compound.js";
import { parseRtpHeader, RtpHeader } from "../rtp/rtp-header.js";
import { rtpPacket, serializeRtpPacket } from "../rtp/rtp-packet-arbitrary.test.js";
import { MAX_SRTP_INDEX, SRTP_PROFILE_SIZES } from "./srtp-profile.js";
import { MAX_SRTP_STREAMS, SrtpReceiver, UNPROTECT_FAILURE } from "./srtp-receiver.js";
import { KEY_EXHAUSTED, SrtpSender } from "./srtp-sender.js";

const crypto = createNativeCrypto(createNativeMemory(SCRATCH_BYTES + 4096));
const { memory } = crypto;
const PACKET = SCRATCH_BYTES;
const SSRC = 0xcafe_babe;
const PROFILES = Object.keys(SRTP_PROFILE_SIZES) as SrtpProfile[];
const GCM: SrtpProfile = "AEAD_AES_128_GCM";
const header = new RtpHeader();

function createKey(profile: SrtpProfile): SrtpMasterKey {
  const { keyBytes, saltBytes } = SRTP_PROFILE_SIZES[profile];
  return { key: new Uint8Array(keyBytes).fill(3), salt: new Uint8Array(saltBytes).fill(5) };
}

/** Both directions of one key: `protect` gives datagrams, `unprotect` takes them. */
class Link {
  readonly #sender: SrtpSender;
  readonly receiver: SrtpReceiver;

  constructor(profile: SrtpProfile) {
    this.#sender = new SrtpSender(crypto, profile, createKey(profile));
    this.receiver = new SrtpReceiver(crypto, profile, createKey(profile));
  }

  protect(extendedSequenceNumber: number, ssrc = SSRC): Uint8Array {
    const payload = Uint8Array.of(extendedSequenceNumber >>> 8, extendedSequenceNumber, 9, 9);
    memory.bytes.set(serializeRtpPacket(rtpPacket({ sequenceNumber: extendedSequenceNumber % 65_536, ssrc, payload })), PACKET);
    const length = this.#sender.protectRtp(PACKET, 12, PACKET + 12, 4, ssrc, extendedSequenceNumber);
    return new Uint8Array(memory.bytes.subarray(PACKET, PACKET + length));
  }

  protectRtcp(ssrc = SSRC): Uint8Array {
    const plain = serializeRtcp([{ type: "pli", senderSsrc: ssrc, mediaSsrc: 2 }]);
    memory.bytes.set(plain, PACKET);
    const length = this.#sender.protectRtcp(PACKET, plain.length);
    return new Uint8Array(memory.bytes.subarray(PACKET, PACKET + length));
  }

  /** The extended sequence number that came out, or the failure. */
  unprotect(datagram: Uint8Array): number {
    memory.bytes.set(datagram, PACKET);
    assert.equal(parseRtpHeader(memory, PACKET, datagram.length, header), true);
    const result = this.receiver.unprotectRtp(PACKET, datagram.length, header);
    return result < 0 ? result : header.extendedSequenceNumber;
  }

  unprotectRtcp(datagram: Uint8Array): number {
    memory.bytes.set(datagram, PACKET);
    return this.receiver.unprotectRtcp(PACKET, datagram.length);
  }

  /** What becomes of each of these packets, sent in this order. */
  pass(...extendedSequenceNumbers: readonly number[]): number[] {
    return extendedSequenceNumbers.map((number) => this.unprotect(this.protect(number)));
  }
}

for (const profile of PROFILES) {
  test(`[attack 16] ${profile}: the rollover counter survives loss, reordering and bursts of loss around every wrap`, () => {
    // Each step: how far the sender is ahead (loss), and how far back a straggler comes from (reordering).
    const step = fc.record({
      loss: fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(30_000) }),
      back: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.nat(65_535), fc.array(step, { minLength: 1, maxLength: 60 }), (first, steps) => {
        const link = new Link(profile);
        const accepted = new Set([first]);
        assert.equal(link.unprotect(link.protect(first)), first);
        let highest = first;
        for (const { loss, back } of steps) {
          highest += 1 + loss;
          assert.equal(link.unprotect(link.protect(highest)), highest);
          accepted.add(highest);
          const late = highest - back;
          if (late < first) continue; // the stream began with its first packet
          const expected = accepted.has(late) ? UNPROTECT_FAILURE.replayed : late;
          assert.equal(link.unprotect(link.protect(late)), expected);
          accepted.add(late);
        }
        link.receiver.close();
      }),
      { numRuns: 60 },
    );
  });
}

test("[attack 16] loss exactly at sequence number 65535", () => {
  assert.deepEqual(new Link(GCM).pass(65_534, 65_536, 65_537), [65_534, 65_536, 65_537]);
  assert.deepEqual(new Link(GCM).pass(65_533, 65_537, 65_535, 65_536), [65_533, 65_537, 65_535, 65_536], "and late");
  assert.deepEqual(new Link(GCM).pass(65_535, 65_536), [65_535, 65_536], "the first packet is the last of its rollover");
});

test("[attack 16] first packets more than 32768 apart stay in rollover 0, where the RFC's rule would go below", () => {
  assert.deepEqual(new Link(GCM).pass(5, 40_000, 40_001, 65_536), [5, 40_000, 40_001, 65_536]);
  assert.deepEqual(new Link(GCM).pass(0, 65_535, 65_536), [0, 65_535, 65_536]);
});

test("[attack 16] a replay is refused before it is decrypted, within the window and behind it", () => {
  const link = new Link(GCM);
  const datagrams = Array.from({ length: 300 }, (_, index) => link.protect(65_400 + index));
  for (const [index, datagram] of datagrams.entries()) assert.equal(link.unprotect(datagram), 65_400 + index);
  for (const datagram of datagrams) {
    assert.equal(link.unprotect(datagram), UNPROTECT_FAILURE.replayed);
    assert.deepEqual(new Uint8Array(memory.bytes.subarray(PACKET, PACKET + datagram.length)), datagram);
  }
});

test("[attack 16] a replay of the last rollover does not authenticate in this one", () => {
  const link = new Link(GCM);
  const old = link.protect(100);
  assert.deepEqual(link.pass(100, 30_000, 60_000, 65_636), [100, 30_000, 60_000, 65_636]);
  assert.equal(link.unprotect(old), UNPROTECT_FAILURE.replayed);
  assert.deepEqual(link.pass(90_000, 120_000), [90_000, 120_000]);
  assert.equal(link.unprotect(old), UNPROTECT_FAILURE.authentication, "taken for 131172, which the tag denies");
  assert.deepEqual(link.pass(131_172), [131_172], "and that one is still welcome");
});

test("[attack 16] SSRCs are capped, and forgetting one makes room", () => {
  const link = new Link(GCM);
  for (let ssrc = 1; ssrc <= MAX_SRTP_STREAMS; ssrc++) assert.equal(link.unprotect(link.protect(7, ssrc)), 7);
  assert.equal(link.unprotect(link.protect(7, 5000)), UNPROTECT_FAILURE.tooManyStreams);
  assert.equal(link.unprotectRtcp(link.protectRtcp(5000)), UNPROTECT_FAILURE.tooManyStreams);
  assert.equal(link.unprotect(link.protect(8, 1)), 8, "known ones go on");
  link.receiver.forget(1);
  assert.equal(link.unprotect(link.protect(7, 5000)), 7);
  assert.equal(link.receiver.streamCount, MAX_SRTP_STREAMS);
});

test("SSRCs of 2^31 and more are forgotten too", () => {
  const link = new Link(GCM);
  link.pass(1);
  link.receiver.forget(SSRC);
  assert.equal(link.receiver.streamCount, 0);
  assert.deepEqual(link.pass(2), [2]);
});

for (const profile of PROFILES) {
  test(`[attack 14] ${profile}: a flood of forged packets leaves no state and does not disturb the stream`, () => {
    const link = new Link(profile);
    assert.deepEqual(link.pass(10), [10]);
    const forged = link.protect(11);
    for (let count = 0; count < 500; count++) {
      const bytes = new Uint8Array(forged);
      new DataView(bytes.buffer).setUint16(2, count * 131);
      if (count % 2 === 0) new DataView(bytes.buffer).setUint32(8, count); // of SSRCs nobody knows, too
      bytes[14] = count;
      assert.ok(link.unprotect(bytes) < 0);
    }
    assert.equal(link.receiver.streamCount, 1);
    assert.deepEqual(link.pass(11, 12), [11, 12]);
  });
}

test("[attack 15] an unchecked tag: a packet cut to its header, or to less than its tag, is refused", () => {
  for (const profile of PROFILES) {
    const link = new Link(profile);
    const datagram = link.protect(1);
    for (let length = 12; length < datagram.length; length++) {
      const result = link.unprotect(datagram.subarray(0, length));
      const hasTag = length >= 12 + SRTP_PROFILE_SIZES[profile].tagBytes;
      assert.equal(result, hasTag ? UNPROTECT_FAILURE.authentication : UNPROTECT_FAILURE.malformed);
    }
    assert.equal(link.receiver.streamCount, 0);
  }
});

test("[attack 15] RTCP without the E flag is refused, whatever its tag", () => {
  for (const profile of PROFILES) {
    const link = new Link(profile);
    const datagram = link.protectRtcp();
    const word = datagram.length - (profile === "AES128_CM_HMAC_SHA1_80" ? 14 : 4);
    assert.equal(link.unprotectRtcp(datagram.with(word, 0)), UNPROTECT_FAILURE.malformed);
    assert.equal(link.unprotectRtcp(datagram.with(word + 3, 9)), UNPROTECT_FAILURE.authentication, "another index");
    assert.equal(link.unprotectRtcp(datagram), 12);
  }
});

test("fuzz: random and mutated SRTCP is refused and leaves no state", () => {
  for (const profile of PROFILES) {
    const link = new Link(profile);
    const datagram = link.protectRtcp();
    const mutated = fc
      .tuple(fc.nat(datagram.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(datagram.length))
      .map(([at, change, cut]) =>
        datagram.with(at, (datagram[at] ?? 0) ^ change).subarray(0, cut === 0 ? datagram.length : cut),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated), (bytes) => {
        assert.ok(link.unprotectRtcp(bytes) < 0);
        assert.equal(link.receiver.streamCount, 0);
      }),
    );
  }
});

test("[RFC3711 §3.4] an SSRC first seen in RTCP starts its RTP in rollover 0, with a window of its own", () => {
  const link = new Link(GCM);
  assert.equal(link.unprotectRtcp(link.protectRtcp()), 12);
  assert.deepEqual(link.pass(50_000, 65_536), [50_000, 65_536]);
  assert.equal(link.receiver.streamCount, 1);
});

test("[RFC3711 §9.2] the sender stops at the end of the key's lifetime", () => {
  const sender = new SrtpSender(crypto, GCM, createKey(GCM));
  assert.equal(sender.protectRtp(PACKET, 12, PACKET + 12, 4, SSRC, MAX_SRTP_INDEX), 32);
  assert.equal(sender.protectRtp(PACKET, 12, PACKET + 12, 4, SSRC, MAX_SRTP_INDEX + 1), KEY_EXHAUSTED);
});
