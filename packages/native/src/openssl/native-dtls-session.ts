import type { DtlsEvent, DtlsRole, DtlsSession, DtlsSessionOptions, Instant, SrtpProfile } from "@sluice/media";
import { DtlsRecordGate } from "./dtls-record-gate.js";
import { packRecords } from "./dtls-records.js";
import { assertHandle, assertSuccess, drainErrors } from "./error-queue.js";
import { PeerFingerprints } from "./peer-fingerprints.js";
import type { RetransmissionTimer } from "./retransmission-timer.js";
import { exportSrtpKeys, setProfiles } from "./srtp-profiles.js";
import { callSsl, type SslOwner, sslCallbacks } from "./ssl-callbacks.js";
import { sslFunctions } from "./ssl-functions.js";

/** SSL_ERROR_… of SSL_get_error. */
const WANT_READ = 2;
const ZERO_RETURN = 6;
/** SSL_CTRL_SET_MTU, DTLS_CTRL_GET_TIMEOUT, DTLS_CTRL_HANDLE_TIMEOUT */
const SET_MTU = 17;
const GET_TIMEOUT = 73;
const HANDLE_TIMEOUT = 74;
/** BIO_CTRL_RESET, BIO_CTRL_PENDING, BIO_C_SET_BUF_MEM_EOF_RETURN */
const RESET = 1;
const PENDING = 10;
const SET_BUF_MEM_EOF_RETURN = 130;

const DEFAULT_MTU_BYTES = 1200;
const MIN_MTU_BYTES = 576;
const MAX_MTU_BYTES = 1472;
/** Longest application data of one record: with 37 bytes of AES-GCM record around it, the largest datagram of Ethernet. */
export const MAX_APPLICATION_DATA_BYTES = MAX_MTU_BYTES - 37;

/** Plaintext of the record being read: 2^14 bytes at most (RFC 5246 §6.2.1). One for all: it is copied out at once. */
const plaintext = Buffer.alloc(16_384);
/** struct timeval of 16 bytes. */
const timeval = Buffer.alloc(16);

/** SSL * and its two memory BIOs, which it owns. They are gone in state `closed`, so nothing can be called on them. */
interface Handles {
  readonly ssl: number;
  readonly input: number;
  readonly output: number;
}

type State = { readonly type: "handshaking" | "connected"; readonly handles: Handles } | { readonly type: "closed" };

function createHandles(context: number): Handles {
  const { BIO_new, BIO_s_mem, BIO_free, BIO_ctrl, SSL_new, SSL_set_bio } = sslFunctions();
  const owned: number[] = [];
  try {
    for (let i = 0; i < 2; i++) owned.push(assertHandle(BIO_new(BIO_s_mem()), "BIO_new"));
    const [input = 0, output = 0] = owned;
    // An empty BIO means "try again", not the end of the connection.
    for (const bio of owned) BIO_ctrl(bio, SET_BUF_MEM_EOF_RETURN, -1, 0);
    const ssl = assertHandle(SSL_new(context), "SSL_new");
    SSL_set_bio(ssl, input, output);
    return { ssl, input, output };
  } catch (error) {
    for (const bio of owned) BIO_free(bio);
    throw error;
  }
}

/** {@link DtlsSession} on an OpenSSL SSL with memory BIOs. About 50 KB of C heap while it lives. */
export class NativeDtlsSession implements DtlsSession, SslOwner {
  readonly #functions = sslFunctions();
  readonly #role: DtlsRole;
  readonly #mtuBytes: number;
  readonly #fingerprints: PeerFingerprints;
  readonly #timer: RetransmissionTimer;
  readonly #gate = new DtlsRecordGate();
  readonly #datagrams: Uint8Array[] = [];
  readonly #events: DtlsEvent[] = [];
  #refusal: string | undefined;
  #state: State;

