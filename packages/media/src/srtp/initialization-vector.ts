import { SCRATCH } from "../bytes/packet-memory.js";

/** Big-endian words of a salt, zero-filled to 16 bytes. */
function saltWords(salt: Uint8Array): Int32Array {
  const padded = new Uint8Array(16);
  padded.set(salt);
  const view = new DataView(padded.buffer);
  return Int32Array.from([0, 4, 8, 12], (offset) => view.getInt32(offset));
}

/**
 * Writes the 12-byte initialisation vector of AES-GCM to {@link SCRATCH}.iv: 00 00 ‖ SSRC ‖ index, XOR salt.
 * With a 48-bit index (rollover counter ‖ sequence number) that is RFC 7714 §8.1, with a 31-bit SRTCP index §9.1.
 */
export class GcmVector {
  readonly #view: DataView;
  readonly #salt0: number;
  readonly #salt1: number;
  readonly #salt2: number;

  constructor(view: DataView, salt: Uint8Array) {
    const words = saltWords(salt);
    this.#view = view;
    this.#salt0 = words[0] ?? 0;
    this.#salt1 = words[1] ?? 0;
    this.#salt2 = words[2] ?? 0;
  }

  /** Bit operations take numbers modulo 2^32, so only the part of `index` above bit 31 needs a division. */
  write(ssrc: number, index: number): void {
    this.#view.setInt32(SCRATCH.iv, this.#salt0 ^ (ssrc >>> 16));
    this.#view.setInt32(SCRATCH.iv + 4, this.#salt1 ^ ((ssrc << 16) | Math.floor(index / 0x1_0000_0000)));
    this.#view.setInt32(SCRATCH.iv + 8, this.#salt2 ^ index);
  }
}

/**
 * Writes the first counter block of AES-CM to {@link SCRATCH}.iv: (salt · 2^16) XOR (SSRC · 2^64) XOR (index · 2^16)
 * (RFC 3711 §4.1.1), for SRTP and SRTCP alike.
 */
export class CounterModeVector {
  readonly #view: DataView;
  readonly #salt0: number;
  readonly #salt1: number;
  readonly #salt2: number;
  readonly #salt3: number;

  constructor(view: DataView, salt: Uint8Array) {
    const words = saltWords(salt);
    this.#view = view;
    this.#salt0 = words[0] ?? 0;
    this.#salt1 = words[1] ?? 0;
    this.#salt2 = words[2] ?? 0;
    this.#salt3 = words[3] ?? 0;
  }

  write(ssrc: number, index: number): void {
    this.#view.setInt32(SCRATCH.iv, this.#salt0);
    this.#view.setInt32(SCRATCH.iv + 4, this.#salt1 ^ ssrc);
    this.#view.setInt32(SCRATCH.iv + 8, this.#salt2 ^ Math.floor(index / 0x1_0000));
    this.#view.setInt32(SCRATCH.iv + 12, this.#salt3 ^ (index << 16));
  }
}
