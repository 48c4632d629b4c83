import { MAX_AGE_US, type PacketPool } from "@sluice/media";
import { errno } from "../ffi/library.js";
import { assertInside, type NativeMemory } from "../ffi/native-memory.js";
import { ERRNO } from "../libc/errno.js";
import { loadLibc } from "../libc/libc.js";
import { LINUX } from "../libc/linux-constants.js";
import { IOVEC, MMSGHDR, TIMESPEC, TIMESTAMP_CMSG, writePointer } from "../libc/message-header.js";
import { SOCKADDR_STRIDE_BYTES } from "../libc/socket-address.js";
import { RECEIVE_BATCH } from "./udp-port.js";

/** Bytes of control memory one {@link ReceiveBatch} needs; a multiple of 8. */
export const RECEIVE_BATCH_CONTROL_BYTES =
  RECEIVE_BATCH * (MMSGHDR.sizeBytes + IOVEC.sizeBytes + SOCKADDR_STRIDE_BYTES + TIMESTAMP_CMSG.sizeBytes) + TIMESPEC.sizeBytes;

/** One to give to the core and one to go on with. */
const MIN_SLOTS = 2;

export interface ReceiveBatchOptions {
  readonly fd: number;
  readonly nameBytes: number;
  readonly packets: NativeMemory;
  readonly pool: PacketPool;
  readonly control: NativeMemory;
  /** Where {@link RECEIVE_BATCH_CONTROL_BYTES} are ours. */
  readonly controlOffset: number;
  /** Most bytes a datagram may have: one more is read, so that longer ones show. */
  readonly maxDatagramBytes: number;
}

/**
 * One recvmmsg call at a time into slots of the packet pool.
 *
 * Holds up to {@link RECEIVE_BATCH} slots, fewer when the pool has no more to give. Every datagram of a batch is
 * {@link detach}ed before the core sees it and then either replaced (the core kept the slot) or put back.
 */
export class ReceiveBatch {
  readonly #recvmmsg = loadLibc().recvmmsg;
  readonly #clockGettime = loadLibc().clock_gettime;
  readonly #fd: number;
  readonly #pool: PacketPool;
  readonly #packets: NativeMemory;
  readonly #maxDatagramBytes: number;
  readonly #words: Uint32Array;
  readonly #headers: number;
  readonly #headersAddress: number;
  readonly #iovecs: number;
  readonly #names: number;
  readonly #stamps: number;
  /** The time of the batch, in control memory. */
  readonly #clock: number;
  readonly #clockAddress: number;
  /** Slot offsets by message, -1 where there is none. The first `#filled` have one, but for those detached just now. */
  readonly #slots = new Int32Array(RECEIVE_BATCH).fill(-1);
  #filled = 0;

