import type { DtlsRole } from "@sluice/media";
import type { Certificate } from "./certificate.js";
import { assertHandle, assertSuccess, clearErrors } from "./error-queue.js";
import { sslCallbacks } from "./ssl-callbacks.js";
import { sslFunctions } from "./ssl-functions.js";

/** SSL_CTRL_… and SSL_OP_… of openssl/ssl.h, the same numbers in every 3.x. */
const SET_SESS_CACHE_MODE = 44;
const SET_MAX_CERT_LIST = 51;
const SET_MAX_SEND_FRAGMENT = 52;
const SET_GROUPS_LIST = 92;
const SET_MIN_PROTO_VERSION = 123;
const SET_MAX_PROTO_VERSION = 124;
const OP_NO_QUERY_MTU = 2 ** 12;
const OP_NO_TICKET = 2 ** 14;
const OP_NO_COMPRESSION = 2 ** 17;
const OP_CIPHER_SERVER_PREFERENCE = 2 ** 22;
const OP_NO_RENEGOTIATION = 2 ** 30;
const VERIFY_PEER = 1;
const VERIFY_FAIL_IF_NO_PEER_CERT = 2;
const SESS_CACHE_OFF = 0;
const DTLS1_2_VERSION = 0xfefd;

/**
 * RFC 8827 §6.5 demands the first. All give forward secrecy and are AES-GCM, so that DtlsRecordGate knows how short a record
 * can be; CBC, RSA key exchange and ChaCha20 are out.
 */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
].join(":");

/** Only cheap curves: a handshake costs us 0.4 ms and must not cost more because the peer likes large ones. */
const GROUPS = Buffer.from("X25519:P-256:P-384\0", "ascii");

/** Longest certificate chain, and so the longest handshake message, accepted. OpenSSL's own default is 100 KiB. */
const MAX_CERTIFICATE_BYTES = 16_384;

/**
 * Largest plaintext of a record we send. Nothing we send is longer than a datagram, and OpenSSL sizes the write buffer of
 * every session by it (16 KiB by default).
 */
export const MAX_FRAGMENT_BYTES = 2048;

/**
 * An SSL_CTX for DTLS 1.2 in one role. The caller owns it; every SSL made from it holds a reference.
 *
 * Sessions are never resumed (no cache, no tickets): a resumed one would skip the certificate, and with it the fingerprint.
 */
export function createSslContext(role: DtlsRole, certificate: Certificate): number {
  const functions = sslFunctions();
  clearErrors();
  const method = role === "client" ? functions.DTLS_client_method() : functions.DTLS_server_method();
  const context = assertHandle(functions.SSL_CTX_new(method), "SSL_CTX_new");
  const control = (command: number, value: number) => functions.SSL_CTX_ctrl(context, command, value, null);
  try {
    assertSuccess(control(SET_MIN_PROTO_VERSION, DTLS1_2_VERSION), "SSL_CTX_set_min_proto_version");
    assertSuccess(control(SET_MAX_PROTO_VERSION, DTLS1_2_VERSION), "SSL_CTX_set_max_proto_version");
    assertSuccess(control(SET_MAX_SEND_FRAGMENT, MAX_FRAGMENT_BYTES), "SSL_CTX_set_max_send_fragment");
    assertSuccess(functions.SSL_CTX_ctrl(context, SET_GROUPS_LIST, 0, GROUPS), "SSL_CTX_set1_groups_list");
    // These two answer the old value.
    control(SET_SESS_CACHE_MODE, SESS_CACHE_OFF);
    control(SET_MAX_CERT_LIST, MAX_CERTIFICATE_BYTES);
    functions.SSL_CTX_set_options(
      context,
      OP_NO_QUERY_MTU + OP_NO_TICKET + OP_NO_COMPRESSION + OP_CIPHER_SERVER_PREFERENCE + OP_NO_RENEGOTIATION,
    );
    assertSuccess(functions.SSL_CTX_set_cipher_list(context, CIPHERS), "SSL_CTX_set_cipher_list");
    assertSuccess(functions.SSL_CTX_use_certificate(context, certificate.x509), "SSL_CTX_use_certificate");
    assertSuccess(functions.SSL_CTX_use_PrivateKey(context, certificate.privateKey), "SSL_CTX_use_PrivateKey");
    functions.SSL_CTX_set_verify(context, VERIFY_PEER + VERIFY_FAIL_IF_NO_PEER_CERT, 0);
    functions.SSL_CTX_set_cert_verify_callback(context, sslCallbacks().verify, 0);
  } catch (error) {
    functions.SSL_CTX_free(context);
    throw error;
  }
  return context;
}
