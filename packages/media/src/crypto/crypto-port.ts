/**
 * The cryptography the core asks for, as ports: `packages/native` answers them with the OpenSSL inside Node (by address) and
 * with `node:crypto` (the portable twin). All packet ciphers work inside one {@link PacketMemory}: every argument that names
 * data is an offset into it, in bytes. None of them allocates per call.
 *
 * Offsets and lengths come from the core, but the native adapter still checks each against the memory: a wrong one throws.
 */
import type { PacketMemory } from "../bytes/packet-memory.js";

/** AES-GCM, encrypting direction, one key. Tag of 16 bytes. */
export interface AeadSealer {
  /**
   * Encrypts `length` bytes at `source` to `destination` (which may be equal to `source`) and writes the 16-byte tag behind
   * them. `iv`: offset of 12 bytes. `aad`, `aadLength`: what is authenticated but not encrypted.
   */
  seal(iv: number, aad: number, aadLength: number, source: number, length: number, destination: number): void;
  close(): void;
}

/** AES-GCM, decrypting direction, one key. */
export interface AeadOpener {
  /**
   * Decrypts `length` bytes (tag not counted) at `source` in place and checks the 16-byte tag behind them.
   * False when the tag is wrong; the bytes are then undefined and must be dropped. Never throws for a wrong tag.
   */
  open(iv: number, aad: number, aadLength: number, source: number, length: number): boolean;
  close(): void;
}

/** AES in counter mode, one key; encrypting and decrypting are the same. */
export interface CounterCipher {
  /** `iv`: offset of 16 bytes, the first counter block. `destination` may be equal to `source`. */
  apply(iv: number, source: number, length: number, destination: number): void;
  close(): void;
}

/** HMAC-SHA1, one key. */
export interface Authenticator {
  /** Writes the 20-byte code of `length` bytes at `source` to `destination`, which may lie directly behind them. */
  sign(source: number, length: number, destination: number): void;
  close(): void;
}

export interface CryptoPort {
  /** The memory that the ciphers below work in. */
  readonly memory: PacketMemory;
  /** `key`: 16 bytes (AES-128) or 32 bytes (AES-256). */
  createAeadSealer(key: Uint8Array): AeadSealer;
  createAeadOpener(key: Uint8Array): AeadOpener;
  /** `key`: 16 or 32 bytes. */
  createCounterCipher(key: Uint8Array): CounterCipher;
  createAuthenticator(key: Uint8Array): Authenticator;
  /** One-shot HMAC-SHA1 for control messages (STUN): 20 bytes. Not for the packet path. */
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Cryptographically random bytes. */
  randomBytes(length: number): Uint8Array;
}