  /** `context`: SSL_CTX * of the right role; borrowed. */
  constructor(context: number, options: DtlsSessionOptions, profiles: readonly SrtpProfile[], timer: RetransmissionTimer) {
    const mtuBytes = options.mtuBytes ?? DEFAULT_MTU_BYTES;
    if (!(mtuBytes >= MIN_MTU_BYTES && mtuBytes <= MAX_MTU_BYTES)) throw new RangeError(`mtuBytes ${mtuBytes} is out of range`);
    this.#role = options.role;
    this.#mtuBytes = Math.trunc(mtuBytes);
    this.#fingerprints = new PeerFingerprints(options.remoteFingerprints);
    this.#timer = timer;
    const handles = createHandles(context);
    this.#state = { type: "handshaking", handles };
    try {
      const { SSL_ctrl, SSL_set_accept_state, SSL_set_connect_state, DTLS_set_timer_cb } = this.#functions;
      assertSuccess(SSL_ctrl(handles.ssl, SET_MTU, this.#mtuBytes, null), "SSL_set_mtu");
      setProfiles(handles.ssl, profiles);
      DTLS_set_timer_cb(handles.ssl, sslCallbacks().timer);
      if (this.#role === "client") SSL_set_connect_state(handles.ssl);
      else SSL_set_accept_state(handles.ssl);
    } catch (error) {
      this.#free(handles);
      throw error;
    }
  }

  /** Sends the ClientHello. */
  start(now: Instant): void {
    if (this.#state.type === "closed") return;
    this.#handshake(this.#state.handles);
    this.#settle(now);
  }

  handleDatagram(datagram: Uint8Array, now: Instant): void {
    if (this.#state.type === "closed") return;
    const { handles } = this.#state;
    const records = this.#gate.admit(datagram, this.#state.type);
    if (records === undefined) {
      this.#fail(handles, "the peer sent too much before the handshake was done");
      return;
    }
    if (records.length === 0) return;
    if (this.#functions.BIO_write(handles.input, records, records.length) !== records.length) {
      this.#fail(handles, "no memory for a datagram");
      return;
    }
    if (this.#state.type === "handshaking") this.#handshake(handles);
    if (this.#state.type === "connected") this.#read(handles);
    this.#settle(now);
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "closed") return;
    const { handles } = this.#state;
    if (!this.#timer.isDue(now, () => this.#remainingUs(handles))) return;
    if (callSsl(this, () => this.#functions.SSL_ctrl(handles.ssl, HANDLE_TIMEOUT, 0, null)) < 0) {
      this.#fail(handles, `the handshake timed out: ${drainErrors()}`);
    }
    this.#settle(now);
  }

  pollTimeout(): Instant | undefined {
    return this.#state.type === "closed" ? undefined : this.#timer.pollTimeout();
  }

  pollDatagram(): Uint8Array | undefined {
    return this.#datagrams.shift();
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#events.shift();
  }

  /** @throws {RangeError} unless `data` has 1 to {@link MAX_APPLICATION_DATA_BYTES} bytes. */
  send(data: Uint8Array): boolean {
    if (this.#state.type !== "connected") return false;
    if (data.length < 1 || data.length > MAX_APPLICATION_DATA_BYTES) {
      throw new RangeError(`a record carries 1 to ${MAX_APPLICATION_DATA_BYTES} bytes, not ${data.length}`);
    }
    const { handles } = this.#state;
    if (callSsl(this, () => this.#functions.SSL_write(handles.ssl, data, data.length)) !== data.length) {
      this.#fail(handles, `sending failed: ${drainErrors()}`);
      return false;
    }
    this.#flush(handles);
    return true;
  }

  close(): void {
    if (this.#state.type === "closed") return;
    const { type, handles } = this.#state;
    try {
      if (type === "connected") this.#sayClosed(handles);
    } finally {
      this.#free(handles);
    }
  }

  /** For OpenSSL, inside the handshake. */
  refuseCertificate(x509: number): string | undefined {
    this.#refusal = this.#fingerprints.refuse(x509);
    return this.#refusal;
  }

  /** For OpenSSL, whenever it starts its timer. */
  retransmissionDelayUs(previousUs: number): number {
    if (this.#state.type === "closed") return previousUs;
    return this.#timer.delayUs(previousUs, this.#pending(this.#state.handles.output));
  }

  #handshake(handles: Handles): void {
    const result = callSsl(this, () => this.#functions.SSL_do_handshake(handles.ssl));
    if (result === 1) this.#connect(handles);
    else if (this.#functions.SSL_get_error(handles.ssl, result) !== WANT_READ) {
      const errors = drainErrors();
      this.#fail(handles, `the handshake failed: ${this.#refusal ?? (errors === "" ? "the peer closed" : errors)}`);
    }
  }

  #connect(handles: Handles): void {
    const keys = exportSrtpKeys(handles.ssl, this.#role);
    if (keys === undefined) {
      this.#sayClosed(handles);
      this.#fail(handles, "the handshake failed: no SRTP profile in common");
      return;
    }
    this.#state = { type: "connected", handles };
    this.#events.push({ type: "connected", ...keys });
  }

  #read(handles: Handles): void {
    for (;;) {
      const size = callSsl(this, () => this.#functions.SSL_read(handles.ssl, plaintext, plaintext.length));
      if (size <= 0) {
        this.#handleReadEnd(handles, this.#functions.SSL_get_error(handles.ssl, size));
        return;
      }
      this.#events.push({ type: "data", data: new Uint8Array(plaintext.subarray(0, size)) });
    }
  }

  #handleReadEnd(handles: Handles, error: number): void {
    if (error === WANT_READ) return;
    if (error === ZERO_RETURN) {
      this.#sayClosed(handles);
      this.#fail(handles, "the peer said close_notify");
    } else {
      this.#fail(handles, `reading failed with SSL error ${error}: ${drainErrors()}`);
    }
  }

  /** close_notify; OpenSSL answers 0 or 1, or an error that no longer matters. */
  #sayClosed(handles: Handles): void {
    callSsl(this, () => this.#functions.SSL_shutdown(handles.ssl));
    drainErrors();
    this.#flush(handles);
  }

  /** Sends what OpenSSL still has to say (an alert), frees it, and tells the owner why. */
  #fail(handles: Handles, reason: string): void {
    try {
      this.#flush(handles);
    } finally {
      this.#free(handles);
      this.#events.push({ type: "closed", reason });
    }
  }

  #free(handles: Handles): void {
    if (this.#state.type === "closed") return;
    this.#state = { type: "closed" };
    this.#functions.SSL_free(handles.ssl);
  }

  /** After every input: what OpenSSL wrote goes out, what it did not read is forgotten, its timer is ours. */
  #settle(now: Instant): void {
    if (this.#state.type === "closed") return;
    const { handles } = this.#state;
    this.#flush(handles);
    // Never the case as far as known; left over bytes would be taken for the head of the next datagram.
    if (this.#pending(handles.input) > 0) this.#functions.BIO_ctrl(handles.input, RESET, 0, 0);
    this.#timer.update(now, this.#remainingUs(handles));
  }

  #flush(handles: Handles): void {
    const stream = new Uint8Array(this.#pending(handles.output));
    if (stream.length === 0) return;
    const size = this.#functions.BIO_read(handles.output, stream, stream.length);
    const output = this.#timer.filter(stream.subarray(0, Math.max(size, 0)));
    this.#datagrams.push(...packRecords(output, this.#mtuBytes));
  }

  #pending(bio: number): number {
    return Math.max(this.#functions.BIO_ctrl(bio, PENDING, 0, 0), 0);
  }

  /** What remains of OpenSSL's timer, 0 when under 15 ms; undefined when it is not running. */
  #remainingUs(handles: Handles): number | undefined {
    if (this.#functions.SSL_ctrl(handles.ssl, GET_TIMEOUT, 0, timeval) !== 1) return undefined;
    // tv_usec has 8 bytes on Linux and 4 on macOS; it stays below 10^6.
    return Number(timeval.readBigInt64LE(0)) * 1_000_000 + timeval.readInt32LE(8);
  }
}
