import type { CryptoPort } from "../crypto/crypto-port.js";

/**
 * The same cryptography with random bytes that follow from `seed`: what the core derives from them (times of consent checks)
 * is then the same in every run. For tests only.
 */
export function seededCrypto(crypto: CryptoPort, seed: number): CryptoPort {
  let state = seed | 0;
  // mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
  return { ...crypto, randomBytes: (length) => Uint8Array.from({ length }, next) };
}
