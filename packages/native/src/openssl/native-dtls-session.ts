import type { DtlsEvent, DtlsSession, DtlsSessionOptions, Instant, SrtpProfile } from "@sluice/media";
import type { DtlsConnection, DtlsOutput } from "./dtls-connection.js";
import { RECORD_HEADER_BYTES } from "./dtls-records.js";
import { RECORD_EXPANSION_BYTES } from "./record-cipher.js";
import type { RetransmissionTimer } from "./retransmission-timer.js";
import { type HandshakeOutcome, SslHandshake } from "./ssl-handshake.js";

const DEFAULT_MTU_BYTES = 1200;
const MIN_MTU_BYTES = 576;
const MAX_MTU_BYTES = 1472;
/** Longest application data of one record: with the AES-GCM record around it, the largest datagram of Ethernet. */
export const MAX_APPLICATION_DATA_BYTES = MAX_MTU_BYTES - RECORD_HEADER_BYTES - RECORD_EXPANSION_BYTES;

type State =
  | { readonly type: "handshaking"; readonly handshake: SslHandshake }
  | { readonly type: "connected"; readonly connection: DtlsConnection }
  | { readonly type: "closed" };

/**
 * {@link DtlsSession} whose handshake is OpenSSL's, and whose records are ours from then on: OpenSSL would keep 46 KB for every
 * connection, 22 of them its buffer for handshake messages.
 */
export class NativeDtlsSession implements DtlsSession {
  readonly #output: DtlsOutput = { datagrams: [], events: [] };
  #state: State;

  /** `context`: SSL_CTX * of the right role; borrowed. */
  constructor(context: number, options: DtlsSessionOptions, profiles: readonly SrtpProfile[], timer: RetransmissionTimer) {
    const mtuBytes = options.mtuBytes ?? DEFAULT_MTU_BYTES;
    if (!(mtuBytes >= MIN_MTU_BYTES && mtuBytes <= MAX_MTU_BYTES)) throw new RangeError(`mtuBytes ${mtuBytes} is out of range`);
    const handshakeOptions = { ...options, mtuBytes: Math.trunc(mtuBytes) };
    const handshake = new SslHandshake(context, handshakeOptions, profiles, timer, this.#output);
    this.#state = { type: "handshaking", handshake };
  }

  /** Sends the ClientHello. */
  start(now: Instant): void {
    if (this.#state.type === "handshaking") this.#conclude(this.#state.handshake.start(now));
  }

  handleDatagram(datagram: Uint8Array, now: Instant): void {
    switch (this.#state.type) {
      case "handshaking":
        this.#conclude(this.#state.handshake.handleDatagram(datagram, now));
        break;
      case "connected": {
        const reason = this.#state.connection.handleDatagram(datagram);
        if (reason !== undefined) this.#fail(reason);
        break;
      }
      case "closed":
        break;
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "handshaking") this.#conclude(this.#state.handshake.handleTimeout(now));
  }

  pollTimeout(): Instant | undefined {
    return this.#state.type === "handshaking" ? this.#state.handshake.pollTimeout() : undefined;
  }

  pollDatagram(): Uint8Array | undefined {
    return this.#output.datagrams.shift();
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#output.events.shift();
  }

  /** @throws {RangeError} unless `data` has 1 to {@link MAX_APPLICATION_DATA_BYTES} bytes. */
  send(data: Uint8Array): boolean {
    if (this.#state.type !== "connected") return false;
    if (data.length < 1 || data.length > MAX_APPLICATION_DATA_BYTES) {
      throw new RangeError(`a record carries 1 to ${MAX_APPLICATION_DATA_BYTES} bytes, not ${data.length}`);
    }
    if (this.#state.connection.send(data)) return true;
    this.#fail("the sequence numbers are used up");
    return false;
  }

  close(): void {
    if (this.#state.type === "connected") this.#state.connection.sayClosed();
    this.#free();
  }

  #conclude(outcome: HandshakeOutcome): void {
    switch (outcome.type) {
      case "running":
        break;
      case "connected":
        this.#state = { type: "connected", connection: outcome.connection };
        this.#output.events.push({ type: "connected", ...outcome.keys });
        break;
      case "failed":
        this.#fail(outcome.reason);
        break;
    }
  }

  #fail(reason: string): void {
    this.#free();
    this.#output.events.push({ type: "closed", reason });
  }

  #free(): void {
    const state = this.#state;
    this.#state = { type: "closed" };
    if (state.type === "handshaking") state.handshake.close();
    else if (state.type === "connected") state.connection.close();
  }
}
