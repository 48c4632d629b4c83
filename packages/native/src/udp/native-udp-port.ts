import {
  type AddressId,
  type Ingress,
  type Instant,
  MAX_RTP_BYTES,
  type TransportAddress,
  UNKNOWN_ADDRESS,
} from "@sluice/media";
import { borrowNativeMemory, returnNativeMemory } from "../ffi/memory-shelf.js";
import type { NativeMemory } from "../ffi/native-memory.js";
import { readSocketAddress, SOCKADDR_STRIDE_BYTES, SOCKADDR_STRIDE_WORDS, writeSocketAddress } from "../libc/socket-address.js";
import { SOCKET_SCRATCH_BYTES } from "../libc/udp-socket.js";
import { AddressTable } from "./address-table.js";
import { monotonicNow } from "./monotonic-clock.js";
import { NativeSocket } from "./native-socket.js";
import { isNativeUdpSupported } from "./native-udp-support.js";
import {
  assertUdpPortOptions,
  createUdpCounters,
  DEFAULT_MAX_ADDRESSES,
  type OtherAddresses,
  RECEIVE_BATCH,
  type UdpPort,
  type UdpPortOptions,
} from "./udp-port.js";

/** Most batches of one wake-up; what is left makes the next turn of the loop, after timers and IPC. */
const MAX_BATCHES_PER_WAKE_UP = 2;

/**
 * So much leaves together, then the same memory is used again: it stays in the cache between cipher and kernel, and the first of
 * many receivers need not wait until the last one's packets are ready.
 */
const FLUSH_BYTES = 65_536;
/** A segment of this size is always worth a try. */
const NO_SEGMENT_LIMIT = 0xffff;

type PortState =
  | { readonly type: "open" }
  | { readonly type: "started"; readonly ingress: Ingress }
  | { readonly type: "closed" };

/**
 * Opens the sockets and carries packets by recvmmsg and sendmmsg, with UDP GSO where the kernel has it.
 *
 * A port takes about 32 bytes per possible address and 60 kB per socket of native memory; of a closed one the next has it.
 *
 * @throws SocketError when an address cannot be bound; RangeError for options that make no sense.
 */
export function openNativeUdp(options: UdpPortOptions<NativeMemory>): Promise<UdpPort> {
  // Asynchronous only because the portable twin is.
  return Promise.resolve().then(() => new NativeUdpPort(options));
}

class NativeUdpPort implements UdpPort {
  readonly counters = createUdpCounters();
  readonly localAddresses: readonly TransportAddress[];
  readonly #control: NativeMemory;
  readonly #controlWords: Int32Array;
  /** Byte offset in the control memory for a socket address on its way in. */
  readonly #scratch: number;
  readonly #addresses: AddressTable;
  readonly #others: OtherAddresses | undefined;
  readonly #onBatchSent: UdpPortOptions["onBatchSent"];
  readonly #segmentLimits: Uint16Array;
  readonly #sockets: NativeSocket[] = [];
  /** Index into `#sockets` by {@link AddressId}. */
  readonly #socketOf: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  /** Where the next datagram to send goes, and beyond where what is there leaves first. */
  #bump: number;
  #flushAt: number;
  #reservedOffset = 0;
  #reservedBytes = 0;
  /** The socket whose datagrams the core is looking at, -1 outside a batch. */
  #receivingSocket = -1;
  #isPolled = false;
  #state: PortState = { type: "open" };

