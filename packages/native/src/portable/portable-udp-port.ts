import type { RemoteInfo, Socket } from "node:dgram";
import {
  type AddressId,
  type Ingress,
  type Instant,
  MAX_RTP_BYTES,
  type PacketMemory,
  type TransportAddress,
  UNKNOWN_ADDRESS,
} from "@sluice/media";
import { SOCKADDR_STRIDE_WORDS, writeSocketAddress } from "../libc/socket-address.js";
import { AddressTable } from "../udp/address-table.js";
import { monotonicNow } from "../udp/monotonic-clock.js";
import { ReceiveSlots } from "../udp/receive-slots.js";
import {
  assertUdpPortOptions,
  createUdpCounters,
  DEFAULT_MAX_ADDRESSES,
  DEFAULT_SOCKET_BUFFER_BYTES,
  type OtherAddresses,
  RECEIVE_BATCH,
  type UdpPort,
  type UdpPortOptions,
} from "../udp/udp-port.js";
import { openDgramSocket } from "./portable-udp-socket.js";

/** Most datagrams that wait for a flush. */
const MAX_COMMITTED = 512;

/** Bytes in Node's own send queue from which video is dropped; audio is from twice as many. Node queues when the kernel is full. */
const MAX_QUEUED_BYTES = 256 * 1024;

type PortState =
  | { readonly type: "open" }
  | { readonly type: "started"; readonly ingress: Ingress }
  | { readonly type: "closed" };

interface CommittedDatagram {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly address: AddressId;
  readonly isAudio: boolean;
}

interface ArrivedDatagram {
  readonly socket: Socket;
  readonly bytes: Uint8Array;
  readonly source: RemoteInfo;
}

interface Destination extends TransportAddress {
  readonly socket: Socket;
}

/**
 * Opens the sockets and carries packets by `node:dgram`: every platform Node runs on, one system call, several allocations
 * and a copy per datagram. What one turn of the event loop brings is one batch. The twin of `openNativeUdp`, held to the same contract.
 *
 * @throws SocketError when an address cannot be bound; RangeError for options that make no sense.
 */
