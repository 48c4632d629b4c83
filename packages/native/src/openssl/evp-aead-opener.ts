import type { AeadOpener } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { createCipherContext } from "./cipher-context.js";
import { cipherFunctions } from "./cipher-functions.js";
import { drainErrors, OpenSslError } from "./error-queue.js";
import { AEAD_TAG_BYTES, assertAesKey, assertOpenRange, CLOSED } from "./packet-range.js";

/** EVP_CTRL_AEAD_SET_TAG */
const SET_TAG = 0x11;

/** AES-GCM through one EVP context per key: five calls a packet, nothing allocated, a wrong tag costs no exception. */
export class EvpAeadOpener implements AeadOpener {
  readonly #functions = cipherFunctions();
  readonly #address: number;
  readonly #context: number;
  #limit: number;

  constructor(memory: NativeMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    const cipher = bits === 128 ? this.#functions.EVP_aes_128_gcm() : this.#functions.EVP_aes_256_gcm();
    this.#context = createCipherContext(cipher, key, "decrypt");
    this.#address = memory.address;
    this.#limit = memory.bytes.length;
  }

  open(iv: number, aad: number, aadLength: number, source: number, length: number): boolean {
    assertOpenRange(this.#limit, iv, aad, aadLength, source, length);
    const { EVP_DecryptInit_ex, EVP_Cipher, EVP_CIPHER_CTX_ctrl } = this.#functions;
    const context = this.#context;
    const address = this.#address;
    const data = address + source;
    if (
      EVP_DecryptInit_ex(context, 0, 0, 0, address + iv) !== 1 ||
      EVP_CIPHER_CTX_ctrl(context, SET_TAG, AEAD_TAG_BYTES, data + length) !== 1 ||
      EVP_Cipher(context, 0, address + aad, aadLength) !== aadLength ||
      EVP_Cipher(context, data, data, length) !== length
    ) {
      throw new OpenSslError(`AES-GCM open failed: ${drainErrors()}`);
    }
    // The final call compares the tags; on a mismatch it answers -1 and leaves the error queue alone.
    return EVP_Cipher(context, data, 0, 0) === 0;
  }

  close(): void {
    if (this.#limit === CLOSED) return;
    this.#limit = CLOSED;
    this.#functions.EVP_CIPHER_CTX_free(this.#context);
  }
}
