import { bindTable, POINTER } from "../ffi/bind-table.js";

/**
 * The two initialisers again, taking the key as a Uint8Array for the duration of the call: the key is then never copied into
 * memory that we would have to wipe. Only for creating a context; the packet path uses `cipherFunctions`.
 */
export const keyFunctions = bindTable({
  // int EVP_CipherInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *impl, const unsigned char *key, const unsigned char *iv, int enc)
  EVP_CipherInit_ex: ["int", [POINTER, POINTER, POINTER, "void*", POINTER, "int"]],
  // int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const EVP_MD *md, ENGINE *impl)
  HMAC_Init_ex: ["int", [POINTER, "void*", "int", POINTER, POINTER]],
});