  constructor(options: UdpPortOptions<NativeMemory>) {
    const support = isNativeUdpSupported();
    if (!support.supported) throw new Error(support.reason);
    assertUdpPortOptions(options);
    const capacity = options.maxAddresses ?? DEFAULT_MAX_ADDRESSES;
    this.#others = options.others;
    this.#onBatchSent = options.onBatchSent;
    this.#start = options.egressStart;
    this.#end = options.egressEnd;
    this.#bump = this.#start;
    this.#flushAt = this.#start + FLUSH_BYTES;
    this.#scratch = capacity * SOCKADDR_STRIDE_BYTES;
    const socketsOffset = (this.#scratch + SOCKET_SCRATCH_BYTES + 7) & ~7;
    this.#control = borrowNativeMemory(socketsOffset + options.bind.length * NativeSocket.controlBytes);
    const { buffer, byteOffset, length } = this.#control.bytes;
    this.#controlWords = new Int32Array(buffer, byteOffset, length >> 2);
    this.#addresses = new AddressTable(this.#controlWords.subarray(0, capacity * SOCKADDR_STRIDE_WORDS));
    this.#segmentLimits = new Uint16Array(capacity).fill(NO_SEGMENT_LIMIT);
    this.#socketOf = new Uint8Array(capacity);
    try {
      for (const [index, { ip, port }] of options.bind.entries()) {
        const socket = new NativeSocket({
          ...options,
          ip,
          port,
          control: this.#control,
          scratch: this.#scratch,
          controlOffset: socketsOffset + index * NativeSocket.controlBytes,
          segmentLimits: this.#segmentLimits,
          maxBacklogBytes: Math.floor((this.#end - this.#start) / 2 / options.bind.length),
          counters: this.counters,
        });
        this.#sockets.push(socket);
      }
    } catch (error) {
      for (const socket of this.#sockets) socket.close();
      returnNativeMemory(this.#control);
      throw error;
    }
    this.localAddresses = this.#sockets.map((socket) => socket.local);
  }

  get description(): string {
    return this.#sockets.every((socket) => socket.queue.hasSegmentation) ? "recvmmsg, sendmmsg, GSO" : "recvmmsg, sendmmsg";
  }

  get queuedMessages(): number {
    return this.#sockets.reduce((sum, { queue }) => sum + queue.length, 0);
  }

  start(ingress: Ingress): void {
    if (this.#state.type !== "open") throw new Error(`the UDP port is ${this.#state.type}`);
    this.#state = { type: "started", ingress };
    for (const [index, socket] of this.#sockets.entries()) socket.watch(() => this.#handleWakeUp(index));
  }

  reserve(maxSizeBytes: number): number {
    if (!(maxSizeBytes >= 0 && maxSizeBytes <= MAX_RTP_BYTES)) throw new RangeError(`cannot reserve ${maxSizeBytes} bytes`);
    if (this.#bump > this.#flushAt || this.#bump + maxSizeBytes > this.#end || this.#isQueueFull()) this.flush();
    this.#reservedOffset = this.#bump;
    this.#reservedBytes = maxSizeBytes;
    return this.#reservedOffset;
  }

  commit(address: AddressId, sizeBytes: number, isAudio: boolean): void {
    if (!(sizeBytes > 0 && sizeBytes <= this.#reservedBytes)) throw new RangeError(`${sizeBytes} bytes were not reserved`);
    this.#reservedBytes = 0;
    if (this.#state.type === "closed" || !this.#addresses.has(address)) {
      if (this.#isOther(address)) this.#others?.commit(address, this.#reservedOffset, sizeBytes, isAudio);
      else this.counters.droppedUnknownAddress++;
      return;
    }
    this.#socket(this.#socketOf[address] as number).queue.append(this.#reservedOffset, sizeBytes, address, isAudio);
    this.#bump = this.#reservedOffset + sizeBytes;
  }

  register(address: TransportAddress): AddressId {
    if (address.protocol !== undefined) return this.#others?.register(address) ?? UNKNOWN_ADDRESS;
    if (this.#state.type === "closed" || address.port === 0) return UNKNOWN_ADDRESS;
    const socketIndex = this.#socketFor(address.family);
    if (socketIndex < 0 || !writeSocketAddress(this.#control.bytes, this.#scratch, address)) return UNKNOWN_ADDRESS;
    let id = this.#addresses.register(this.#controlWords, this.#scratch >> 2);
    if (id === UNKNOWN_ADDRESS && this.#addresses.hasReleased) {
      this.flush();
      id = this.#addresses.register(this.#controlWords, this.#scratch >> 2);
    }
    if (id === UNKNOWN_ADDRESS) return UNKNOWN_ADDRESS;
    this.#socketOf[id] = socketIndex;
    this.#segmentLimits[id] = NO_SEGMENT_LIMIT;
    return id;
  }

  release(address: AddressId): void {
    if (this.#isOther(address)) this.#others?.release(address);
    // The memory of a closed port's addresses is another's.
    else if (this.#state.type !== "closed") this.#addresses.release(address);
  }

  setPolled(isPolled: boolean): void {
    if (isPolled === this.#isPolled || this.#state.type === "closed") return;
    this.#isPolled = isPolled;
    // Those to be polled are so from their next wake-up on: by then it is known that something comes.
    if (!isPolled) for (const socket of this.#sockets) socket.setPolled(false);
  }

  poll(): void {
    for (let index = 0; index < this.#sockets.length && this.#isStarted(); index++) {
      const socket = this.#socket(index);
      if (socket.isPolled) socket.handlePolled(this.#handleReady(index));
    }
  }

  flush(): void {
    if (this.#state.type === "closed") return;
    let isDone = true;
    for (const socket of this.#sockets) if (!socket.flush()) isDone = false;
    if (isDone) {
      this.#bump = this.#start;
      this.#addresses.reclaim();
    } else {
      this.#compact();
    }
    this.#flushAt = this.#bump + FLUSH_BYTES;
  }

  close(): void {
    if (this.#state.type === "closed") return;
    this.flush();
    this.#state = { type: "closed" };
    for (const socket of this.#sockets) socket.close();
    returnNativeMemory(this.#control);
  }

  #handleWakeUp(socketIndex: number): void {
    const received = this.#handleReady(socketIndex);
    if (this.#isPolled && received > 0 && this.#isStarted()) this.#socket(socketIndex).setPolled(true);
  }

  /** Reads what one socket has, within bounds. Returns how many datagrams that were. */
  #handleReady(socketIndex: number): number {
    const { batch } = this.#socket(socketIndex);
    const receivedBefore = this.counters.receivedDatagrams;
    for (let round = 0; round < MAX_BATCHES_PER_WAKE_UP; round++) {
      if (this.#state.type !== "started") break;
      const { ingress } = this.#state;
      const limit = Math.max(1, Math.min(RECEIVE_BATCH, Math.trunc(ingress.batchLimit)));
      const received = batch.receive(limit);
      if (received < 0) this.counters.receiveErrors++;
      if (received <= 0) break;
      this.counters.receiveCalls++;
      this.counters.receivedDatagrams += received;
      const now = monotonicNow();
      const waitedUs = batch.ageUs(0);
      const sentBefore = this.counters.sentDatagrams;
      this.#receivingSocket = socketIndex;
      this.#deliver(socketIndex, received, ingress, now);
      if (this.#isStarted()) ingress.handleBatchEnd(now);
      this.#receivingSocket = -1;
      this.flush();
      const sent = this.counters.sentDatagrams - sentBefore;
      // Integers, so that nothing is allocated for them.
      if (sent > 0) this.#onBatchSent?.((monotonicNow() - now + waitedUs) | 0, sent);
      if (received < limit) break;
    }
    // Nothing to read, so it was room in the send buffer that woke us.
    if (!this.#socket(socketIndex).queue.isEmpty) this.flush();
    return this.counters.receivedDatagrams - receivedBefore;
  }

  #deliver(socketIndex: number, received: number, ingress: Ingress, now: Instant): void {
    const { batch } = this.#socket(socketIndex);
    for (let index = 0; index < received; index++) {
      const sizeBytes = batch.sizeBytes(index);
      if (sizeBytes === 0) {
        this.counters.droppedEmpty++;
        continue;
      }
      if (sizeBytes > MAX_RTP_BYTES) {
        this.counters.droppedTooLong++;
        continue;
      }
      const nameOffset = batch.nameOffset(index);
      const address = this.#addresses.find(this.#controlWords, nameOffset >> 2);
      if (address !== UNKNOWN_ADDRESS && batch.isLastSlot) {
        this.counters.droppedNoSlot++;
        continue;
      }
      const slot = batch.detach(index);
      let isKept = false;
      if (address !== UNKNOWN_ADDRESS) isKept = ingress.handleDatagram(slot, sizeBytes, address, now, batch.ageUs(index));
      else this.#deliverUnknown(slot, sizeBytes, nameOffset, ingress, now);
      const isClosed = !this.#isStarted();
      if (isKept && !isClosed) batch.replace(index);
      if (!isKept) batch.attach(index, slot);
      if (!isClosed) continue;
      batch.close();
      return;
    }
  }

  #deliverUnknown(slot: number, sizeBytes: number, nameOffset: number, ingress: Ingress, now: Instant): void {
    this.counters.unknownAddress++;
    const source = readSocketAddress(this.#control.bytes, nameOffset);
    if (source !== undefined) ingress.handleUnknownDatagram(slot, sizeBytes, source, now);
  }

  /** Moves what a full socket left behind to the beginning of the send area. */
  #compact(): void {
    let target = this.#start;
    for (;;) {
      let first: NativeSocket | undefined;
      for (const socket of this.#sockets) {
        if (socket.queue.nextToMove < (first?.queue.nextToMove ?? Number.POSITIVE_INFINITY)) first = socket;
      }
      if (first === undefined) break;
      target = first.queue.moveNext(target);
    }
    for (const socket of this.#sockets) socket.queue.endMove();
    this.#bump = target;
  }

  /** An address answers from the socket it was seen on; one that was not seen, from the first socket of its family. */
  #socketFor(family: TransportAddress["family"]): number {
    const receiving = this.#sockets[this.#receivingSocket];
    if (receiving?.local.family === family) return this.#receivingSocket;
    return this.#sockets.findIndex((socket) => socket.local.family === family);
  }

  #isQueueFull(): boolean {
    for (const socket of this.#sockets) if (socket.queue.isFull) return true;
    return false;
  }

  #isOther(address: AddressId): boolean {
    return this.#others !== undefined && address >= this.#addresses.capacity;
  }

  #isStarted(): boolean {
    return this.#state.type === "started";
  }

  #socket(index: number): NativeSocket {
    const socket = this.#sockets[index];
    if (socket === undefined) throw new Error(`the UDP port has no socket ${index}`);
    return socket;
  }
}
