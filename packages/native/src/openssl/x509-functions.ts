import { bindTable, POINTER } from "../ffi/bind-table.js";

/** Keys, certificates and digests of libcrypto (openssl/evp.h, x509.h, x509_vfy.h, bn.h, asn1.h). */
export const x509Functions = bindTable({
  // EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *libctx, const char *name, const char *propquery)
  EVP_PKEY_CTX_new_from_name: [POINTER, [POINTER, "str", POINTER]],
  // void EVP_PKEY_CTX_free(EVP_PKEY_CTX *ctx)
  EVP_PKEY_CTX_free: ["void", [POINTER]],
  // int EVP_PKEY_keygen_init(EVP_PKEY_CTX *ctx)
  EVP_PKEY_keygen_init: ["int", [POINTER]],
  // int EVP_PKEY_CTX_set_group_name(EVP_PKEY_CTX *ctx, const char *name)
  EVP_PKEY_CTX_set_group_name: ["int", [POINTER, "str"]],
  // int EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ppkey); *ppkey must be NULL before
  EVP_PKEY_generate: ["int", [POINTER, "void*"]],
  // void EVP_PKEY_free(EVP_PKEY *pkey)
  EVP_PKEY_free: ["void", [POINTER]],
  // X509 *X509_new(void)
  X509_new: [POINTER, []],
  // void X509_free(X509 *a)
  X509_free: ["void", [POINTER]],
  // int X509_set_version(X509 *x, long version)
  X509_set_version: ["int", [POINTER, "long"]],
  // ASN1_INTEGER *X509_get_serialNumber(X509 *x); owned by x
  X509_get_serialNumber: [POINTER, [POINTER]],
  // BIGNUM *BN_bin2bn(const unsigned char *s, int len, BIGNUM *ret)
  BN_bin2bn: [POINTER, ["void*", "int", POINTER]],
  // ASN1_INTEGER *BN_to_ASN1_INTEGER(const BIGNUM *bn, ASN1_INTEGER *ai)
  BN_to_ASN1_INTEGER: [POINTER, [POINTER, POINTER]],
  // void BN_free(BIGNUM *a)
  BN_free: ["void", [POINTER]],
  // ASN1_TIME *X509_getm_notBefore(const X509 *x); owned by x
  X509_getm_notBefore: [POINTER, [POINTER]],
  // ASN1_TIME *X509_getm_notAfter(const X509 *x); owned by x
  X509_getm_notAfter: [POINTER, [POINTER]],
  // ASN1_TIME *X509_gmtime_adj(ASN1_TIME *s, long adj)
  X509_gmtime_adj: [POINTER, [POINTER, "long"]],
  // X509_NAME *X509_get_subject_name(const X509 *a); owned by a
  X509_get_subject_name: [POINTER, [POINTER]],
  // int X509_NAME_add_entry_by_txt(X509_NAME *name, const char *field, int type, const unsigned char *bytes, int len, int loc, int set)
  X509_NAME_add_entry_by_txt: ["int", [POINTER, "str", "int", "void*", "int", "int", "int"]],
  // int X509_set_issuer_name(X509 *x, const X509_NAME *name); copies
  X509_set_issuer_name: ["int", [POINTER, POINTER]],
  // int X509_set_pubkey(X509 *x, EVP_PKEY *pkey); copies
  X509_set_pubkey: ["int", [POINTER, POINTER]],
  // int X509_sign(X509 *x, EVP_PKEY *pkey, const EVP_MD *md); size of the signature
  X509_sign: ["int", [POINTER, POINTER, POINTER]],
  // int X509_digest(const X509 *data, const EVP_MD *type, unsigned char *md, unsigned int *len); md of EVP_MAX_MD_SIZE = 64 bytes
  X509_digest: ["int", [POINTER, POINTER, "void*", "void*"]],
  // X509 *X509_STORE_CTX_get0_cert(const X509_STORE_CTX *ctx); borrowed
  X509_STORE_CTX_get0_cert: [POINTER, [POINTER]],
  // void X509_STORE_CTX_set_error(X509_STORE_CTX *ctx, int s)
  X509_STORE_CTX_set_error: ["void", [POINTER, "int"]],
  // const EVP_MD *EVP_sha…(void); static objects, never freed
  EVP_sha1: [POINTER, []],
  EVP_sha256: [POINTER, []],
  EVP_sha384: [POINTER, []],
  EVP_sha512: [POINTER, []],
});
