import { MAX_RTP_BYTES, type PacketPool, type TransportAddress } from "@sluice/media";
import { errno } from "../ffi/library.js";
import type { NativeMemory } from "../ffi/native-memory.js";
import { loadLibc } from "../libc/libc.js";
import { socketAddressBytes } from "../libc/socket-address.js";
import { openUdpSocket } from "../libc/udp-socket.js";
import { ReadinessWatch } from "./readiness-watch.js";
import { RECEIVE_BATCH_CONTROL_BYTES, ReceiveBatch } from "./receive-batch.js";
import { SendQueue } from "./send-queue.js";
import { SEND_TABLE_CONTROL_BYTES, SendTable } from "./send-table.js";
import { DEFAULT_SOCKET_BUFFER_BYTES, type UdpCounters } from "./udp-port.js";

export interface NativeSocketOptions {
  readonly ip: string;
  readonly port: number;
  readonly receiveBufferBytes?: number;
  readonly sendBufferBytes?: number;
  readonly memory: NativeMemory;
  readonly pool: PacketPool;
  /** Socket addresses by AddressId at its beginning, message headers at `controlOffset`, an address to work with at `scratch`. */
  readonly control: NativeMemory;
  readonly scratch: number;
  /** Where {@link NativeSocket.controlBytes} are ours. */
  readonly controlOffset: number;
  readonly segmentLimits: Uint16Array;
  readonly maxBacklogBytes: number;
  readonly counters: UdpCounters;
}

/** Reads in vain after which a socket is woken again instead of being polled. */
const MAX_VAIN_POLLS = 20;

/** One bound socket with its receive batch, its send queue and, once started, its readiness watch. */
export class NativeSocket {
  /** Control memory of one socket; a multiple of 8. */
  static readonly controlBytes = RECEIVE_BATCH_CONTROL_BYTES + SEND_TABLE_CONTROL_BYTES;

  readonly local: TransportAddress;
  readonly batch: ReceiveBatch;
  readonly queue: SendQueue;
  readonly #fd: number;
  #watch: ReadinessWatch | undefined;
  #isPolled = false;
  #vainPolls = 0;

  /** @throws SocketError when the address cannot be bound. */
  constructor(options: NativeSocketOptions) {
    const { memory, control, controlOffset, pool, scratch, ip, port } = options;
    const { receiveBufferBytes = DEFAULT_SOCKET_BUFFER_BYTES, sendBufferBytes = DEFAULT_SOCKET_BUFFER_BYTES } = options;
    const libc = loadLibc();
    const socket = openUdpSocket({ ip, port, receiveBufferBytes, sendBufferBytes, memory: control, scratch });
    this.local = socket.local;
    this.#fd = socket.fd;
    const nameBytes = socketAddressBytes(socket.local.family);
    try {
      this.batch = new ReceiveBatch({
        fd: socket.fd,
        nameBytes,
        packets: memory,
        pool,
        control,
        controlOffset,
        maxDatagramBytes: MAX_RTP_BYTES,
      });
    } catch (error) {
      libc.close(socket.fd);
      throw error;
    }
    this.queue = new SendQueue({
      fd: socket.fd,
      table: new SendTable({
        packets: memory,
        control,
        controlOffset: controlOffset + RECEIVE_BATCH_CONTROL_BYTES,
        addressesOffset: 0,
        nameBytes,
      }),
      packets: memory,
      hasSegmentation: socket.hasSegmentation,
      segmentLimits: options.segmentLimits,
      maxBacklogBytes: options.maxBacklogBytes,
      counters: options.counters,
      kernel: { sendmmsg: libc.sendmmsg, errno },
    });
  }

  watch(onReady: () => void): void {
    this.#watch = new ReadinessWatch(this.#fd, onReady);
  }

  /** Whether nothing wakes us for what arrives, so that it has to be polled. */
  get isPolled(): boolean {
    return this.#isPolled;
  }

  setPolled(isPolled: boolean): void {
    this.#isPolled = isPolled;
    this.#vainPolls = 0;
    this.#watch?.setReadable(!isPolled);
  }

  /** What a poll brought. One that mostly brings nothing costs more than the wake-ups that it saves. */
  handlePolled(received: number): void {
    this.#vainPolls = received > 0 ? 0 : this.#vainPolls + 1;
    if (this.#vainPolls >= MAX_VAIN_POLLS) this.setPolled(false);
  }

  /** Sends what is queued; what is left goes on when the socket can be written again. True when nothing is left. */
  flush(): boolean {
    const isEmpty = this.queue.flush();
    this.#watch?.setWritable(!isEmpty);
    return isEmpty;
  }

  close(): void {
    this.#watch?.close();
    this.batch.close();
    loadLibc().close(this.#fd);
  }
}
