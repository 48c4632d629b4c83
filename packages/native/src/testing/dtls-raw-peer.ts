import type { DtlsRole, DtlsSession, Instant } from "@sluice/media";
import { bindTable, POINTER } from "../ffi/bind-table.js";
import { Certificate } from "../openssl/certificate.js";
import { packRecords } from "../openssl/dtls-records.js";
import { assertHandle, clearErrors, drainErrors } from "../openssl/error-queue.js";
import { sslFunctions } from "../openssl/ssl-functions.js";

const rawFunctions = bindTable({
  // int SSL_write(SSL *ssl, const void *buf, int num)
  SSL_write: ["int", [POINTER, "void*", "int"]],
  // int SSL_renegotiate(SSL *s)
  SSL_renegotiate: ["int", [POINTER]],
  // SSL_SESSION *SSL_get1_session(SSL *ssl)
  SSL_get1_session: [POINTER, [POINTER]],
  // int SSL_set_session(SSL *to, SSL_SESSION *session)
  SSL_set_session: ["int", [POINTER, POINTER]],
  // void SSL_SESSION_free(SSL_SESSION *ses)
  SSL_SESSION_free: ["void", [POINTER]],
  // int SSL_session_reused(const SSL *s)
  SSL_session_reused: ["int", [POINTER]],
});

export interface DtlsRawPeerOptions {
  readonly role: DtlsRole;
  /** Shows a certificate when asked; true unless told. */
  readonly hasCertificate?: boolean;
  /** Value of the use_srtp extension; none when null. */
  readonly profiles?: string | null;
  /** 0xfeff for DTLS 1.0; 1.2 unless told. */
  readonly maxVersion?: number;
  /** SSL_SESSION * to resume. */
  readonly resume?: number;
}

/**
 * An OpenSSL peer with none of our care: believes any certificate, renegotiates, resumes. For attacks in tests, against a
 * {@link DtlsSession} in the same process and without loss.
 */
export class DtlsRawPeer {
  readonly ssl: number;
  readonly certificate = new Certificate();
  readonly received: string[] = [];
  isConnected = false;
  /** OpenSSL's errors so far, such as the alerts it was sent. */
  errors = "";
  readonly #context: number;
  readonly #input: number;
  readonly #output: number;

  constructor(options: DtlsRawPeerOptions) {
    const f = sslFunctions();
    clearErrors();
    this.#context = assertHandle(
      f.SSL_CTX_new(options.role === "client" ? f.DTLS_client_method() : f.DTLS_server_method()),
      "SSL_CTX_new",
    );
    f.SSL_CTX_ctrl(this.#context, 124, options.maxVersion ?? 0xfefd, null);
    f.SSL_CTX_set_options(this.#context, 2 ** 12);
    f.SSL_CTX_set_cipher_list(this.#context, "ALL:@SECLEVEL=0");
    if (options.hasCertificate ?? true) {
      f.SSL_CTX_use_certificate(this.#context, this.certificate.x509);
      f.SSL_CTX_use_PrivateKey(this.#context, this.certificate.privateKey);
    }
    this.ssl = assertHandle(f.SSL_new(this.#context), "SSL_new");
    this.#input = assertHandle(f.BIO_new(f.BIO_s_mem()), "BIO_new");
    this.#output = assertHandle(f.BIO_new(f.BIO_s_mem()), "BIO_new");
    for (const bio of [this.#input, this.#output]) f.BIO_ctrl(bio, 130, -1, 0);
    f.SSL_set_bio(this.ssl, this.#input, this.#output);
    f.SSL_ctrl(this.ssl, 17, 1200, null);
    const profiles = options.profiles === undefined ? "SRTP_AEAD_AES_128_GCM" : options.profiles;
    if (profiles !== null) f.SSL_set_tlsext_use_srtp(this.ssl, profiles);
    if (options.resume !== undefined) rawFunctions().SSL_set_session(this.ssl, options.resume);
    if (options.role === "client") f.SSL_set_connect_state(this.ssl);
    else f.SSL_set_accept_state(this.ssl);
  }

  get isResumed(): boolean {
    return rawFunctions().SSL_session_reused(this.ssl) === 1;
  }

  /** SSL_SESSION *, for {@link DtlsRawPeerOptions.resume}. */
  takeSession(): number {
    return assertHandle(rawFunctions().SSL_get1_session(this.ssl), "SSL_get1_session");
  }

  /** Handshake or read, whichever OpenSSL wants. */
  step(): void {
    const f = sslFunctions();
    clearErrors();
    if (f.SSL_do_handshake(this.ssl) === 1) {
      this.isConnected = true;
      const plaintext = Buffer.alloc(16_384);
      for (let size = f.SSL_read(this.ssl, plaintext, plaintext.length); size > 0; ) {
        this.received.push(plaintext.toString("latin1", 0, size));
        size = f.SSL_read(this.ssl, plaintext, plaintext.length);
      }
    }
    this.errors += drainErrors();
  }

  write(text: string): void {
    const data = Buffer.from(text, "latin1");
    rawFunctions().SSL_write(this.ssl, data, data.length);
  }

  renegotiate(): void {
    rawFunctions().SSL_renegotiate(this.ssl);
    this.step();
  }

  handleDatagram(datagram: Uint8Array): void {
    sslFunctions().BIO_write(this.#input, datagram, datagram.length);
    this.step();
  }

  pollDatagrams(): Uint8Array[] {
    const f = sslFunctions();
    const stream = new Uint8Array(Math.max(f.BIO_ctrl(this.#output, 10, 0, 0), 0));
    if (stream.length > 0) f.BIO_read(this.#output, stream, stream.length);
    return packRecords(stream, 1200);
  }

  /** Carries datagrams both ways until neither end has one left. */
  exchange(session: DtlsSession, now: Instant): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const datagram of this.pollDatagrams()) {
        isQuiet = false;
        session.handleDatagram(datagram, now);
      }
      for (let datagram = session.pollDatagram(); datagram !== undefined; datagram = session.pollDatagram()) {
        isQuiet = false;
        this.handleDatagram(datagram);
      }
    }
  }

  close(): void {
    sslFunctions().SSL_free(this.ssl);
    sslFunctions().SSL_CTX_free(this.#context);
    this.certificate.close();
  }
}

/** Frees what {@link DtlsRawPeer.takeSession} gave. */
export function freeSession(session: number): void {
  rawFunctions().SSL_SESSION_free(session);
}
