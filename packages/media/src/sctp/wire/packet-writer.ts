import { CHUNK, CHUNK_HEADER_BYTES, COMMON_HEADER_BYTES, DATA_HEADER_BYTES } from "./chunk.js";
import { packetChecksum } from "./packet-parser.js";
import { padded } from "./type-length-value.js";

/** One DATA chunk to write; TSN and sequence number may be extended. */
export interface DataToWrite {
  readonly tsn: number;
  readonly streamId: number;
  readonly ssn: number;
  readonly ppid: number;
  readonly isUnordered: boolean;
  readonly isBeginning: boolean;
  readonly isEnding: boolean;
}

/** Memory to write packets in, one at a time. */
export class PacketBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** Puts chunks into one packet after another, each in the same memory, which other writers may use between two packets. */
export class PacketWriter {
  readonly #sourcePort: number;
  readonly #destinationPort: number;
  readonly #maxPacketBytes: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = COMMON_HEADER_BYTES;

  /** `buffer` has `maxPacketBytes` bytes or more; one of its own unless given. */
  constructor(
    sourcePort: number,
    destinationPort: number,
    maxPacketBytes: number,
    buffer: PacketBuffer = new PacketBuffer(maxPacketBytes),
  ) {
    this.#sourcePort = sourcePort;
    this.#destinationPort = destinationPort;
    this.#maxPacketBytes = maxPacketBytes;
    this.#bytes = buffer.bytes;
    this.#view = buffer.view;
  }

  get isEmpty(): boolean {
    return this.#length === COMMON_HEADER_BYTES;
  }

  /** Room for one more chunk with its header and padding, bytes. */
  get remainingBytes(): number {
    return this.#maxPacketBytes - this.#length;
  }

  /** Begins a packet; what was in the memory is gone. */
  begin(verificationTag: number): void {
    this.#view.setUint16(0, this.#sourcePort);
    this.#view.setUint16(2, this.#destinationPort);
    this.#view.setUint32(4, verificationTag);
    this.#length = COMMON_HEADER_BYTES;
  }

  /** False: the chunk does not fit into this packet any more. */
  append(chunk: Uint8Array): boolean {
    if (padded(chunk.length) > this.remainingBytes) return false;
    this.#bytes.set(chunk, this.#length);
    this.#advance(chunk.length);
    return true;
  }

  /** `payload[start, end)` as a DATA chunk. The caller has looked at {@link remainingBytes}. */
  appendData(chunk: DataToWrite, payload: Uint8Array, start: number, end: number): void {
    const at = this.#length;
    const view = this.#view;
    this.#bytes[at] = CHUNK.data;
    this.#bytes[at + 1] = (chunk.isUnordered ? 4 : 0) | (chunk.isBeginning ? 2 : 0) | (chunk.isEnding ? 1 : 0);
    view.setUint16(at + 2, DATA_HEADER_BYTES + end - start);
    view.setUint32(at + 4, chunk.tsn);
    view.setUint16(at + 8, chunk.streamId);
    view.setUint16(at + 10, chunk.ssn);
    view.setUint32(at + 12, chunk.ppid);
    this.#bytes.set(payload.subarray(start, end), at + DATA_HEADER_BYTES);
    this.#advance(DATA_HEADER_BYTES + end - start);
  }

  /** The packet with its checksum: a view, good until the next {@link begin} of a writer in this memory. */
  finish(): Uint8Array {
    const packet = this.#bytes.subarray(0, this.#length);
    this.#view.setUint32(8, packetChecksum(packet), true);
    return packet;
  }

  #advance(length: number): void {
    this.#bytes.fill(0, this.#length + length, this.#length + padded(length));
    this.#length += padded(length);
  }
}

/** A chunk of a type, flags and value. */
export function serializeChunk(type: number, value: Uint8Array = new Uint8Array(), flags = 0): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + value.length);
  bytes[0] = type;
  bytes[1] = flags;
  new DataView(bytes.buffer).setUint16(2, bytes.length);
  bytes.set(value, CHUNK_HEADER_BYTES);
  return bytes;
}

/** A chunk whose value is one 32-bit number. */
export function serializeNumberChunk(type: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return serializeChunk(type, bytes);
}

/** One packet of one chunk, in memory of its own. */
export function serializePacket(sourcePort: number, destinationPort: number, tag: number, chunk: Uint8Array): Uint8Array {
  const writer = new PacketWriter(sourcePort, destinationPort, COMMON_HEADER_BYTES + padded(chunk.length));
  writer.begin(tag);
  writer.append(chunk);
  return writer.finish();
}
