import type { AeadOpener, AeadSealer } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { OpenSslError } from "./error-queue.js";
import type { GcmContext, GcmMode } from "./gcm-mode.js";
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, assertAesKey, assertOpenRange, assertSealRange, CLOSED } from "./packet-range.js";

/** AES-GCM without EVP, in either direction: four calls a packet, nothing allocated, a wrong tag costs no exception. */
export class GcmModeCipher implements AeadSealer, AeadOpener {
  readonly #functions: GcmMode["functions"];
  readonly #counterBlocks: number;
  readonly #address: number;
  readonly #key: GcmContext;
  readonly #context: number;
  #limit: number;

  constructor(mode: GcmMode, memory: NativeMemory, key: Uint8Array) {
    assertAesKey(key);
    this.#key = mode.createContext(key);
    this.#context = this.#key.context;
    this.#functions = mode.functions;
    this.#counterBlocks = mode.counterBlocks;
    this.#address = memory.address;
    this.#limit = memory.bytes.length;
  }

  seal(iv: number, aad: number, aadLength: number, source: number, length: number, destination: number): void {
    assertSealRange(this.#limit, iv, aad, aadLength, source, length, destination);
    const { CRYPTO_gcm128_setiv, CRYPTO_gcm128_aad, CRYPTO_gcm128_encrypt_ctr32, CRYPTO_gcm128_tag } = this.#functions;
    const context = this.#context;
    const address = this.#address;
    const output = address + destination;
    CRYPTO_gcm128_setiv(context, address + iv, AEAD_IV_BYTES);
    if (
      CRYPTO_gcm128_aad(context, address + aad, aadLength) !== 0 ||
      CRYPTO_gcm128_encrypt_ctr32(context, address + source, output, length, this.#counterBlocks) !== 0
    ) {
      throw new OpenSslError("AES-GCM seal failed");
    }
    CRYPTO_gcm128_tag(context, output + length, AEAD_TAG_BYTES);
  }

  open(iv: number, aad: number, aadLength: number, source: number, length: number): boolean {
    assertOpenRange(this.#limit, iv, aad, aadLength, source, length);
    const { CRYPTO_gcm128_setiv, CRYPTO_gcm128_aad, CRYPTO_gcm128_decrypt_ctr32, CRYPTO_gcm128_finish } = this.#functions;
    const context = this.#context;
    const address = this.#address;
    const data = address + source;
    CRYPTO_gcm128_setiv(context, address + iv, AEAD_IV_BYTES);
    if (
      CRYPTO_gcm128_aad(context, address + aad, aadLength) !== 0 ||
      CRYPTO_gcm128_decrypt_ctr32(context, data, data, length, this.#counterBlocks) !== 0
    ) {
      throw new OpenSslError("AES-GCM open failed");
    }
    return CRYPTO_gcm128_finish(context, data + length, AEAD_TAG_BYTES) === 0;
  }

  close(): void {
    if (this.#limit === CLOSED) return;
    this.#limit = CLOSED;
    this.#key.release();
  }
}
