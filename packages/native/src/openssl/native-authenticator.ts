import type { Authenticator } from "@sluice/media";
import type { NativeMemory } from "../ffi/native-memory.js";
import { cipherFunctions } from "./cipher-functions.js";
import { assertHandle, assertSuccess, clearErrors, drainErrors, OpenSslError } from "./error-queue.js";
import { keyFunctions } from "./key-functions.js";
import { assertHmacKey, assertSignRange, CLOSED } from "./packet-range.js";

/**
 * HMAC-SHA1 through one HMAC_CTX per key: three calls a packet, nothing allocated.
 *
 * HMAC_* is deprecated in OpenSSL 3 but present in every build; EVP_MAC costs a quarter more (0.88 against 1.12 µs at 1200 B).
 */
export class NativeAuthenticator implements Authenticator {
  readonly #functions = cipherFunctions();
  readonly #address: number;
  readonly #context: number;
  #limit: number;

  constructor(memory: NativeMemory, key: Uint8Array) {
    assertHmacKey(key);
    clearErrors();
    this.#context = assertHandle(this.#functions.HMAC_CTX_new(), "HMAC_CTX_new");
    this.#address = memory.address;
    this.#limit = memory.bytes.length;
    try {
      const sha1 = this.#functions.EVP_sha1();
      assertSuccess(keyFunctions().HMAC_Init_ex(this.#context, key, key.length, sha1, 0), "HMAC_Init_ex");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  sign(source: number, length: number, destination: number): void {
    assertSignRange(this.#limit, source, length, destination);
    const { HMAC_Init_ex, HMAC_Update, HMAC_Final } = this.#functions;
    if (
      HMAC_Init_ex(this.#context, 0, 0, 0, 0) !== 1 ||
      HMAC_Update(this.#context, this.#address + source, length) !== 1 ||
      HMAC_Final(this.#context, this.#address + destination, 0) !== 1
    ) {
      throw new OpenSslError(`HMAC-SHA1 failed: ${drainErrors()}`);
    }
  }

  close(): void {
    if (this.#limit === CLOSED) return;
    this.#limit = CLOSED;
    this.#functions.HMAC_CTX_free(this.#context);
  }
}
