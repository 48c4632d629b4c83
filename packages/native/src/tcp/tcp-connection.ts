import type { Socket } from "node:net";
import type { AddressId, TransportAddress } from "@sluice/media";
import { FRAME_HEADER_BYTES, FrameReader } from "./frame-reader.js";

/** One accepted connection, with what the port knows of it. */
export class TcpConnection {
  readonly id: AddressId;
  readonly remote: TransportAddress;
  readonly reader = new FrameReader();
  /** Registrations; while there are none nobody has proven that the connection is of use. */
  references = 0;
  unprovenFrames = 0;
  /** Ended, by either side: nothing is read or written any more. */
  isClosed = false;
  #isCorked = false;
  readonly #socket: Socket;

  constructor(id: AddressId, remote: TransportAddress, socket: Socket) {
    this.id = id;
    this.remote = remote;
    this.#socket = socket;
  }

  /** Written, and not yet taken by the kernel. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** One packet, which is copied. What is written before {@link flush} leaves together. True: this is the first since. */
  write(packet: Uint8Array): boolean {
    const isFirst = !this.#isCorked;
    if (isFirst) this.#socket.cork();
    this.#isCorked = true;
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + packet.length);
    frame.writeUInt16BE(packet.length);
    frame.set(packet, FRAME_HEADER_BYTES);
    this.#socket.write(frame);
    return isFirst;
  }

  flush(): void {
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** What was flushed and the kernel did not take is lost. */
  destroy(): void {
    this.#socket.destroy();
  }
}
