import type { NativeMemory } from "../ffi/native-memory.js";
import { IOVEC, MMSGHDR, SEGMENT_CMSG } from "../libc/message-header.js";
import { SOCKADDR_STRIDE_BYTES } from "../libc/socket-address.js";
import type { SendKernel } from "../udp/send-queue.js";

/** A message as the kernel would read it out of the mmsghdr. */
export interface SentMessage {
  /** Index into the socket addresses at the beginning of the control memory. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** 0: one datagram. */
  readonly segmentBytes: number;
}

/**
 * A kernel that answers as told, for what loopback never does: a full socket, a device without segmentation. It reads the
 * messages from the same memory the real one would.
 */
export class ScriptedKernel implements SendKernel {
  readonly sent: SentMessage[] = [];
  /** The error for a message, or 0 to take it. */
  answer: (message: SentMessage) => number = () => 0;
  readonly #packets: NativeMemory;
  readonly #control: NativeMemory;
  #error = 0;

  constructor(packets: NativeMemory, control: NativeMemory) {
    this.#packets = packets;
    this.#control = control;
  }

  /** As sendmmsg(2): stops at the first error and reports it only when nothing was sent before it. */
  sendmmsg(_fd: number, headers: number, count: number): number {
    for (let index = 0; index < count; index++) {
      const message = this.#read(headers - this.#control.address + index * MMSGHDR.sizeBytes);
      this.#error = this.answer(message);
      if (this.#error !== 0) return index === 0 ? -1 : index;
      this.sent.push(message);
    }
    return count;
  }

  errno(): number {
    return this.#error;
  }

  #read(header: number): SentMessage {
    const { view } = this.#control;
    const pointer = (offset: number) => Number(view.getBigUint64(offset, true));
    const iovec = pointer(header + MMSGHDR.iovec) - this.#control.address;
    const start = pointer(iovec + IOVEC.base) - this.#packets.address;
    const cmsg = pointer(header + MMSGHDR.control) - this.#control.address;
    const isSegmented = pointer(header + MMSGHDR.controlLength) > 0;
    return {
      address: (pointer(header + MMSGHDR.name) - this.#control.address) / SOCKADDR_STRIDE_BYTES,
      bytes: this.#packets.bytes.slice(start, start + pointer(iovec + IOVEC.length)),
      segmentBytes: isSegmented ? view.getUint16(cmsg + SEGMENT_CMSG.data, true) : 0,
    };
  }
}
