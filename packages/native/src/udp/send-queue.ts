import type { AddressId } from "@sluice/media";
import { assertInside, type NativeMemory } from "../ffi/native-memory.js";
import { ERRNO } from "../libc/errno.js";
import { LINUX } from "../libc/linux-constants.js";
import type { SendTable } from "./send-table.js";
import type { UdpCounters } from "./udp-port.js";

/** Most datagrams of one message. Kernels before 6.x take 64. */
export const MAX_SEGMENTS = 60;
/** Most bytes of one message: an IP datagram's 65,535 less room for headers. */
export const MAX_MESSAGE_BYTES = 64_000;
/** Most messages that wait for a socket that is full. */
export const MAX_BACKLOG_MESSAGES = 256;

/** The two calls a queue makes; libc in a process, a script in a test. */
export interface SendKernel {
  sendmmsg(fd: number, headers: number, count: number, flags: number): number;
  /** Error of the last call. */
  errno(): number;
}

export interface SendQueueOptions {
  readonly fd: number;
  readonly table: SendTable;
  readonly packets: NativeMemory;
  readonly hasSegmentation: boolean;
  /** Largest segment to merge by address, shared by the queues of a port; lowered when the kernel refuses. */
  readonly segmentLimits: Uint16Array;
  /** Most bytes that wait for a socket that is full. */
  readonly maxBacklogBytes: number;
  readonly counters: UdpCounters;
  readonly kernel: SendKernel;
}

/**
 * What one socket will send at the next flush, oldest first: datagrams in a row for one address become one message with a
 * segment size (UDP GSO, udp(7) UDP_SEGMENT), and all messages one sendmmsg call.
 *
 * A socket that is full leaves a backlog: it stays queued, within bounds, and makes room by dropping the oldest video, audio
 * only when no video is left.
 */
export class SendQueue {
  readonly #fd: number;
  readonly #table: SendTable;
  readonly #packets: NativeMemory;
  readonly #segmentLimits: Uint16Array;
  readonly #maxBacklogBytes: number;
  readonly #counters: UdpCounters;
  readonly #kernel: SendKernel;
  #hasSegmentation: boolean;
  /** Messages already moved by the compaction that is going on. */
  #moved = 0;

  constructor(options: SendQueueOptions) {
    this.#fd = options.fd;
    this.#table = options.table;
    this.#packets = options.packets;
    this.#hasSegmentation = options.hasSegmentation;
    this.#segmentLimits = options.segmentLimits;
    this.#maxBacklogBytes = options.maxBacklogBytes;
    this.#counters = options.counters;
    this.#kernel = options.kernel;
  }

  get hasSegmentation(): boolean {
    return this.#hasSegmentation;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#table.count;
  }

  get isEmpty(): boolean {
    return this.#table.count === 0;
  }

  /** When true, {@link flush} before the next {@link append}. */
  get isFull(): boolean {
    return this.#table.count === this.#table.capacity;
  }

