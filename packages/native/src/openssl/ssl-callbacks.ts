import { POINTER } from "../ffi/bind-table.js";
import { createCallback } from "../ffi/callback.js";
import { clearErrors } from "./error-queue.js";
import { x509Functions } from "./x509-functions.js";

/** Who answers OpenSSL's questions while it runs. */
export interface SslOwner {
  /** Undefined to accept the peer certificate at `x509`, else why not. */
  refuseCertificate(x509: number): string | undefined;
  /** Next retransmission delay in µs; `previousUs` is 0 for the first of a flight. */
  retransmissionDelayUs(previousUs: number): number;
}

/** OpenSSL calls back only while we are inside a call into it, so one variable says for whom. */
let owner: SslOwner | undefined;
let thrown: { readonly error: unknown } | undefined;

/** What a callback answers when our side failed: refuse, or wait a second. The error comes out of {@link callSsl}. */
function answer(ask: (owner: SslOwner) => number, otherwise: number): number {
  try {
    if (owner === undefined) throw new Error("OpenSSL called back outside of a call");
    return ask(owner);
  } catch (error) {
    thrown ??= { error };
    return otherwise;
  }
}

/** X509_V_ERR_CERT_REJECTED; OpenSSL turns it into the alert bad_certificate. */
const CERT_REJECTED = 28;

function verifyCertificate(store: number): number {
  return answer((current) => {
    const { X509_STORE_CTX_get0_cert, X509_STORE_CTX_set_error } = x509Functions();
    if (current.refuseCertificate(X509_STORE_CTX_get0_cert(store)) === undefined) return 1;
    X509_STORE_CTX_set_error(store, CERT_REJECTED);
    return 0;
  }, 0);
}

export interface SslCallbacks {
  /** For SSL_CTX_set_cert_verify_callback. */
  readonly verify: number;
  /** For DTLS_set_timer_cb. */
  readonly timer: number;
}

let callbacks: SslCallbacks | undefined;

/** Addresses of the two callbacks, the same for all sessions of the process. */
export function sslCallbacks(): SslCallbacks {
  callbacks ??= {
    verify: createCallback("int", [POINTER, POINTER], (store = 0) => verifyCertificate(store)),
    timer: createCallback("uint", [POINTER, "uint"], (_ssl, previousUs = 0) =>
      answer((current) => current.retransmissionDelayUs(previousUs), 1_000_000),
    ),
  };
  return callbacks;
}

/** Runs one call into libssl for `current`, on an empty error queue. The caller drains the queue when the call failed. */
export function callSsl(current: SslOwner, call: () => number): number {
  if (owner !== undefined) throw new Error("a call into OpenSSL from inside its callback");
  clearErrors();
  owner = current;
  try {
    const result = call();
    if (thrown !== undefined) throw thrown.error;
    return result;
  } finally {
    owner = undefined;
    thrown = undefined;
  }
}