export async function openPortableUdp(options: UdpPortOptions<PacketMemory>): Promise<UdpPort> {
  assertUdpPortOptions(options);
  const { receiveBufferBytes = DEFAULT_SOCKET_BUFFER_BYTES, sendBufferBytes = DEFAULT_SOCKET_BUFFER_BYTES } = options;
  const sockets: Socket[] = [];
  try {
    for (const { ip, port } of options.bind) {
      sockets.push(await openDgramSocket({ ip, port, receiveBufferBytes, sendBufferBytes }));
    }
    return new PortableUdpPort(options, sockets);
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}

class PortableUdpPort implements UdpPort {
  readonly description = "dgram";
  readonly counters = createUdpCounters();
  readonly localAddresses: readonly TransportAddress[];
  readonly #memory: PacketMemory;
  readonly #slots: ReceiveSlots;
  readonly #sockets: readonly Socket[];
  readonly #addresses: AddressTable;
  readonly #others: OtherAddresses | undefined;
  readonly #onBatchSent: UdpPortOptions["onBatchSent"];
  readonly #destinations: (Destination | undefined)[] = [];
  /** One socket address on its way in, as bytes and as words. */
  readonly #scratchWords = new Int32Array(SOCKADDR_STRIDE_WORDS);
  readonly #scratchBytes = new Uint8Array(this.#scratchWords.buffer);
  readonly #start: number;
  readonly #end: number;
  #bump: number;
  #reservedOffset = 0;
  #reservedBytes = 0;
  #committed: CommittedDatagram[] = [];
  /** What this turn of the event loop has brought so far. */
  #arrived: ArrivedDatagram[] = [];
  #isTurnScheduled = false;
  #isInBatch = false;
  #receivingSocket: Socket | undefined;
  #state: PortState = { type: "open" };
  readonly #handleTurn = (): void => {
    this.#isTurnScheduled = false;
    this.#handleBatch();
  };
  readonly #handleSent = (error: Error | null): void => {
    if (error !== null) {
      this.counters.droppedSendError++;
      return;
    }
    this.counters.sentDatagrams++;
    this.counters.sentMessages++;
  };

  constructor(options: UdpPortOptions<PacketMemory>, sockets: readonly Socket[]) {
    this.#memory = options.memory;
    this.#sockets = sockets;
    this.#addresses = new AddressTable(new Int32Array((options.maxAddresses ?? DEFAULT_MAX_ADDRESSES) * SOCKADDR_STRIDE_WORDS));
    this.#others = options.others;
    this.#onBatchSent = options.onBatchSent;
    this.#start = options.egressStart;
    this.#end = options.egressEnd;
    this.#bump = this.#start;
    this.localAddresses = sockets.map(localAddress);
    this.#slots = new ReceiveSlots(options.pool, RECEIVE_BATCH + 1);
    if (this.#slots.available < 2) {
      this.#slots.close();
      throw new RangeError("the packet pool has fewer than 2 slots to receive into");
    }
    for (const socket of sockets) {
      socket.on("error", () => {
        this.counters.receiveErrors++;
      });
    }
  }

  get queuedMessages(): number {
    return this.#sockets.reduce((sum, socket) => sum + socket.getSendQueueCount(), 0);
  }

  start(ingress: Ingress): void {
    if (this.#state.type !== "open") throw new Error(`the UDP port is ${this.#state.type}`);
    this.#state = { type: "started", ingress };
    for (const socket of this.#sockets) {
      socket.on("message", (datagram, source) => this.#handleMessage(socket, datagram, source));
    }
  }

  /** dgram reads by itself. */
  setPolled(): void {}

  poll(): void {}

  reserve(maxSizeBytes: number): number {
    if (!(maxSizeBytes >= 0 && maxSizeBytes <= MAX_RTP_BYTES)) throw new RangeError(`cannot reserve ${maxSizeBytes} bytes`);
    if (this.#bump + maxSizeBytes > this.#end || this.#committed.length >= MAX_COMMITTED) this.flush();
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
    this.#committed.push({ offset: this.#reservedOffset, sizeBytes, address, isAudio });
    this.#bump = this.#reservedOffset + sizeBytes;
  }

  register(address: TransportAddress): AddressId {
    if (address.protocol !== undefined) return this.#others?.register(address) ?? UNKNOWN_ADDRESS;
    if (this.#state.type === "closed" || address.port === 0) return UNKNOWN_ADDRESS;
    const socket = this.#socketFor(address.family);
    if (socket === undefined || !writeSocketAddress(this.#scratchBytes, 0, address)) return UNKNOWN_ADDRESS;
    let id = this.#addresses.register(this.#scratchWords, 0);
    if (id === UNKNOWN_ADDRESS && this.#addresses.hasReleased) {
      this.flush();
      id = this.#addresses.register(this.#scratchWords, 0);
    }
    if (id !== UNKNOWN_ADDRESS) this.#destinations[id] = { ...address, socket };
    return id;
  }

  release(address: AddressId): void {
    if (this.#isOther(address)) this.#others?.release(address);
    else this.#addresses.release(address);
  }

  flush(): void {
    if (this.#state.type === "closed") return;
    if (this.#committed.length > 0) this.#sendCommitted();
    this.#addresses.reclaim();
  }

  close(): void {
    if (this.#state.type === "closed") return;
    this.flush();
    this.#state = { type: "closed" };
    this.#arrived = [];
    for (const socket of this.#sockets) socket.close();
    // During a batch one may be the core's to keep; its end gives back what is left.
    if (!this.#isInBatch) this.#slots.close();
  }

  #sendCommitted(): void {
    // Node may hold on to the bytes when the kernel is full, and the send area is about to be written again: hence one copy of it all.
    const copy = this.#memory.bytes.slice(this.#start, this.#bump);
    for (const datagram of this.#committed) this.#send(datagram, copy);
    this.#committed = [];
    this.#bump = this.#start;
  }

  /** `copy`: of the send area. */
  #send({ offset, sizeBytes, address, isAudio }: CommittedDatagram, copy: Uint8Array): void {
    const destination = this.#destinations[address];
    if (destination === undefined) return;
    const { socket, ip, port } = destination;
    if (socket.getSendQueueSize() > (isAudio ? 2 : 1) * MAX_QUEUED_BYTES) {
      this.counters.droppedSocketFull++;
      return;
    }
    this.counters.sendCalls++;
    const start = offset - this.#start;
    socket.send(copy.subarray(start, start + sizeBytes), port, ip, this.#handleSent);
  }

  /**
   * libuv reads up to 32 datagrams of a socket that is readable, and Node tells of each alone. Together they are what `recvmmsg` brings: the
   * core goes through its receivers once for all of them.
   */
  #handleMessage(socket: Socket, bytes: Uint8Array, source: RemoteInfo): void {
    if (this.#state.type !== "started") return;
    this.counters.receiveCalls++;
    this.counters.receivedDatagrams++;
    const count = this.#arrived.push({ socket, bytes, source });
    if (count >= Math.min(RECEIVE_BATCH, Math.trunc(this.#state.ingress.batchLimit))) {
      this.#handleBatch();
    } else if (!this.#isTurnScheduled) {
      this.#isTurnScheduled = true;
      setImmediate(this.#handleTurn);
    }
  }

  #handleBatch(): void {
    if (this.#state.type !== "started" || this.#arrived.length === 0) return;
    const { ingress } = this.#state;
    const arrived = this.#arrived;
    this.#arrived = [];
    const now = monotonicNow();
    this.#slots.refill();
    this.#isInBatch = true;
    for (const { socket, bytes, source } of arrived) {
      this.#receivingSocket = socket;
      if (bytes.length === 0) this.counters.droppedEmpty++;
      else if (bytes.length > MAX_RTP_BYTES) this.counters.droppedTooLong++;
      else this.#deliver(ingress, bytes, source, now);
      if (!this.#isStarted()) break;
    }
    if (this.#isStarted()) ingress.handleBatchEnd(now);
    this.#receivingSocket = undefined;
    this.#isInBatch = false;
    const sent = this.#committed.length;
    if (this.#isStarted()) {
      this.flush();
      if (sent > 0) this.#onBatchSent?.((monotonicNow() - now) | 0, sent);
    } else this.#slots.close();
  }

  #deliver(ingress: Ingress, datagram: Uint8Array, source: RemoteInfo, now: Instant): void {
    const address: TransportAddress = { family: source.family, ip: source.address, port: source.port };
    // Link-local sources come with a zone, which no candidate of ours has.
    if (!writeSocketAddress(this.#scratchBytes, 0, address)) return;
    const id = this.#addresses.find(this.#scratchWords, 0);
    // The last one is for whoever is not known yet, so that somebody can still come.
    if (this.#slots.available <= (id === UNKNOWN_ADDRESS ? 0 : 1)) {
      this.counters.droppedNoSlot++;
      return;
    }
    const slot = this.#slots.take();
    this.#memory.bytes.set(datagram, slot);
    let isKept = false;
    if (id === UNKNOWN_ADDRESS) {
      this.counters.unknownAddress++;
      ingress.handleUnknownDatagram(slot, datagram.length, address, now);
    } else {
      isKept = ingress.handleDatagram(slot, datagram.length, id, now, 0);
    }
    if (!isKept) this.#slots.giveBack(slot);
  }

  #socketFor(family: TransportAddress["family"]): Socket | undefined {
    const receiving = this.#receivingSocket;
    if (receiving !== undefined && this.localAddresses[this.#sockets.indexOf(receiving)]?.family === family) return receiving;
    return this.#sockets[this.localAddresses.findIndex((local) => local.family === family)];
  }

  #isOther(address: AddressId): boolean {
    return this.#others !== undefined && address >= this.#addresses.capacity;
  }

  #isStarted(): boolean {
    return this.#state.type === "started";
  }
}

function localAddress(socket: Socket): TransportAddress {
  const { address, family, port } = socket.address();
  return { family: family === "IPv6" ? "IPv6" : "IPv4", ip: address, port };
}
