import type { AeadSealer } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { createCipherContext } from "./cipher-context.js";
import { cipherFunctions } from "./cipher-functions.js";
import { drainErrors, OpenSslError } from "./error-queue.js";
import { AEAD_TAG_BYTES, assertAesKey, assertSealRange, CLOSED } from "./packet-range.js";

/** EVP_CTRL_AEAD_GET_TAG */
const GET_TAG = 0x10;

/** AES-GCM through one EVP context per key: five calls a packet, nothing allocated. */
export class EvpAeadSealer implements AeadSealer {
  readonly #functions = cipherFunctions();
  readonly #address: number;
  readonly #context: number;
  #limit: number;

  constructor(memory: NativeMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    const cipher = bits === 128 ? this.#functions.EVP_aes_128_gcm() : this.#functions.EVP_aes_256_gcm();
    this.#context = createCipherContext(cipher, key, "encrypt");
    this.#address = memory.address;
    this.#limit = memory.bytes.length;
  }

  seal(iv: number, aad: number, aadLength: number, source: number, length: number, destination: number): void {
    assertSealRange(this.#limit, iv, aad, aadLength, source, length, destination);
    const { EVP_EncryptInit_ex, EVP_Cipher, EVP_CIPHER_CTX_ctrl } = this.#functions;
    const context = this.#context;
    const address = this.#address;
    const output = address + destination;
    if (
      EVP_EncryptInit_ex(context, 0, 0, 0, address + iv) !== 1 ||
      EVP_Cipher(context, 0, address + aad, aadLength) !== aadLength ||
      EVP_Cipher(context, output, address + source, length) !== length ||
      EVP_Cipher(context, output, 0, 0) !== 0 ||
      EVP_CIPHER_CTX_ctrl(context, GET_TAG, AEAD_TAG_BYTES, output + length) !== 1
    ) {
      throw new OpenSslError(`AES-GCM seal failed: ${drainErrors()}`);
    }
  }

  close(): void {
    if (this.#limit === CLOSED) return;
    this.#limit = CLOSED;
    this.#functions.EVP_CIPHER_CTX_free(this.#context);
  }
}
