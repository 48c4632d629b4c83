import type { DtlsRole, DtlsSessionOptions, Instant, SrtpProfile } from "@sluice/media";
import { DtlsConnection, type DtlsOutput } from "./dtls-connection.js";
import { DtlsRecordGate } from "./dtls-record-gate.js";
import { CONTENT_TYPE, packRecords, recordsOf } from "./dtls-records.js";
import { assertHandle, assertSuccess, drainErrors, OpenSslError } from "./error-queue.js";
import { PeerFingerprints } from "./peer-fingerprints.js";
import { exportRecordKeys } from "./record-keys.js";
import type { RetransmissionTimer } from "./retransmission-timer.js";
import { exportSrtpKeys, type SrtpKeys, setProfiles } from "./srtp-profiles.js";
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

/** struct timeval of 16 bytes. */
const timeval = Buffer.alloc(16);
/** For what is read behind the handshake, which is never application data: the gate lets none through. */
const leftover = Buffer.alloc(16);

/** SSL * and its two memory BIOs, which it owns. */
interface Handles {
  readonly ssl: number;
  readonly input: number;
  readonly output: number;
}

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

/** `connected` and `failed` are the end: OpenSSL's part is freed then. */
export type HandshakeOutcome =
  | { readonly type: "running" }
  | { readonly type: "connected"; readonly keys: SrtpKeys; readonly connection: DtlsConnection }
  | { readonly type: "failed"; readonly reason: string };

const RUNNING: HandshakeOutcome = { type: "running" };

/** A handshake on an OpenSSL SSL with memory BIOs: some 60 KB of C heap while it lasts, which is why it does not outlast it. */
export class SslHandshake implements SslOwner {
  readonly #functions = sslFunctions();
  readonly #role: DtlsRole;
  readonly #mtuBytes: number;
  readonly #fingerprints: PeerFingerprints;
  readonly #timer: RetransmissionTimer;
  readonly #output: DtlsOutput;
  readonly #gate = new DtlsRecordGate();
  #refusal: string | undefined;
  /** The last of their kind that were sent. */
  #changeCipherSpec: Uint8Array | undefined;
  #sealed: Uint8Array | undefined;
  /** Undefined when they are freed, so nothing can be called on them. */
  #handles: Handles | undefined;

