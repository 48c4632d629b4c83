import type { CounterCipher } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { createCipherContext } from "./cipher-context.js";
import { cipherFunctions } from "./cipher-functions.js";
import { drainErrors, OpenSslError } from "./error-queue.js";
import { assertAesKey, assertApplyRange, CLOSED } from "./packet-range.js";

/** AES in counter mode through one EVP context per key: two calls a packet, nothing allocated. */
export class NativeCounterCipher implements CounterCipher {
  readonly #functions = cipherFunctions();
  readonly #address: number;
  readonly #context: number;
  #limit: number;

  constructor(memory: NativeMemory, key: Uint8Array) {
    const bits = assertAesKey(key);
    const cipher = bits === 128 ? this.#functions.EVP_aes_128_ctr() : this.#functions.EVP_aes_256_ctr();
    this.#context = createCipherContext(cipher, key, "encrypt");
    this.#address = memory.address;
    this.#limit = memory.bytes.length;
  }

  apply(iv: number, source: number, length: number, destination: number): void {
    assertApplyRange(this.#limit, iv, source, length, destination);
    const { EVP_EncryptInit_ex, EVP_Cipher } = this.#functions;
    const address = this.#address;
    if (
      EVP_EncryptInit_ex(this.#context, 0, 0, 0, address + iv) !== 1 ||
      EVP_Cipher(this.#context, address + destination, address + source, length) !== length
    ) {
      throw new OpenSslError(`AES-CTR failed: ${drainErrors()}`);
    }
  }

  close(): void {
    if (this.#limit === CLOSED) return;
    this.#limit = CLOSED;
    this.#functions.EVP_CIPHER_CTX_free(this.#context);
  }
}
