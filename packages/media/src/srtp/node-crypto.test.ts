import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import type { CryptoPort, PacketMemory } from "../index.js";

/** CryptoPort on node:crypto for the tests of this folder. */
export function createTestCrypto(memory: PacketMemory): CryptoPort {
  const { bytes } = memory;
  const cut = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  const gcm = (key: Uint8Array) => (key.length === 16 ? "aes-128-gcm" : "aes-256-gcm");
  return {
    memory,
    createAeadSealer: (key) => ({
      seal(iv, aad, aadLength, source, length, destination) {
        const cipher = createCipheriv(gcm(key), key, cut(iv, 12));
        cipher.setAAD(cut(aad, aadLength));
        bytes.set(cipher.update(cut(source, length)), destination);
        cipher.final();
        bytes.set(cipher.getAuthTag(), destination + length);
      },
      close() {},
    }),
    createAeadOpener: (key) => ({
      open(iv, aad, aadLength, source, length) {
        const decipher = createDecipheriv(gcm(key), key, cut(iv, 12));
        decipher.setAAD(cut(aad, aadLength));
        decipher.setAuthTag(cut(source + length, 16));
        bytes.set(decipher.update(cut(source, length)), source);
        try {
          decipher.final();
          return true;
        } catch {
          return false;
        }
      },
      close() {},
    }),
    createCounterCipher: (key) => ({
      apply(iv, source, length, destination) {
        const cipher = createCipheriv(key.length === 16 ? "aes-128-ctr" : "aes-256-ctr", key, cut(iv, 16));
        bytes.set(cipher.update(cut(source, length)), destination);
      },
      close() {},
    }),
    createAuthenticator: (key) => ({
      sign(source, length, destination) {
        bytes.set(createHmac("sha1", key).update(cut(source, length)).digest(), destination);
      },
      close() {},
    }),
    hmacSha1: (key, data) => createHmac("sha1", key).update(data).digest(),
    randomBytes: (length) => randomBytes(length),
  };
}