  /** Queues the datagram at `offset`, which must stay as it is until it has left. */
  append(offset: number, sizeBytes: number, address: AddressId, isAudio: boolean): void {
    assertInside(this.#packets, offset, sizeBytes);
    const table = this.#table;
    const last = table.count - 1;
    if (last >= 0 && this.#canMerge(last, offset, sizeBytes, address, isAudio)) table.extend(last, sizeBytes);
    else table.push(offset, sizeBytes, address, isAudio);
  }

  /** Sends until the queue is empty or the socket full. True when it is empty. */
  flush(): boolean {
    const table = this.#table;
    let next = 0;
    let oneByOne = false;
    while (next < table.count) {
      if (oneByOne && table.segmentCount(next) > 1 && !this.#mayMerge(table.address(next), table.segmentBytes(next))) {
        if (!this.#sendSplit(next)) break;
        next++;
        continue;
      }
      const sent = this.#send(table.headerAddress(next), oneByOne ? 1 : table.count - next);
      if (sent > 0) {
        for (const end = next + sent; next < end; next++) this.#counters.sentDatagrams += table.segmentCount(next);
        continue;
      }
      const error = sent === 0 ? ERRNO.EAGAIN : this.#kernel.errno();
      if (error === ERRNO.EAGAIN) break;
      if (error === ERRNO.EINTR) continue;
      if (error === ERRNO.ENOBUFS) {
        // A full device queue, about which no readiness will tell: what waits in the hope of room would wait too long.
        next = this.#dropOldest(next);
      } else if (table.segmentCount(next) > 1 && isSegmentationRefusal(error)) {
        this.#refuseSegmentation(error, next);
        oneByOne = true;
      } else {
        this.#counters.droppedSendError += table.segmentCount(next++);
      }
    }
    table.removeFirst(next);
    if (!this.isEmpty) this.#trimBacklog();
    return this.isEmpty;
  }

  /** Offset of the next message {@link moveNext} would move, Infinity when there is none. */
  get nextToMove(): number {
    return this.#moved < this.#table.count ? this.#table.offset(this.#moved) : Number.POSITIVE_INFINITY;
  }

  /** Compaction of the send area: moves one message of the backlog down to `target` and returns where it ends. */
  moveNext(target: number): number {
    const offset = this.#table.offset(this.#moved);
    const totalBytes = this.#table.totalBytes(this.#moved);
    this.#packets.bytes.copyWithin(target, offset, offset + totalBytes);
    this.#table.relocate(this.#moved, target);
    this.#moved++;
    return target + totalBytes;
  }

  endMove(): void {
    this.#moved = 0;
  }

  #canMerge(last: number, offset: number, sizeBytes: number, address: AddressId, isAudio: boolean): boolean {
    const table = this.#table;
    const segmentBytes = table.segmentBytes(last);
    const totalBytes = table.totalBytes(last);
    return (
      table.address(last) === address &&
      // Apart, so that video can be dropped without audio.
      table.isAudio(last) === isAudio &&
      sizeBytes <= segmentBytes &&
      // Only the last segment may be shorter, so a run ends with the first that is.
      totalBytes === segmentBytes * table.segmentCount(last) &&
      table.offset(last) + totalBytes === offset &&
      table.segmentCount(last) < MAX_SEGMENTS &&
      totalBytes + sizeBytes <= MAX_MESSAGE_BYTES &&
      this.#mayMerge(address, segmentBytes)
    );
  }

  #mayMerge(address: AddressId, segmentBytes: number): boolean {
    return this.#hasSegmentation && segmentBytes <= (this.#segmentLimits[address] as number);
  }

  #send(headers: number, count: number): number {
    const sent = this.#kernel.sendmmsg(this.#fd, headers, count, LINUX.MSG_DONTWAIT);
    this.#counters.sendCalls++;
    if (sent > 0) this.#counters.sentMessages += sent;
    return sent;
  }

  /** Sends a merged message datagram by datagram. False when the socket was full; the rest stays in the message. */
  #sendSplit(index: number): boolean {
    const table = this.#table;
    while (table.segmentCount(index) > 0) {
      const sent = this.#send(table.firstSegmentHeaderAddress(index), 1);
      const error = sent > 0 ? 0 : this.#kernel.errno();
      if (error === ERRNO.EAGAIN || error === ERRNO.ENOBUFS) return false;
      if (error === ERRNO.EINTR) continue;
      if (sent > 0) this.#counters.sentDatagrams++;
      else this.#counters.droppedSendError++;
      table.removeFirstSegment(index);
    }
    return true;
  }

  /**
   * EINVAL means this size for this destination (segment plus headers above its path MTU): a smaller one may do, and other
   * destinations are not concerned, for a peer can lower its own path MTU. The rest means not on this socket, for ever.
   */
  #refuseSegmentation(error: number, index: number): void {
    this.#counters.segmentationFallbacks++;
    if (error === ERRNO.EINVAL || error === ERRNO.EMSGSIZE) {
      this.#segmentLimits[this.#table.address(index)] = this.#table.segmentBytes(index) - 1;
    } else {
      this.#hasSegmentation = false;
    }
  }

  /** Drops the oldest video from `first` on, or else the oldest message. Returns the first that is left. */
  #dropOldest(first: number): number {
    const table = this.#table;
    const video = table.firstVideo(first);
    const victim = video < 0 ? first : video;
    this.#counters.droppedSocketFull += table.segmentCount(victim);
    table.shiftUp(first, victim);
    return first + 1;
  }

  #trimBacklog(): void {
    const table = this.#table;
    let waitingBytes = 0;
    for (let index = 0; index < table.count; index++) waitingBytes += table.totalBytes(index);
    let first = 0;
    while (table.count - first > MAX_BACKLOG_MESSAGES || waitingBytes > this.#maxBacklogBytes) {
      const video = table.firstVideo(first);
      waitingBytes -= table.totalBytes(video < 0 ? first : video);
      first = this.#dropOldest(first);
    }
    table.removeFirst(first);
  }
}

function isSegmentationRefusal(error: number): boolean {
  return (
    error === ERRNO.EIO ||
    error === ERRNO.EINVAL ||
    error === ERRNO.EMSGSIZE ||
    error === ERRNO.ENOPROTOOPT ||
    error === ERRNO.EOPNOTSUPP
  );
}
