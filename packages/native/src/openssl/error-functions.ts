import { bindTable, POINTER } from "../ffi/bind-table.js";

/** openssl/err.h and openssl/crypto.h. */
export const errorFunctions = bindTable({
  // unsigned long ERR_get_error(void)
  ERR_get_error: ["ulong", []],
  // void ERR_error_string_n(unsigned long e, char *buf, size_t len)
  ERR_error_string_n: ["void", ["ulong", "void*", "size_t"]],
  // void ERR_clear_error(void)
  ERR_clear_error: ["void", []],
  // const char *OpenSSL_version(int type)
  OpenSSL_version: ["const char*", ["int"]],
  // void *memcpy(void *dest, const void *src, size_t n): how we read a struct that OpenSSL owns
  memcpy: [POINTER, ["void*", POINTER, "size_t"]],
});
