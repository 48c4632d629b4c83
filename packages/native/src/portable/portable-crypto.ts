import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { AeadOpener, AeadSealer, Authenticator, CounterCipher, CryptoPort, PacketMemory } from "@sluice/media";
import {
  AEAD_IV_BYTES,
  AEAD_TAG_BYTES,
  assertAesKey,
  assertApplyRange,
  assertHmacKey,
  assertOpenRange,
  assertSealRange,
  assertSignRange,
  CLOSED,
  COUNTER_IV_BYTES,
} from "../openssl/packet-range.js";
import { hmacSha1, randomBytes } from "./portable-crypto-once.js";

/** What the four ciphers share: a key, the memory, and a limit that says {@link CLOSED} after close. */
abstract class PortableCipher {
  protected readonly bytes: Uint8Array;
  protected readonly key: KeyObject;
  protected limit: number;

  constructor(memory: PacketMemory, key: Uint8Array) {
    this.bytes = memory.bytes;
    this.key = createSecretKey(key);
    this.limit = memory.bytes.length;
  }

  protected range(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length);
  }

  close(): void {
    this.limit = CLOSED;
  }
}

type GcmName = "aes-128-gcm" | "aes-256-gcm";
const GCM_OPTIONS = { authTagLength: AEAD_TAG_BYTES } as const;

class PortableAeadSealer extends PortableCipher implements AeadSealer {
  readonly #name: GcmName;

  constructor(memory: PacketMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    super(memory, key);
    this.#name = `aes-${bits}-gcm`;
  }

  seal(iv: number, aad: number, aadLength: number, source: number, length: number, destination: number): void {
    assertSealRange(this.limit, iv, aad, aadLength, source, length, destination);
    const cipher = createCipheriv(this.#name, this.key, this.range(iv, AEAD_IV_BYTES), GCM_OPTIONS);
    cipher.setAAD(this.range(aad, aadLength));
    this.bytes.set(cipher.update(this.range(source, length)), destination);
    cipher.final();
    this.bytes.set(cipher.getAuthTag(), destination + length);
  }
}

class PortableAeadOpener extends PortableCipher implements AeadOpener {
  readonly #name: GcmName;

  constructor(memory: PacketMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    super(memory, key);
    this.#name = `aes-${bits}-gcm`;
  }

  open(iv: number, aad: number, aadLength: number, source: number, length: number): boolean {
    assertOpenRange(this.limit, iv, aad, aadLength, source, length);
    const decipher = createDecipheriv(this.#name, this.key, this.range(iv, AEAD_IV_BYTES), GCM_OPTIONS);
    decipher.setAAD(this.range(aad, aadLength));
    decipher.setAuthTag(this.range(source + length, AEAD_TAG_BYTES));
    this.bytes.set(decipher.update(this.range(source, length)), source);
    try {
      decipher.final();
      return true;
    } catch {
      // node:crypto says "wrong tag" by throwing; the port says it by false.
      return false;
    }
  }
}

class PortableCounterCipher extends PortableCipher implements CounterCipher {
  readonly #name: "aes-128-ctr" | "aes-256-ctr";

  constructor(memory: PacketMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    super(memory, key);
    this.#name = `aes-${bits}-ctr`;
  }

  apply(iv: number, source: number, length: number, destination: number): void {
    assertApplyRange(this.limit, iv, source, length, destination);
    const cipher = createCipheriv(this.#name, this.key, this.range(iv, COUNTER_IV_BYTES));
    this.bytes.set(cipher.update(this.range(source, length)), destination);
  }
}

class PortableAuthenticator extends PortableCipher implements Authenticator {
  constructor(memory: PacketMemory, key: Uint8Array) {
    assertHmacKey(key);
    super(memory, key);
  }

  sign(source: number, length: number, destination: number): void {
    assertSignRange(this.limit, source, length, destination);
    this.bytes.set(createHmac("sha1", this.key).update(this.range(source, length)).digest(), destination);
  }
}

/**
 * The crypto port on node:crypto, for platforms whose addresses we cannot use. Same results and same errors as the native one,
 * six to ten times its cost, and it allocates per packet: node:crypto needs a new cipher object for each.
 */
export function createPortableCrypto(memory: PacketMemory): CryptoPort {
  return {
    memory,
    createAeadSealer: (key) => new PortableAeadSealer(memory, key),
    createAeadOpener: (key) => new PortableAeadOpener(memory, key),
    createCounterCipher: (key) => new PortableCounterCipher(memory, key),
    createAuthenticator: (key) => new PortableAuthenticator(memory, key),
    hmacSha1,
    randomBytes,
  };
}
