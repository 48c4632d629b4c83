import type { CryptoPort } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { hmacSha1, randomBytes } from "../portable/portable-crypto-once.js";
import { EvpAeadOpener } from "./evp-aead-opener.js";
import { EvpAeadSealer } from "./evp-aead-sealer.js";
import type { GcmMode } from "./gcm-mode.js";
import { GcmModeCipher } from "./gcm-mode-cipher.js";
import { NativeAuthenticator } from "./native-authenticator.js";
import { NativeCounterCipher } from "./native-counter-cipher.js";
import { usableGcmMode } from "./usable-gcm-mode.js";

/**
 * The crypto port on the OpenSSL inside Node, by address: a 1200-byte AES-GCM packet takes a sixth of what node:crypto does.
 * Each cipher owns one OpenSSL context until its `close()`; after that every call throws. The one-shot calls use node:crypto.
 *
 * `mode`: "evp" for AES-GCM through EVP, which costs half as much again; the other one where it can be used, unless told.
 */
export function createNativeCrypto(memory: NativeMemory, mode: GcmMode | "evp" = usableGcmMode() ?? "evp"): CryptoPort {
  return {
    memory,
    createAeadSealer: (key) => (mode === "evp" ? new EvpAeadSealer(memory, key) : new GcmModeCipher(mode, memory, key)),
    createAeadOpener: (key) => (mode === "evp" ? new EvpAeadOpener(memory, key) : new GcmModeCipher(mode, memory, key)),
    createCounterCipher: (key) => new NativeCounterCipher(memory, key),
    createAuthenticator: (key) => new NativeAuthenticator(memory, key),
    hmacSha1,
    randomBytes,
  };
}
