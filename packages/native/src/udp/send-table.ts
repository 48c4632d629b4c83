import type { AddressId } from "@sluice/media";
import { assertInside, type NativeMemory } from "../ffi/native-memory.js";
import { LINUX } from "../libc/linux-constants.js";
import { IOVEC, MMSGHDR, SEGMENT_CMSG, writePointer } from "../libc/message-header.js";
import { SOCKADDR_STRIDE_BYTES } from "../libc/socket-address.js";

/** Messages one table holds, and the most of one sendmmsg call (the kernel takes 1024). */
export const SEND_TABLE_MESSAGES = 512;

/** One header more than messages: for a single datagram cut out of a merged message. */
const HEADERS = SEND_TABLE_MESSAGES + 1;

/** Bytes of control memory one {@link SendTable} needs; a multiple of 8. */
export const SEND_TABLE_CONTROL_BYTES = HEADERS * (MMSGHDR.sizeBytes + IOVEC.sizeBytes + SEGMENT_CMSG.sizeBytes);

export interface SendTableOptions {
  readonly packets: NativeMemory;
  readonly control: NativeMemory;
  /** Where {@link SEND_TABLE_CONTROL_BYTES} are ours. */
  readonly controlOffset: number;
  /** Where the socket addresses by {@link AddressId} begin in `control`. */
  readonly addressesOffset: number;
  readonly nameBytes: number;
}

/** Messages in order, each a row of numbers here and an mmsghdr in native memory that says the same to the kernel. */
export class SendTable {
  readonly #words: Uint32Array;
  readonly #headers: number;
  readonly #headersAddress: number;
  readonly #iovecs: number;
  readonly #controls: number;
  readonly #packetsAddress: number;
  readonly #addressesAddress: number;
  readonly #offsets = new Int32Array(SEND_TABLE_MESSAGES);
  readonly #totalBytes = new Int32Array(SEND_TABLE_MESSAGES);
  readonly #segmentBytes = new Int32Array(SEND_TABLE_MESSAGES);
  readonly #segmentCounts = new Int32Array(SEND_TABLE_MESSAGES);
  readonly #addresses = new Int32Array(SEND_TABLE_MESSAGES);
  readonly #isAudio = new Uint8Array(SEND_TABLE_MESSAGES);
  #count = 0;