  constructor(options: ReceiveBatchOptions) {
    const { control, controlOffset } = options;
    assertInside(control, controlOffset, RECEIVE_BATCH_CONTROL_BYTES);
    this.#fd = options.fd;
    this.#pool = options.pool;
    this.#packets = options.packets;
    this.#maxDatagramBytes = options.maxDatagramBytes;
    this.#words = new Uint32Array(control.bytes.buffer, control.bytes.byteOffset, control.bytes.length >> 2);
    this.#headers = controlOffset;
    this.#headersAddress = control.address + controlOffset;
    this.#iovecs = controlOffset + RECEIVE_BATCH * MMSGHDR.sizeBytes;
    this.#names = this.#iovecs + RECEIVE_BATCH * IOVEC.sizeBytes;
    this.#stamps = this.#names + RECEIVE_BATCH * SOCKADDR_STRIDE_BYTES;
    this.#clock = this.#stamps + RECEIVE_BATCH * TIMESTAMP_CMSG.sizeBytes;
    this.#clockAddress = control.address + this.#clock;
    for (let index = 0; index < RECEIVE_BATCH; index++) {
      const header = this.#headers + index * MMSGHDR.sizeBytes;
      const iovec = this.#iovecs + index * IOVEC.sizeBytes;
      writePointer(this.#words, header + MMSGHDR.name, control.address + this.#names + index * SOCKADDR_STRIDE_BYTES);
      // Written once: the kernel stores what it used, which for UDP is always the whole sockaddr of the family.
      this.#words[(header + MMSGHDR.nameLength) >> 2] = options.nameBytes;
      writePointer(this.#words, header + MMSGHDR.iovec, control.address + iovec);
      this.#words[(header + MMSGHDR.iovecCount) >> 2] = 1;
      // The kernel stores what it used here as well, which is all of it as long as it stamps.
      writePointer(this.#words, header + MMSGHDR.control, control.address + this.#stamps + index * TIMESTAMP_CMSG.sizeBytes);
      this.#words[(header + MMSGHDR.controlLength) >> 2] = TIMESTAMP_CMSG.sizeBytes;
      this.#words[(iovec + IOVEC.length) >> 2] = options.maxDatagramBytes + 1;
    }
    this.#refill();
    if (this.#filled >= MIN_SLOTS) return;
    this.close();
    throw new RangeError(`the packet pool has fewer than ${MIN_SLOTS} slots to receive into`);
  }

  /**
   * Receives up to `limit` datagrams without waiting. 0: there are none. -1: the socket reported an error, now taken off it.
   */
  receive(limit: number): number {
    if (this.#filled < RECEIVE_BATCH) this.#refill();
    const count = Math.min(limit, this.#filled);
    const received = this.#recvmmsg(this.#fd, this.#headersAddress, count, LINUX.MSG_DONTWAIT, 0);
    if (received > 0) this.#clockGettime(LINUX.CLOCK_REALTIME, this.#clockAddress);
    if (received >= 0) return received;
    const error = errno();
    return error === ERRNO.EAGAIN || error === ERRNO.EINTR ? 0 : -1;
  }

  /** Bytes of datagram `index`; `maxDatagramBytes + 1` stands for "longer than that". */
  sizeBytes(index: number): number {
    return this.#words[(this.#headers + index * MMSGHDR.sizeBytes + MMSGHDR.messageLength) >> 2] as number;
  }

  /** How long datagram `index` had waited when it was received, in µs; 0 when the kernel does not say, or says nonsense. */
  ageUs(index: number): number {
    const words = this.#words;
    const controlLength = (this.#headers + index * MMSGHDR.sizeBytes + MMSGHDR.controlLength) >> 2;
    if (words[controlLength] !== TIMESTAMP_CMSG.sizeBytes) {
      words[controlLength] = TIMESTAMP_CMSG.sizeBytes;
      return 0;
    }
    const stamp = (this.#stamps + index * TIMESTAMP_CMSG.sizeBytes + TIMESTAMP_CMSG.data) >> 2;
    const clock = this.#clock >> 2;
    const seconds = ((words[clock] as number) - (words[stamp] as number)) | 0;
    // More is nonsense, and must not overflow below.
    if (seconds < 0 || seconds > 2) return 0;
    const nanoseconds = ((words[clock + 2] as number) - (words[stamp + 2] as number)) | 0;
    const ageUs = (seconds * 1_000_000 + nanoseconds / 1000) | 0;
    return Math.max(0, Math.min(ageUs, MAX_AGE_US));
  }

  /** Byte offset of the source's socket address in the control memory. */
  nameOffset(index: number): number {
    return this.#names + index * SOCKADDR_STRIDE_BYTES;
  }

  /** Whether giving away one more slot could leave none to receive into: then the socket could not even be drained. */
  get isLastSlot(): boolean {
    return this.#filled === 1;
  }

  /** Takes the slot of datagram `index` out; {@link attach} or {@link replace} follows. */
  detach(index: number): number {
    const offset = this.#slots[index] as number;
    this.#slots[index] = -1;
    return offset;
  }

  /** The slot is ours again. */
  attach(index: number, offset: number): void {
    this.#slots[index] = offset;
  }

  /** The core kept the slot: another one takes its place if the pool has one. */
  replace(index: number): void {
    const fresh = this.#pool.take();
    if (fresh < 0) this.#filled--;
    else this.#place(index, fresh);
  }

  /** Gives every slot back to the pool. Nothing may be received afterwards. */
  close(): void {
    for (const offset of this.#slots) if (offset >= 0) this.#pool.release(offset);
    this.#slots.fill(-1);
    this.#filled = 0;
  }

  /** Moves the slots we have to the front and fills up from the pool. */
  #refill(): void {
    let filled = 0;
    for (let index = 0; index < RECEIVE_BATCH; index++) {
      const offset = this.#slots[index] as number;
      if (offset < 0) continue;
      this.#slots[index] = -1;
      this.#place(filled++, offset);
    }
    while (filled < RECEIVE_BATCH) {
      const fresh = this.#pool.take();
      if (fresh < 0) break;
      this.#place(filled++, fresh);
    }
    this.#filled = filled;
  }

  #place(index: number, offset: number): void {
    assertInside(this.#packets, offset, this.#maxDatagramBytes + 1);
    this.#slots[index] = offset;
    writePointer(this.#words, this.#iovecs + index * IOVEC.sizeBytes + IOVEC.base, this.#packets.address + offset);
  }
}
