import type { DtlsEvent, DtlsRole } from "@sluice/media";
import { MAX_DATAGRAM_BYTES } from "./dtls-record-gate.js";
import { DtlsRecordLayer, sequenceNumberOf } from "./dtls-record-layer.js";
import { CONTENT_TYPE, DTLS_1_2, RECORD_HEADER_BYTES, recordLength } from "./dtls-records.js";
import { OpenSslError } from "./error-queue.js";
import { openRecord } from "./record-cipher.js";
import type { RecordKeys } from "./record-keys.js";

/** What a session has to say, in order. Its owner polls. */
export interface DtlsOutput {
  readonly datagrams: Uint8Array[];
  readonly events: DtlsEvent[];
}

/** AlertLevel and AlertDescription (RFC 5246 §7.2). */
const WARNING = 1;
const FATAL = 2;
const CLOSE_NOTIFY = 0;
const NO_RENEGOTIATION = 100;

/** HandshakeType (RFC 5246 §7.4). */
const HELLO_REQUEST = 0;
const CLIENT_HELLO = 1;
const FINISHED = 20;

/** How our side of the handshake ended. */
export interface LastFlight {
  /** Our ChangeCipherSpec, the last record under epoch 0. */
  readonly changeCipherSpec: Uint8Array;
  /** The record of our Finished, or of a later repetition: nothing was sealed after it. */
  readonly finished: Uint8Array;
}

/**
 * A DTLS 1.2 connection whose handshake is over, on nothing but its keys: application data, alerts, and what is left of the handshake,
 * which is that a server repeats its last flight for a client that has missed it (RFC 6347 §4.2.4).
 */
export class DtlsConnection {
  readonly #output: DtlsOutput;
  readonly #records: DtlsRecordLayer;
  readonly #role: DtlsRole;
  /** Plaintext of a server's Finished; undefined for a client. */
  readonly #finished: Uint8Array | undefined;
  /** Of the last record under epoch 0, a ChangeCipherSpec. */
  #plainSequenceNumber: number;

  /** @throws {OpenSslError} when `keys` are not those of the flight: then they were derived wrongly. */
  constructor(output: DtlsOutput, role: DtlsRole, keys: RecordKeys, flight: LastFlight) {
    this.#output = output;
    this.#role = role;
    this.#records = new DtlsRecordLayer(keys, flight.finished);
    const finished = openRecord(keys.localKey, flight.finished);
    if (finished?.[0] !== FINISHED) throw new OpenSslError("the record keys do not open our own Finished");
    this.#finished = role === "server" ? finished.slice() : undefined;
    this.#plainSequenceNumber = sequenceNumberOf(flight.changeCipherSpec);
  }

  /** Undefined, or why the connection is over: then `close` it. */
  handleDatagram(datagram: Uint8Array): string | undefined {
    if (datagram.length > MAX_DATAGRAM_BYTES) return undefined;
    let offset = 0;
    for (let length = recordLength(datagram, 0); length !== undefined; length = recordLength(datagram, offset)) {
      const reason = this.#handleRecord(datagram.subarray(offset, offset + length));
      if (reason !== undefined) return reason;
      offset += length;
    }
    return undefined;
  }

  /** One record of application data, which must fit a datagram. False when the connection has used up its sequence numbers. */
  send(data: Uint8Array): boolean {
    return this.#send(CONTENT_TYPE.applicationData, data);
  }

  sayClosed(): void {
    this.#sendAlert(WARNING, CLOSE_NOTIFY);
  }

  /** Wipes the keys; nothing can be sent or read after it. */
  close(): void {
    this.#records.close();
  }

  #handleRecord(record: Uint8Array): string | undefined {
    const plaintext = this.#records.open(record);
    if (plaintext === undefined || plaintext.length === 0) return undefined;
    switch (record[0]) {
      case CONTENT_TYPE.applicationData:
        this.#output.events.push({ type: "data", data: plaintext.slice() });
        return undefined;
      case CONTENT_TYPE.alert:
        return this.#handleAlert(plaintext);
      case CONTENT_TYPE.handshake:
        this.#handleHandshake(plaintext[0] ?? 0);
        return undefined;
      default:
        return undefined;
    }
  }

  #handleAlert(alert: Uint8Array): string | undefined {
    if (alert.length !== 2) return undefined;
    const [level, description = 0] = alert;
    if (description === CLOSE_NOTIFY) {
      this.sayClosed();
      return "the peer said close_notify";
    }
    return level === FATAL ? `the peer sent the fatal alert ${description}` : undefined;
  }

  /** The keys of this handshake are the last. */
  #handleHandshake(messageType: number): void {
    if (messageType === FINISHED) this.#repeatLastFlight();
    else if (messageType === (this.#role === "server" ? CLIENT_HELLO : HELLO_REQUEST))
      this.#sendAlert(WARNING, NO_RENEGOTIATION);
  }

  /** The same messages in new records, so that none of them is taken for a replay. */
  #repeatLastFlight(): void {
    if (this.#finished === undefined) return;
    const finished = this.#records.seal(CONTENT_TYPE.handshake, this.#finished);
    if (finished === undefined) return;
    this.#plainSequenceNumber += 1;
    this.#output.datagrams.push(Buffer.concat([serializeChangeCipherSpec(this.#plainSequenceNumber), finished]));
  }

  #sendAlert(level: number, description: number): void {
    this.#send(CONTENT_TYPE.alert, Uint8Array.of(level, description));
  }

  #send(type: number, plaintext: Uint8Array): boolean {
    const record = this.#records.seal(type, plaintext);
    if (record !== undefined) this.#output.datagrams.push(record);
    return record !== undefined;
  }
}

/** A whole record under epoch 0 (RFC 5246 §7.1). */
function serializeChangeCipherSpec(sequenceNumber: number): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + 1);
  const view = new DataView(record.buffer);
  view.setUint8(0, CONTENT_TYPE.changeCipherSpec);
  view.setUint16(1, DTLS_1_2);
  view.setUint16(5, Math.floor(sequenceNumber / 2 ** 32));
  view.setUint32(7, sequenceNumber % 2 ** 32);
  view.setUint16(11, 1);
  view.setUint8(RECORD_HEADER_BYTES, 1);
  return record;
}
