import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { test } from "node:test";
import { SCRATCH, SCRATCH_BYTES } from "@sluice/media";
import { createNativeMemory } from "../ffi/native-memory.js";
import { CONTRACT_MEMORY_BYTES, cryptoPortContract } from "../testing/crypto-port.contract.js";
import { drainErrors } from "./error-queue.js";
import { createNativeCrypto } from "./native-crypto.js";

cryptoPortContract("the OpenSSL inside Node", () => createNativeCrypto(createNativeMemory(CONTRACT_MEMORY_BYTES)));
cryptoPortContract("the same, all of it through EVP", () =>
  createNativeCrypto(createNativeMemory(CONTRACT_MEMORY_BYTES), "evp"),
);

const memory = createNativeMemory(SCRATCH_BYTES + 2048);
const MODES = [
  ["what is best here", undefined],
  ["EVP", "evp"],
] as const;

for (const [name, mode] of MODES)
  test(`a forged packet leaves OpenSSL's error queue empty, so node:crypto never reports our errors as its own: ${name}`, () => {
    const opener = createNativeCrypto(memory, mode).createAeadOpener(new Uint8Array(16));
    assert.equal(opener.open(SCRATCH.iv, SCRATCH.aad, 12, SCRATCH_BYTES, 100), false);
    const decipher = createDecipheriv("aes-128-gcm", new Uint8Array(16), new Uint8Array(12));
    decipher.setAuthTag(new Uint8Array(16));
    assert.throws(() => decipher.final(), /unable to authenticate data/i);
    assert.equal(drainErrors(), "");
    opener.close();
  });

for (const [name, mode] of MODES)
  test(`contexts are freed by close: ten thousand of each leave the process as large as before: ${name}`, () => {
    const port = createNativeCrypto(memory, mode);
    const key = new Uint8Array(16);
    const round = (times: number) => {
      for (let i = 0; i < times; i++) {
        port.createAeadSealer(key).close();
        port.createAeadOpener(key).close();
        port.createCounterCipher(key).close();
        port.createAuthenticator(key).close();
      }
    };
    round(1000);
    const before = process.memoryUsage.rss();
    round(10_000);
    const grownBytes = process.memoryUsage.rss() - before;
    // Leaking one kind would cost at least 10,000 × 700 bytes of C heap; the JS heap may wander by a few megabytes.
    assert.ok(grownBytes < 6_000_000, `grew by ${grownBytes} bytes`);
  });