  /** `context`: SSL_CTX * of the right role; borrowed. */
  constructor(
    context: number,
    options: DtlsSessionOptions & { readonly mtuBytes: number },
    profiles: readonly SrtpProfile[],
    timer: RetransmissionTimer,
    output: DtlsOutput,
  ) {
    this.#role = options.role;
    this.#mtuBytes = options.mtuBytes;
    this.#fingerprints = new PeerFingerprints(options.remoteFingerprints);
    this.#timer = timer;
    this.#output = output;
    const handles = createHandles(context);
    this.#handles = handles;
    try {
      const { SSL_ctrl, SSL_set_accept_state, SSL_set_connect_state, DTLS_set_timer_cb } = this.#functions;
      assertSuccess(SSL_ctrl(handles.ssl, SET_MTU, this.#mtuBytes, null), "SSL_set_mtu");
      setProfiles(handles.ssl, profiles);
      DTLS_set_timer_cb(handles.ssl, sslCallbacks().timer);
      if (this.#role === "client") SSL_set_connect_state(handles.ssl);
      else SSL_set_accept_state(handles.ssl);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends the ClientHello. */
  start(now: Instant): HandshakeOutcome {
    return this.#step(now, (handles) => this.#handshake(handles));
  }

  handleDatagram(datagram: Uint8Array, now: Instant): HandshakeOutcome {
    return this.#step(now, (handles) => {
      const records = this.#gate.admit(datagram);
      if (records === undefined) return failed("the peer sent too much before the handshake was done");
      if (records.length === 0) return RUNNING;
      if (this.#functions.BIO_write(handles.input, records, records.length) !== records.length) {
        return failed("no memory for a datagram");
      }
      return this.#handshake(handles);
    });
  }

  handleTimeout(now: Instant): HandshakeOutcome {
    return this.#step(now, (handles) => {
      if (!this.#timer.isDue(now, () => this.#remainingUs(handles))) return RUNNING;
      const result = callSsl(this, () => this.#functions.SSL_ctrl(handles.ssl, HANDLE_TIMEOUT, 0, null));
      return result < 0 ? failed(`the handshake timed out: ${drainErrors()}`) : RUNNING;
    });
  }

  pollTimeout(): Instant | undefined {
    return this.#timer.pollTimeout();
  }

  /** Says nothing to the peer. Idempotent. */
  close(): void {
    if (this.#handles === undefined) return;
    const { ssl } = this.#handles;
    this.#handles = undefined;
    this.#functions.SSL_free(ssl);
  }

  /** For OpenSSL, inside the handshake. */
  refuseCertificate(x509: number): string | undefined {
    this.#refusal = this.#fingerprints.refuse(x509);
    return this.#refusal;
  }

  /** For OpenSSL, whenever it starts its timer. */
  retransmissionDelayUs(previousUs: number): number {
    if (this.#handles === undefined) return previousUs;
    return this.#timer.delayUs(previousUs, this.#pending(this.#handles.output));
  }

  /** One input; after it, what OpenSSL wrote goes out, and either it is freed or its timer is ours. */
  #step(now: Instant, run: (handles: Handles) => HandshakeOutcome): HandshakeOutcome {
    const handles = this.#handles;
    if (handles === undefined) return failed("the handshake is over");
    let outcome: HandshakeOutcome | undefined;
    try {
      outcome = run(handles);
      this.#flush(handles);
      // Never the case as far as known; left over bytes would be taken for the head of the next datagram.
      if (this.#pending(handles.input) > 0) this.#functions.BIO_ctrl(handles.input, RESET, 0, 0);
      this.#timer.update(now, this.#remainingUs(handles));
      return outcome;
    } finally {
      if (outcome !== RUNNING) this.close();
    }
  }

  #handshake(handles: Handles): HandshakeOutcome {
    const result = callSsl(this, () => this.#functions.SSL_do_handshake(handles.ssl));
    if (result === 1) return this.#connect(handles);
    if (this.#functions.SSL_get_error(handles.ssl, result) === WANT_READ) return RUNNING;
    const errors = drainErrors();
    return failed(`the handshake failed: ${this.#refusal ?? (errors === "" ? "the peer closed" : errors)}`);
  }

  #connect(handles: Handles): HandshakeOutcome {
    const keys = exportSrtpKeys(handles.ssl, this.#role);
    if (keys === undefined) {
      this.#sayClosed(handles);
      return failed("the handshake failed: no SRTP profile in common");
    }
    const end = this.#readLeftover(handles);
    if (end !== undefined) return failed(end);
    this.#flush(handles);
    if (this.#changeCipherSpec === undefined || this.#sealed === undefined)
      throw new OpenSslError("OpenSSL sent no last flight");
    const flight = { changeCipherSpec: this.#changeCipherSpec, finished: this.#sealed };
    const connection = new DtlsConnection(this.#output, this.#role, exportRecordKeys(handles.ssl, this.#role), flight);
    return { type: "connected", keys, connection };
  }

  /** What OpenSSL has set aside, such as an alert that was here before the keys were. Undefined, or why the connection is over. */
  #readLeftover(handles: Handles): string | undefined {
    for (;;) {
      const size = callSsl(this, () => this.#functions.SSL_read(handles.ssl, leftover, leftover.length));
      if (size > 0) continue;
      const error = this.#functions.SSL_get_error(handles.ssl, size);
      if (error === WANT_READ) return undefined;
      if (error !== ZERO_RETURN) return `reading failed with SSL error ${error}: ${drainErrors()}`;
      this.#sayClosed(handles);
      return "the peer said close_notify";
    }
  }

  /** close_notify; OpenSSL answers 0 or 1, or an error that no longer matters. */
  #sayClosed(handles: Handles): void {
    callSsl(this, () => this.#functions.SSL_shutdown(handles.ssl));
    drainErrors();
  }

  #flush(handles: Handles): void {
    const stream = new Uint8Array(this.#pending(handles.output));
    if (stream.length === 0) return;
    const size = this.#functions.BIO_read(handles.output, stream, stream.length);
    const written = stream.subarray(0, Math.max(size, 0));
    // All that was written counts, sent or not: it has used up its sequence numbers.
    for (const record of recordsOf(written)) {
      if (record[4] === 1) this.#sealed = record;
      else if (record[0] === CONTENT_TYPE.changeCipherSpec) this.#changeCipherSpec = record;
    }
    this.#output.datagrams.push(...packRecords(this.#timer.filter(written), this.#mtuBytes));
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

function failed(reason: string): HandshakeOutcome {
  return { type: "failed", reason };
}
