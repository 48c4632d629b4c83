import { createCipheriv, getFips } from "node:crypto";
import { readFileSync } from "node:fs";
import { createNativeMemory, type NativeMemory } from "../ffi/native-memory.js";
import { type GcmMode, resolveGcmMode } from "./gcm-mode.js";
import { GcmModeCipher } from "./gcm-mode-cipher.js";
import { AEAD_IV_BYTES, AEAD_TAG_BYTES } from "./packet-range.js";

let mode: GcmMode | undefined | "unknown" = "unknown";

/**
 * Undefined where it cannot be used, or has not given the right answers: other processors and systems, builds that do not export
 * what it takes, FIPS mode. `OPENSSL_ia32cap`, with which an operator takes instructions away from OpenSSL, turns it off, too.
 */
export function usableGcmMode(): GcmMode | undefined {
  if (mode === "unknown") mode = findMode();
  return mode;
}

function findMode(): GcmMode | undefined {
  const isAllowed = getFips() === 0 && process.env.OPENSSL_ia32cap === undefined;
  if (!isAllowed || process.platform !== "linux" || process.arch !== "x64" || !hasAesInstructions(readCpuInfo()))
    return undefined;
  try {
    const found = resolveGcmMode();
    return found !== undefined && isRight(found) ? found : undefined;
  } catch {
    // Whatever it is that does not work, EVP is there for it; the self-test looks at that one then.
    return undefined;
  }
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "latin1");
  } catch {
    return "";
  }
}

/** What Linux says of x86 processors (proc(5)); without these instructions the first call would end the process. */
export function hasAesInstructions(cpuInfo: string): boolean {
  const processors = cpuInfo.match(/^flags\s*:.*$/gm) ?? [];
  return processors.length > 0 && processors.every((flags) => / aes( |$)/.test(flags) && / ssse3( |$)/.test(flags));
}

const IV = 0;
const DATA = 16;
const LENGTHS = [0, 1, 16, 200, 1184];

/** Whether it seals as Node's own AES-GCM does, opens that again, and refuses what was changed, with both sizes of key. */
export function isRight(mode: GcmMode): boolean {
  const memory = createNativeMemory(2048);
  return [16, 32].every((keyBytes) => {
    const key = Uint8Array.from({ length: keyBytes }, (_, index) => 7 * index + 1);
    const cipher = new GcmModeCipher(mode, memory, key);
    try {
      return LENGTHS.every((length) => isRightFor(cipher, memory, key, length));
    } finally {
      cipher.close();
    }
  });
}

function isRightFor(cipher: GcmModeCipher, { bytes }: NativeMemory, key: Uint8Array, length: number): boolean {
  const iv = bytes.subarray(IV, IV + AEAD_IV_BYTES);
  const plain = Uint8Array.from({ length }, (_, index) => 11 * index + length);
  iv.set(Uint8Array.from(iv, (_, index) => 13 * index + length));
  const reference = createCipheriv(key.length === 16 ? "aes-128-gcm" : "aes-256-gcm", key, iv).setAAD(iv);
  const expected = Buffer.concat([reference.update(plain), reference.final(), reference.getAuthTag()]);
  const sealed = bytes.subarray(DATA, DATA + length + AEAD_TAG_BYTES);
  sealed.set(plain);
  cipher.seal(IV, IV, AEAD_IV_BYTES, DATA, length, DATA);
  if (!expected.equals(sealed)) return false;
  const isOpened = cipher.open(IV, IV, AEAD_IV_BYTES, DATA, length);
  if (!isOpened || !Buffer.from(plain).equals(sealed.subarray(0, length))) return false;
  sealed.set(expected);
  (sealed[length] as number) ^= 1;
  return !cipher.open(IV, IV, AEAD_IV_BYTES, DATA, length);
}