  constructor(options: SendTableOptions) {
    const { control, controlOffset } = options;
    assertInside(control, controlOffset, SEND_TABLE_CONTROL_BYTES);
    this.#words = new Uint32Array(control.bytes.buffer, control.bytes.byteOffset, control.bytes.length >> 2);
    this.#headers = controlOffset;
    this.#headersAddress = control.address + controlOffset;
    this.#iovecs = controlOffset + HEADERS * MMSGHDR.sizeBytes;
    this.#controls = this.#iovecs + HEADERS * IOVEC.sizeBytes;
    this.#packetsAddress = options.packets.address;
    this.#addressesAddress = control.address + options.addressesOffset;
    for (let index = 0; index < HEADERS; index++) {
      const header = this.#headers + index * MMSGHDR.sizeBytes;
      const cmsg = this.#controls + index * SEGMENT_CMSG.sizeBytes;
      this.#words[(header + MMSGHDR.nameLength) >> 2] = options.nameBytes;
      writePointer(this.#words, header + MMSGHDR.iovec, control.address + this.#iovecs + index * IOVEC.sizeBytes);
      this.#words[(header + MMSGHDR.iovecCount) >> 2] = 1;
      writePointer(this.#words, header + MMSGHDR.control, control.address + cmsg);
      this.#words[(cmsg + SEGMENT_CMSG.length) >> 2] = SEGMENT_CMSG.lengthValue;
      this.#words[(cmsg + SEGMENT_CMSG.level) >> 2] = LINUX.SOL_UDP;
      this.#words[(cmsg + SEGMENT_CMSG.type) >> 2] = LINUX.UDP_SEGMENT;
    }
  }

  get count(): number {
    return this.#count;
  }

  get capacity(): number {
    return SEND_TABLE_MESSAGES;
  }

  offset(index: number): number {
    return this.#offsets[index] as number;
  }

  totalBytes(index: number): number {
    return this.#totalBytes[index] as number;
  }

  /** Size of every datagram of the message but the last, which may be shorter. */
  segmentBytes(index: number): number {
    return this.#segmentBytes[index] as number;
  }

  segmentCount(index: number): number {
    return this.#segmentCounts[index] as number;
  }

  address(index: number): AddressId {
    return this.#addresses[index] as number;
  }

  isAudio(index: number): boolean {
    return this.#isAudio[index] === 1;
  }

  /** Native address of the mmsghdr of message `index`; those of the following messages come right behind it. */
  headerAddress(index: number): number {
    return this.#headersAddress + index * MMSGHDR.sizeBytes;
  }

  /** Adds a message of one datagram. The caller has seen that there is room. */
  push(offset: number, sizeBytes: number, address: AddressId, isAudio: boolean): void {
    const index = this.#count++;
    this.#offsets[index] = offset;
    this.#totalBytes[index] = sizeBytes;
    this.#segmentBytes[index] = sizeBytes;
    this.#segmentCounts[index] = 1;
    this.#addresses[index] = address;
    this.#isAudio[index] = isAudio ? 1 : 0;
    this.#write(index, offset, sizeBytes, address, 0);
  }

  /** Appends the datagram that lies right behind message `index` to it. */
  extend(index: number, sizeBytes: number): void {
    const totalBytes = this.totalBytes(index) + sizeBytes;
    this.#totalBytes[index] = totalBytes;
    this.#segmentCounts[index] = this.segmentCount(index) + 1;
    this.#words[(this.#iovecs + index * IOVEC.sizeBytes + IOVEC.length) >> 2] = totalBytes;
    if (this.segmentCount(index) === 2) this.#writeSegment(index, this.segmentBytes(index));
  }

  /** The first video message from `first` on, or -1. */
  firstVideo(first: number): number {
    for (let index = first; index < this.#count; index++) if (this.#isAudio[index] === 0) return index;
    return -1;
  }

  /** Overwrites message `last` by moving `[first, last)` up by one place; `first` is then free to be removed. */
  shiftUp(first: number, last: number): void {
    for (const column of this.#columns()) column.copyWithin(first + 1, first, last);
    for (let index = first + 1; index <= last; index++) this.#rewrite(index);
  }

  removeFirst(count: number): void {
    if (count === 0) return;
    const left = this.#count - count;
    this.#count = left;
    if (left === 0) return;
    for (const column of this.#columns()) column.copyWithin(0, count, count + left);
    for (let index = 0; index < left; index++) this.#rewrite(index);
  }

  /** The bytes of message `index` now lie at `offset`. */
  relocate(index: number, offset: number): void {
    this.#offsets[index] = offset;
    this.#rewrite(index);
  }

  /** Native address of an mmsghdr for the first datagram of message `index` alone; valid until the next call. */
  firstSegmentHeaderAddress(index: number): number {
    const sizeBytes = Math.min(this.segmentBytes(index), this.totalBytes(index));
    this.#write(SEND_TABLE_MESSAGES, this.offset(index), sizeBytes, this.address(index), 0);
    return this.headerAddress(SEND_TABLE_MESSAGES);
  }

  removeFirstSegment(index: number): void {
    const sizeBytes = Math.min(this.segmentBytes(index), this.totalBytes(index));
    this.#offsets[index] = this.offset(index) + sizeBytes;
    this.#totalBytes[index] = this.totalBytes(index) - sizeBytes;
    this.#segmentCounts[index] = this.segmentCount(index) - 1;
    this.#rewrite(index);
  }

  #columns(): readonly (Int32Array | Uint8Array)[] {
    return [this.#offsets, this.#totalBytes, this.#segmentBytes, this.#segmentCounts, this.#addresses, this.#isAudio];
  }

  #rewrite(index: number): void {
    const segmentBytes = this.segmentCount(index) > 1 ? this.segmentBytes(index) : 0;
    this.#write(index, this.offset(index), this.totalBytes(index), this.address(index), segmentBytes);
  }

  #write(header: number, offset: number, totalBytes: number, address: AddressId, segmentBytes: number): void {
    const headerOffset = this.#headers + header * MMSGHDR.sizeBytes;
    const iovec = this.#iovecs + header * IOVEC.sizeBytes;
    writePointer(this.#words, headerOffset + MMSGHDR.name, this.#addressesAddress + address * SOCKADDR_STRIDE_BYTES);
    writePointer(this.#words, iovec + IOVEC.base, this.#packetsAddress + offset);
    this.#words[(iovec + IOVEC.length) >> 2] = totalBytes;
    this.#writeSegment(header, segmentBytes);
  }

  /** 0: no segmentation; the control message is there but the header does not mention it. */
  #writeSegment(header: number, segmentBytes: number): void {
    const isSegmented = segmentBytes > 0;
    this.#words[(this.#headers + header * MMSGHDR.sizeBytes + MMSGHDR.controlLength) >> 2] = isSegmented
      ? SEGMENT_CMSG.sizeBytes
      : 0;
    if (isSegmented) this.#words[(this.#controls + header * SEGMENT_CMSG.sizeBytes + SEGMENT_CMSG.data) >> 2] = segmentBytes;
  }
}
