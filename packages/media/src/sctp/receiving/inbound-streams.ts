import type { SctpConstants } from "../sctp-constants.js";
import { extendSsn } from "../serial-number.js";
import type { AssembledMessage } from "./fragment-assembler.js";

interface InboundStream {
  /** Extended. */
  nextSsn: number;
  /** Complete, but others come first; by extended sequence number. */
  readonly waiting: Map<number, AssembledMessage>;
}

/** Brings the messages of each ordered stream into their order (RFC 9260 §6.6). */
export class InboundStreams {
  readonly #overheadBytes: number;
  readonly #deliver: (message: AssembledMessage) => void;
  readonly #streams = new Map<number, InboundStream>();
  #heldBytes = 0;

  constructor(constants: SctpConstants, deliver: (message: AssembledMessage) => void) {
    this.#overheadBytes = constants.messageOverheadBytes;
    this.#deliver = deliver;
  }

  /** Bytes of messages that wait for others, with overhead. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** False: a message of this sequence number has been there already. */
  add(message: AssembledMessage): boolean {
    if (message.isUnordered) {
      this.#deliver(message);
      return true;
    }
    const stream = this.#stream(message.streamId);
    const ssn = extendSsn(message.ssn, stream.nextSsn);
    if (ssn < stream.nextSsn || stream.waiting.has(ssn)) return false;
    if (ssn > stream.nextSsn) {
      stream.waiting.set(ssn, message);
      this.#heldBytes += this.#costBytes(message);
      return true;
    }
    stream.nextSsn++;
    this.#deliver(message);
    this.#flush(stream);
    return true;
  }

  /** [RFC3758 §3.6] No message up to `ssn` (as on the wire) is waited for any more. */
  skip(streamId: number, ssn: number): void {
    const stream = this.#stream(streamId);
    const last = extendSsn(ssn, stream.nextSsn);
    if (last < stream.nextSsn) return;
    const reached = [...stream.waiting.keys()].filter((waiting) => waiting <= last).sort((a, b) => a - b);
    for (const waiting of reached) this.#take(stream, waiting);
    stream.nextSsn = last + 1;
    this.#flush(stream);
  }

  /** [RFC6525 §5.2.2] The next message of this stream has sequence number 0; without an id, of all streams. */
  reset(streamId?: number): void {
    for (const id of streamId === undefined ? [...this.#streams.keys()] : [streamId]) {
      const stream = this.#streams.get(id);
      for (const { payload } of stream?.waiting.values() ?? []) this.#heldBytes -= payload.length + this.#overheadBytes;
      this.#streams.delete(id);
    }
  }

  #flush(stream: InboundStream): void {
    while (stream.waiting.size > 0 && this.#take(stream, stream.nextSsn)) stream.nextSsn++;
  }

  #take(stream: InboundStream, ssn: number): boolean {
    const message = stream.waiting.get(ssn);
    if (message === undefined) return false;
    stream.waiting.delete(ssn);
    this.#heldBytes -= this.#costBytes(message);
    this.#deliver(message);
    return true;
  }

  #stream(streamId: number): InboundStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { nextSsn: 0, waiting: new Map() };
      this.#streams.set(streamId, stream);
    }
    return stream;
  }

  #costBytes({ payload }: AssembledMessage): number {
    return payload.length + this.#overheadBytes;
  }
}
