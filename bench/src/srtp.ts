import { randomBytes } from "node:crypto";
import {
  type CryptoPort,
  parseRtpHeader,
  RtpHeader,
  SCRATCH_BYTES,
  SLOT_BYTES,
  type SrtpProfile,
  SrtpReceiver,
  SrtpSender,
} from "@sluice/media";
import { createNativeCrypto, createNativeMemory, createPortableCrypto, type NativeMemory } from "@sluice/native";
import { median, round } from "./summary.js";

const PACKETS_PER_ROUND = 2000;
const ROUNDS = 15;
const HEADER_BYTES = 12;
const SOURCE = SCRATCH_BYTES;
const SSRC = 0x1234;

/** µs for a packet. */
export interface SrtpResult {
  readonly bench: "srtp";
  readonly profile: SrtpProfile;
  readonly sizeBytes: number;
  readonly protectUs: number;
  readonly unprotectUs: number;
  readonly nodeCryptoProtectUs: number;
  readonly nodeCryptoUnprotectUs: number;
}

/** `npm run bench -- srtp`: protecting and unprotecting one RTP packet, by FFI and by node:crypto, alternated in one run. */
export async function benchSrtp(): Promise<void> {
  const memory = createNativeMemory(SCRATCH_BYTES + (PACKETS_PER_ROUND + 1) * SLOT_BYTES);
  const ports = { native: createNativeCrypto(memory), portable: createPortableCrypto(memory) };
  for (const profile of ["AEAD_AES_128_GCM", "AES128_CM_HMAC_SHA1_80"] as const) {
    for (const sizeBytes of [160, 1200]) {
      const native = new Contestant(memory, ports.native, profile);
      const portable = new Contestant(memory, ports.portable, profile);
      for (let index = 0; index < ROUNDS + 3; index++) {
        // The first rounds warm V8 up and do not count.
        native.run(sizeBytes, index >= 3);
        portable.run(sizeBytes, index >= 3);
      }
      const report: SrtpResult = {
        bench: "srtp",
        profile,
        sizeBytes,
        protectUs: round(median(native.protectUs), 2),
        unprotectUs: round(median(native.unprotectUs), 2),
        nodeCryptoProtectUs: round(median(portable.protectUs), 2),
        nodeCryptoUnprotectUs: round(median(portable.unprotectUs), 2),
      };
      console.log(JSON.stringify(report));
    }
  }
}

/** One crypto port at work on one profile. */
class Contestant {
  readonly protectUs: number[] = [];
  readonly unprotectUs: number[] = [];
  readonly #memory: NativeMemory;
  readonly #sender: SrtpSender;
  readonly #receiver: SrtpReceiver;
  readonly #header = new RtpHeader();
  #next = 0;

  constructor(memory: NativeMemory, crypto: CryptoPort, profile: SrtpProfile) {
    const key = { key: randomBytes(16), salt: randomBytes(profile === "AES128_CM_HMAC_SHA1_80" ? 14 : 12) };
    this.#memory = memory;
    this.#sender = new SrtpSender(crypto, profile, key);
    this.#receiver = new SrtpReceiver(crypto, profile, key);
  }

  run(sizeBytes: number, counts: boolean): void {
    const { view } = this.#memory;
    let length = 0;
    const first = this.#next;
    const start = performance.now();
    for (let index = 0; index < PACKETS_PER_ROUND; index++) {
      const destination = SOURCE + (index + 1) * SLOT_BYTES;
      view.setUint32(destination, 0x8060_0000 | (this.#next & 0xffff));
      view.setUint32(destination + 4, 0);
      view.setUint32(destination + 8, SSRC);
      length = this.#sender.protectRtp(destination, HEADER_BYTES, SOURCE, sizeBytes - HEADER_BYTES, SSRC, this.#next++);
    }
    const middle = performance.now();
    let opened = 0;
    for (let index = 0; index < PACKETS_PER_ROUND; index++) {
      const offset = SOURCE + (index + 1) * SLOT_BYTES;
      parseRtpHeader(this.#memory, offset, length, this.#header);
      if (this.#receiver.unprotectRtp(offset, length, this.#header) === sizeBytes) opened++;
    }
    const end = performance.now();
    if (opened !== PACKETS_PER_ROUND) throw new Error(`${PACKETS_PER_ROUND - opened} packets from ${first} on did not open`);
    if (!counts) return;
    this.protectUs.push(((middle - start) * 1000) / PACKETS_PER_ROUND);
    this.unprotectUs.push(((end - middle) * 1000) / PACKETS_PER_ROUND);
  }
}
