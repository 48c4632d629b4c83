import { bindTable, POINTER } from "../ffi/bind-table.js";

/** libcrypto's ciphers and HMAC (openssl/evp.h, openssl/hmac.h), the ones the packet path calls. */
export const cipherFunctions = bindTable({
  // const EVP_CIPHER *EVP_aes_…(void); static objects, never freed
  EVP_aes_128_gcm: [POINTER, []],
  EVP_aes_256_gcm: [POINTER, []],
  EVP_aes_128_ctr: [POINTER, []],
  EVP_aes_256_ctr: [POINTER, []],
  // const EVP_MD *EVP_sha1(void)
  EVP_sha1: [POINTER, []],
  // EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void)
  EVP_CIPHER_CTX_new: [POINTER, []],
  // void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *c)
  EVP_CIPHER_CTX_free: ["void", [POINTER]],
  // int EVP_EncryptInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *impl, const unsigned char *key, const unsigned char *iv)
  EVP_EncryptInit_ex: ["int", [POINTER, POINTER, POINTER, POINTER, POINTER]],
  // int EVP_DecryptInit_ex: the same
  EVP_DecryptInit_ex: ["int", [POINTER, POINTER, POINTER, POINTER, POINTER]],
  // int EVP_Cipher(EVP_CIPHER_CTX *c, unsigned char *out, const unsigned char *in, unsigned int inl)
  EVP_Cipher: ["int", [POINTER, POINTER, POINTER, "uint"]],
  // int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *ctx, int type, int arg, void *ptr)
  EVP_CIPHER_CTX_ctrl: ["int", [POINTER, "int", "int", POINTER]],
  // HMAC_CTX *HMAC_CTX_new(void)
  HMAC_CTX_new: [POINTER, []],
  // void HMAC_CTX_free(HMAC_CTX *ctx)
  HMAC_CTX_free: ["void", [POINTER]],
  // int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const EVP_MD *md, ENGINE *impl)
  HMAC_Init_ex: ["int", [POINTER, POINTER, "int", POINTER, POINTER]],
  // int HMAC_Update(HMAC_CTX *ctx, const unsigned char *data, size_t len)
  HMAC_Update: ["int", [POINTER, POINTER, "size_t"]],
  // int HMAC_Final(HMAC_CTX *ctx, unsigned char *md, unsigned int *len)
  HMAC_Final: ["int", [POINTER, POINTER, POINTER]],
});
