import { cipherFunctions } from "./cipher-functions.js";
import { assertHandle, assertSuccess, clearErrors } from "./error-queue.js";
import { keyFunctions } from "./key-functions.js";

/**
 * A new EVP_CIPHER_CTX that holds `key` for good; each packet then sets only its initialisation vector. The caller owns it and
 * frees it with EVP_CIPHER_CTX_free, which also wipes the key.
 */
export function createCipherContext(cipher: number, key: Uint8Array, direction: "encrypt" | "decrypt"): number {
  const { EVP_CIPHER_CTX_new, EVP_CIPHER_CTX_free } = cipherFunctions();
  clearErrors();
  const context = assertHandle(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new");
  try {
    const encrypt = direction === "encrypt" ? 1 : 0;
    assertSuccess(keyFunctions().EVP_CipherInit_ex(context, cipher, 0, key, 0, encrypt), "EVP_CipherInit_ex");
  } catch (error) {
    EVP_CIPHER_CTX_free(context);
    throw error;
  }
  return context;
}
