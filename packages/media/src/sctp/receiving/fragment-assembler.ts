import type { DataChunk } from "../wire/chunk.js";

/** One whole message as it came off a stream. */
export interface IncomingMessage {
  readonly streamId: number;
  readonly ppid: number;
  readonly payload: Uint8Array;
}

/** What all fragments of a message have in common. */
type Origin = Pick<DataChunk, "streamId" | "ppid" | "ssn" | "isUnordered">;

/** A message that is complete; it may still have to wait for others of its stream. */
export interface AssembledMessage extends IncomingMessage {
  readonly isUnordered: boolean;
  /** As on the wire. */
  readonly ssn: number;
  /** It was longer than we take: its payload is gone. */
  readonly isOversized: boolean;
}

interface Fragment {
  readonly payload: Uint8Array;
  next: Fragment | undefined;
}

/** Fragments of one message whose TSNs follow each other. */
interface Run {
  start: number;
  end: number;
  hasBeginning: boolean;
  hasEnding: boolean;
  /** Fragments in order; none when the message is too long. */
  first: Fragment | undefined;
  last: Fragment | undefined;
  sizeBytes: number;
  /** What it is charged for. */
  heldBytes: number;
  isOversized: boolean;
  readonly origin: Origin;
}

/**
 * Puts fragments together, in whatever order they arrive: neighbours by TSN become one run, and a run from a beginning to an ending is a message
 * (RFC 9260 §6.9). Constant time per fragment, but for the copy of the finished message.
 */
export class FragmentAssembler {
  readonly #maxMessageBytes: number;
  readonly #overheadBytes: number;
  /** Every run twice: by its first and by its last TSN. Extended. */
  readonly #byStart = new Map<number, Run>();
  readonly #byEnd = new Map<number, Run>();
  #heldBytes = 0;

  constructor(maxMessageBytes: number, overheadBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#overheadBytes = overheadBytes;
  }

  /** Runs that wait for more. */
  get runs(): number {
    return this.#byStart.size;
  }

  /** Bytes of fragments, with overhead. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A fragment that has not arrived before, `tsn` extended; the message that it completes. */
  add(chunk: DataChunk, tsn: number): AssembledMessage | undefined {
    if (chunk.isBeginning && chunk.isEnding) {
      return assembled(chunk, chunk.payload.slice(), chunk.payload.length > this.#maxMessageBytes);
    }
    let run = this.#create(chunk, tsn);
    const before = chunk.isBeginning ? undefined : this.#byEnd.get(tsn - 1);
    if (before !== undefined && !before.hasEnding && isSameMessage(before.origin, chunk)) run = this.#join(before, run);
    const behind = chunk.isEnding ? undefined : this.#byStart.get(tsn + 1);
    if (behind !== undefined && !behind.hasBeginning && isSameMessage(run.origin, behind.origin)) run = this.#join(run, behind);
    if (!run.hasBeginning || !run.hasEnding) return undefined;
    this.#remove(run);
    return assembled(run.origin, join(run), run.isOversized);
  }

  /** [RFC3758 §3.6] Messages that have a fragment at `tsn` or below will never be complete. */
  forget(tsn: number): void {
    for (const run of this.#byStart.values()) if (run.start <= tsn) this.#remove(run);
  }

  #create(chunk: DataChunk, tsn: number): Run {
    // A short view would keep a long packet in memory, for which nobody is charged.
    const isShort = chunk.payload.length * 2 < chunk.payload.buffer.byteLength;
    const fragment: Fragment = { payload: isShort ? chunk.payload.slice() : chunk.payload, next: undefined };
    const sizeBytes = chunk.payload.length;
    const run: Run = {
      start: tsn,
      end: tsn,
      hasBeginning: chunk.isBeginning,
      hasEnding: chunk.isEnding,
      first: fragment,
      last: fragment,
      sizeBytes,
      heldBytes: sizeBytes + this.#overheadBytes,
      isOversized: false,
      origin: { streamId: chunk.streamId, ppid: chunk.ppid, ssn: chunk.ssn, isUnordered: chunk.isUnordered },
    };
    this.#index(run);
    return run;
  }

  /** `left` and `right` are neighbours; `left` takes over. */
  #join(left: Run, right: Run): Run {
    this.#remove(left);
    this.#remove(right);
    left.end = right.end;
    left.hasEnding = right.hasEnding;
    left.sizeBytes += right.sizeBytes;
    if (left.isOversized || right.isOversized || left.sizeBytes > this.#maxMessageBytes) {
      left.isOversized = true;
      left.first = undefined;
      left.last = undefined;
      left.heldBytes = this.#overheadBytes;
    } else {
      if (left.last !== undefined) left.last.next = right.first;
      left.last = right.last;
      left.heldBytes += right.heldBytes;
    }
    this.#index(left);
    return left;
  }

  #index(run: Run): void {
    this.#byStart.set(run.start, run);
    this.#byEnd.set(run.end, run);
    this.#heldBytes += run.heldBytes;
  }

  #remove(run: Run): void {
    this.#byStart.delete(run.start);
    this.#byEnd.delete(run.end);
    this.#heldBytes -= run.heldBytes;
  }
}

function isSameMessage(a: Origin, b: Origin): boolean {
  return a.streamId === b.streamId && a.isUnordered === b.isUnordered && (a.isUnordered || a.ssn === b.ssn);
}

function assembled(origin: Origin, payload: Uint8Array, isOversized: boolean): AssembledMessage {
  const { streamId, ppid, ssn, isUnordered } = origin;
  return { streamId, ppid, ssn, isUnordered, payload, isOversized };
}

function join(run: Run): Uint8Array {
  if (run.isOversized) return new Uint8Array();
  const payload = new Uint8Array(run.sizeBytes);
  let offset = 0;
  for (let fragment = run.first; fragment !== undefined; fragment = fragment.next) {
    payload.set(fragment.payload, offset);
    offset += fragment.payload.length;
  }
  return payload;
}
