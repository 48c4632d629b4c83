import type { RemoteInfo, Socket } from "node:dgram";
import {
  type AddressId,
  type Ingress,
  MAX_RTP_BYTES,
  type PacketMemory,
  type PacketPool,
  type TransportAddress,
  UNKNOWN_ADDRESS,
} from "@sluice/media";
import { SOCKADDR_STRIDE_WORDS, writeSocketAddress } from "../libc/socket-address.js";
import { AddressTable } from "../udp/address-table.js";
import { monotonicNow } from "../udp/monotonic-clock.js";
import {
  assertUdpPortOptions,
  createUdpCounters,
  DEFAULT_MAX_ADDRESSES,
  DEFAULT_SOCKET_BUFFER_BYTES,
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

interface Destination extends TransportAddress {
  readonly socket: Socket;
}

/**
 * Opens the sockets and carries packets by `node:dgram`: every platform Node runs on, one system call, several allocations
 * and a copy per datagram. The twin of `openNativeUdp`, held to the same contract.
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
  readonly #pool: PacketPool;
  readonly #sockets: readonly Socket[];
  readonly #addresses: AddressTable;
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
  /** The slot the next datagram goes into. */
  #slot: number;
  #receivingSocket: Socket | undefined;
  #state: PortState = { type: "open" };

  constructor(options: UdpPortOptions<PacketMemory>, sockets: readonly Socket[]) {
    this.#memory = options.memory;
    this.#pool = options.pool;
    this.#sockets = sockets;
    this.#addresses = new AddressTable(new Int32Array((options.maxAddresses ?? DEFAULT_MAX_ADDRESSES) * SOCKADDR_STRIDE_WORDS));
    this.#start = options.egressStart;
    this.#end = options.egressEnd;
    this.#bump = this.#start;
    this.localAddresses = sockets.map(localAddress);
    this.#slot = this.#pool.take();
    if (this.#slot < 0 || this.#pool.available === 0)
      throw new RangeError("the packet pool has fewer than 2 slots to receive into");
    for (const socket of sockets) {
      socket.on("error", () => {
        this.counters.receiveErrors++;
      });
    }
  }

  start(ingress: Ingress): void {
    if (this.#state.type !== "open") throw new Error(`the UDP port is ${this.#state.type}`);
    this.#state = { type: "started", ingress };
    for (const socket of this.#sockets) {
      socket.on("message", (datagram, source) => this.#handleMessage(socket, datagram, source));
    }
  }

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
      this.counters.droppedUnknownAddress++;
      return;
    }
    this.#committed.push({ offset: this.#reservedOffset, sizeBytes, address, isAudio });
    this.#bump = this.#reservedOffset + sizeBytes;
  }

  register(address: TransportAddress): AddressId {
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
    this.#addresses.release(address);
  }

  flush(): void {
    if (this.#state.type === "closed") return;
    for (const datagram of this.#committed) this.#send(datagram);
    this.#committed = [];
    this.#bump = this.#start;
    this.#addresses.reclaim();
  }

  close(): void {
    if (this.#state.type === "closed") return;
    this.flush();
    this.#state = { type: "closed" };
    for (const socket of this.#sockets) socket.close();
    // During a datagram the slot is the core's to keep; then the handler gives back what is left.
    if (this.#receivingSocket === undefined) this.#pool.release(this.#slot);
  }

  #send({ offset, sizeBytes, address, isAudio }: CommittedDatagram): void {
    const destination = this.#destinations[address];
    if (destination === undefined) return;
    const { socket, ip, port } = destination;
    if (socket.getSendQueueSize() > (isAudio ? 2 : 1) * MAX_QUEUED_BYTES) {
      this.counters.droppedSocketFull++;
      return;
    }
    this.counters.sendCalls++;
    // Node may hold on to the bytes when the kernel is full, and the send area is about to be written again: hence a copy.
    const copy = new Uint8Array(this.#memory.bytes.subarray(offset, offset + sizeBytes));
    socket.send(copy, port, ip, (error) => {
      if (error !== null) {
        this.counters.droppedSendError++;
        return;
      }
      this.counters.sentDatagrams++;
      this.counters.sentMessages++;
    });
  }

  /** A batch of one. */
  #handleMessage(socket: Socket, datagram: Buffer, source: RemoteInfo): void {
    if (this.#state.type !== "started") return;
    const { ingress } = this.#state;
    this.counters.receiveCalls++;
    this.counters.receivedDatagrams++;
    this.#receivingSocket = socket;
    const now = monotonicNow();
    if (datagram.length === 0) this.counters.droppedEmpty++;
    else if (datagram.length > MAX_RTP_BYTES) this.counters.droppedTooLong++;
    else this.#deliver(ingress, datagram, source, now);
    if (this.#isStarted()) ingress.handleBatchEnd(now);
    this.#receivingSocket = undefined;
    if (this.#isStarted()) this.flush();
    else this.#pool.release(this.#slot);
  }

  #deliver(ingress: Ingress, datagram: Buffer, source: RemoteInfo, now: ReturnType<typeof monotonicNow>): void {
    const address: TransportAddress = { family: source.family, ip: source.address, port: source.port };
    // Link-local sources come with a zone, which no candidate of ours has.
    if (!writeSocketAddress(this.#scratchBytes, 0, address)) return;
    const id = this.#addresses.find(this.#scratchWords, 0);
    this.#memory.bytes.set(datagram, this.#slot);
    if (id === UNKNOWN_ADDRESS) {
      this.counters.unknownAddress++;
      ingress.handleUnknownDatagram(this.#slot, datagram.length, address, now);
      return;
    }
    const fresh = this.#pool.take();
    if (fresh < 0) {
      this.counters.droppedNoSlot++;
      return;
    }
    const isKept = ingress.handleDatagram(this.#slot, datagram.length, id, now);
    if (isKept) this.#slot = fresh;
    else this.#pool.release(fresh);
  }

  #socketFor(family: TransportAddress["family"]): Socket | undefined {
    const receiving = this.#receivingSocket;
    if (receiving !== undefined && this.localAddresses[this.#sockets.indexOf(receiving)]?.family === family) return receiving;
    return this.#sockets[this.localAddresses.findIndex((local) => local.family === family)];
  }

  #isStarted(): boolean {
    return this.#state.type === "started";
  }
}

function localAddress(socket: Socket): TransportAddress {
  const { address, family, port } = socket.address();
  return { family: family === "IPv6" ? "IPv6" : "IPv4", ip: address, port };
}
