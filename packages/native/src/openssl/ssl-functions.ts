import { bindTable, POINTER } from "../ffi/bind-table.js";

/** libssl and the memory BIOs (openssl/ssl.h, srtp.h, bio.h). */
export const sslFunctions = bindTable({
  // const SSL_METHOD *DTLS_…_method(void); static objects, never freed
  DTLS_server_method: [POINTER, []],
  DTLS_client_method: [POINTER, []],
  // SSL_CTX *SSL_CTX_new(const SSL_METHOD *meth)
  SSL_CTX_new: [POINTER, [POINTER]],
  // void SSL_CTX_free(SSL_CTX *)
  SSL_CTX_free: ["void", [POINTER]],
  // long SSL_CTX_ctrl(SSL_CTX *ctx, int cmd, long larg, void *parg)
  SSL_CTX_ctrl: ["long", [POINTER, "int", "long", "void*"]],
  // uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t op)
  SSL_CTX_set_options: ["uint64_t", [POINTER, "uint64_t"]],
  // int SSL_CTX_set_cipher_list(SSL_CTX *, const char *str)
  SSL_CTX_set_cipher_list: ["int", [POINTER, "str"]],
  // int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *x); takes a reference of its own
  SSL_CTX_use_certificate: ["int", [POINTER, POINTER]],
  // int SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *pkey); takes a reference of its own
  SSL_CTX_use_PrivateKey: ["int", [POINTER, POINTER]],
  // void SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb callback)
  SSL_CTX_set_verify: ["void", [POINTER, "int", POINTER]],
  // void SSL_CTX_set_cert_verify_callback(SSL_CTX *ctx, int (*cb)(X509_STORE_CTX *, void *), void *arg)
  SSL_CTX_set_cert_verify_callback: ["void", [POINTER, POINTER, POINTER]],
  // SSL *SSL_new(SSL_CTX *ctx); takes a reference to ctx
  SSL_new: [POINTER, [POINTER]],
  // void SSL_free(SSL *ssl); frees its BIOs too
  SSL_free: ["void", [POINTER]],
  // void SSL_set_bio(SSL *s, BIO *rbio, BIO *wbio); takes both over
  SSL_set_bio: ["void", [POINTER, POINTER, POINTER]],
  // long SSL_ctrl(SSL *ssl, int cmd, long larg, void *parg)
  SSL_ctrl: ["long", [POINTER, "int", "long", "void*"]],
  // int SSL_set_tlsext_use_srtp(SSL *ssl, const char *profiles); 0 is success
  SSL_set_tlsext_use_srtp: ["int", [POINTER, "str"]],
  // void SSL_set_accept_state(SSL *s)
  SSL_set_accept_state: ["void", [POINTER]],
  // void SSL_set_connect_state(SSL *s)
  SSL_set_connect_state: ["void", [POINTER]],
  // void DTLS_set_timer_cb(SSL *s, unsigned int (*cb)(SSL *s, unsigned int timer_us))
  DTLS_set_timer_cb: ["void", [POINTER, POINTER]],
  // int SSL_do_handshake(SSL *s)
  SSL_do_handshake: ["int", [POINTER]],
  // int SSL_get_error(const SSL *s, int ret_code)
  SSL_get_error: ["int", [POINTER, "int"]],
  // int SSL_read(SSL *ssl, void *buf, int num)
  SSL_read: ["int", [POINTER, "void*", "int"]],
  // int SSL_shutdown(SSL *s)
  SSL_shutdown: ["int", [POINTER]],
  // SRTP_PROTECTION_PROFILE *SSL_get_selected_srtp_profile(SSL *s); {const char *name; unsigned long id}, static
  SSL_get_selected_srtp_profile: [POINTER, [POINTER]],
  // int SSL_export_keying_material(SSL *s, unsigned char *out, size_t olen, const char *label, size_t llen,
  //                                const unsigned char *context, size_t contextlen, int use_context)
  SSL_export_keying_material: ["int", [POINTER, "void*", "size_t", "str", "size_t", POINTER, "size_t", "int"]],
  // const SSL_CIPHER *SSL_get_current_cipher(const SSL *ssl); static
  SSL_get_current_cipher: [POINTER, [POINTER]],
  // uint16_t SSL_CIPHER_get_protocol_id(const SSL_CIPHER *c); as IANA numbers them
  SSL_CIPHER_get_protocol_id: ["uint16_t", [POINTER]],
  // SSL_SESSION *SSL_get_session(const SSL *ssl); borrowed
  SSL_get_session: [POINTER, [POINTER]],
  // size_t SSL_SESSION_get_master_key(const SSL_SESSION *session, unsigned char *out, size_t outlen)
  SSL_SESSION_get_master_key: ["size_t", [POINTER, "void*", "size_t"]],
  // size_t SSL_get_client_random(const SSL *ssl, unsigned char *out, size_t outlen)
  SSL_get_client_random: ["size_t", [POINTER, "void*", "size_t"]],
  // size_t SSL_get_server_random: the same
  SSL_get_server_random: ["size_t", [POINTER, "void*", "size_t"]],
  // const BIO_METHOD *BIO_s_mem(void)
  BIO_s_mem: [POINTER, []],
  // BIO *BIO_new(const BIO_METHOD *type)
  BIO_new: [POINTER, [POINTER]],
  // int BIO_free(BIO *a)
  BIO_free: ["int", [POINTER]],
  // int BIO_read(BIO *b, void *data, int dlen)
  BIO_read: ["int", [POINTER, "void*", "int"]],
  // int BIO_write(BIO *b, const void *data, int dlen)
  BIO_write: ["int", [POINTER, "void*", "int"]],
  // long BIO_ctrl(BIO *bp, int cmd, long larg, void *parg)
  BIO_ctrl: ["long", [POINTER, "int", "long", POINTER]],
});
