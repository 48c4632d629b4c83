import type { Server, Socket } from "node:net";
import {
  type AddressId,
  type ConnectionIngress,
  type Instant,
  MAX_RTP_BYTES,
  type PacketMemory,
  type PacketPool,
  type TransportAddress,
  UNKNOWN_ADDRESS,
} from "@sluice/media";
import { monotonicNow } from "../udp/monotonic-clock.js";
import { ReceiveSlots } from "../udp/receive-slots.js";
import type { OtherAddresses } from "../udp/udp-port.js";
import { TcpConnection } from "./tcp-connection.js";
import { createTcpCounters } from "./tcp-counters.js";
import { TCP_LIMITS, type TcpLimits } from "./tcp-limits.js";
import { listenerAddress, openTcpListener } from "./tcp-listener.js";
import { UnprovenConnections } from "./unproven-connections.js";

/** Most frames of one batch. */
const RECEIVE_BATCH = 32;

export interface TcpPortOptions {
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
  /** One listener each. Port 0 lets the kernel choose. */
  readonly listen: readonly { readonly ip: string; readonly port: number }[];
  /** The number of the first connection; behind all numbers of UDP addresses. */
  readonly firstAddressId: AddressId;
  readonly limits?: Partial<TcpLimits>;
}

interface Started {
  readonly ingress: ConnectionIngress;
  /** Sends what the core committed by UDP. */
  readonly flush: () => void;
}

/** @throws SocketError when there can be no such listener. */
export async function openTcpPort(options: TcpPortOptions): Promise<TcpPort> {
  const servers: Server[] = [];
  try {
    for (const address of options.listen) servers.push(await openTcpListener(address));
    return new TcpPort(options, servers);
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

/**
 * The TCP side of ICE (RFC 6544, passive): clients connect, each packet is a frame (RFC 4571), and the core sees them as
 * datagrams from addresses of the protocol "tcp". `node:net` carries it on both packet paths.
 *
 * A connection is a stranger's until the core registers its address, which it does for an authentic check; strangers are
 * bounded in number, in time and in what they may send. A connection that ends is told to the core, whose releases free its number.
 */
export class TcpPort implements OtherAddresses {
  readonly counters = createTcpCounters();
  readonly localAddresses: readonly TransportAddress[];
  readonly firstAddressId: AddressId;
  readonly #memory: PacketMemory;
  readonly #slots: ReceiveSlots;
  readonly #servers: readonly Server[];
  readonly #limits: TcpLimits;
  readonly #unproven: UnprovenConnections<TcpConnection>;
  /** By AddressId less the first; freed numbers are reused. */
  readonly #connections: (TcpConnection | undefined)[] = [];
  readonly #freeIds: AddressId[] = [];
  readonly #byRemote = new Map<string, TcpConnection>();
  /** With something written since the last flush. */
  readonly #written: TcpConnection[] = [];
  /** At the end of whatever the core is doing: a batch of ours or of UDP's, a timer, a command. */
  readonly #flushWritten = (): void => {
    for (const connection of this.#written) connection.flush();
    this.#written.length = 0;
  };
  #started: Started | undefined;
  #batchFrames = 0;
  #isClosed = false;

  constructor(options: TcpPortOptions, servers: readonly Server[]) {
    this.#memory = options.memory;
    this.#slots = new ReceiveSlots(options.pool, RECEIVE_BATCH);
    this.firstAddressId = options.firstAddressId;
    this.#servers = servers;
    this.#limits = { ...TCP_LIMITS, ...options.limits };
    this.#unproven = new UnprovenConnections(this.#limits);
    this.localAddresses = servers.map(listenerAddress);
    for (const server of servers) {
      server.on("connection", (socket) => this.#handleConnection(socket));
      server.on("error", () => {
        this.counters.acceptErrors++;
      });
    }
  }

  /** Connections that are open. */
  get connectionCount(): number {
    return this.#byRemote.size;
  }

  /** Delivers to `ingress` from now on; who connects before is turned away. `flush` sends what was committed by UDP. Once only. */
  start(ingress: ConnectionIngress, flush: () => void): void {
    if (this.#started !== undefined) throw new Error("the TCP port is started");
    this.#started = { ingress, flush };
  }

  register(address: TransportAddress): AddressId {
    const connection = this.#byRemote.get(keyOf(address));
    if (connection === undefined || connection.isClosed) return UNKNOWN_ADDRESS;
    connection.references += 1;
    if (connection.references === 1) {
      this.#unproven.remove(connection);
      connection.unprovenFrames = 0;
    }
    return connection.id;
  }

  /** The last release of an open connection makes it a stranger's again. Releasing what is not registered throws. */
  release(address: AddressId): void {
    const connection = this.#connections[address - this.firstAddressId];
    if (connection === undefined || connection.references === 0) {
      throw new Error(`address ${address} was released twice or never registered`);
    }
    connection.references -= 1;
    if (connection.references > 0) return;
    if (connection.isClosed) this.#free(connection);
    else this.#wait(connection, monotonicNow());
  }

  /** The packet at `offset` is complete; it is copied. What waits for a slow reader is bounded: beyond it the packet is dropped. */
  commit(address: AddressId, offset: number, sizeBytes: number, isAudio: boolean): void {
    const connection = this.#connections[address - this.firstAddressId];
    if (connection === undefined || connection.isClosed || connection.references === 0) {
      this.counters.droppedUnknownAddress++;
      return;
    }
    if (connection.queuedBytes + sizeBytes > (isAudio ? 2 : 1) * this.#limits.maxQueuedBytes) {
      this.counters.droppedQueueFull++;
      return;
    }
    this.counters.sentFrames++;
    if (!connection.write(this.#memory.bytes.subarray(offset, offset + sizeBytes))) return;
    if (this.#written.push(connection) === 1) process.nextTick(this.#flushWritten);
  }

  /** Closes who has proven nothing in time. */
  handleTimeout(now: Instant): void {
    let expired = this.#unproven.pollExpired(now);
    for (; expired !== undefined; expired = this.#unproven.pollExpired(now)) {
      this.counters.closedUnproven++;
      this.#end(expired, now);
    }
  }

  /** Sends what was committed, ends all connections and gives the slots back. May be called at any time, and again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flushWritten();
    for (const server of this.#servers) server.close();
    for (const connection of [...this.#byRemote.values()]) this.#end(connection, monotonicNow());
    if (this.#batchFrames === 0) this.#slots.close();
  }

  #handleConnection(socket: Socket): void {
    // Resets and the like: "close" follows.
    socket.on("error", () => socket.destroy());
    const { remoteAddress: ip, remoteFamily, remotePort: port } = socket;
    if (this.#started === undefined || this.#isClosed || ip === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    const remote: TransportAddress = { family: remoteFamily === "IPv6" ? "IPv6" : "IPv4", ip, port, protocol: "tcp" };
    const refusal = this.#refusalOf(remote);
    if (refusal !== undefined) {
      this.counters[refusal]++;
      socket.destroy();
      return;
    }
    this.counters.acceptedConnections++;
    const id = this.#freeIds.pop() ?? this.firstAddressId + this.#connections.length;
    const connection = new TcpConnection(id, remote, socket);
    this.#connections[id - this.firstAddressId] = connection;
    this.#byRemote.set(keyOf(remote), connection);
    this.#wait(connection, monotonicNow());
    socket.on("data", (chunk) => this.#handleData(connection, chunk));
    // One that sends no more sends no consent either.
    socket.on("end", () => this.#end(connection, monotonicNow()));
    socket.on("close", () => this.#end(connection, monotonicNow()));
  }

  #refusalOf(remote: TransportAddress): "refusedAddress" | "refusedFull" | "refusedNetwork" | undefined {
    // Link-local addresses come with a zone, which no candidate of ours has. Two of our addresses may meet one of the client's.
    if (remote.ip.includes("%") || this.#byRemote.has(keyOf(remote))) return "refusedAddress";
    if (!this.#unproven.admits(remote.ip)) return "refusedNetwork";
    const isFull = this.#freeIds.length === 0 && this.#connections.length >= this.#limits.maxConnections;
    return isFull ? "refusedFull" : undefined;
  }

  #wait(connection: TcpConnection, now: Instant): void {
    const displaced = this.#unproven.add(connection, connection.remote.ip, now);
    if (displaced === undefined) return;
    this.counters.closedDisplaced++;
    this.#end(displaced, now);
  }

  #handleData(connection: TcpConnection, chunk: Uint8Array): void {
    if (connection.isClosed || this.#started === undefined) return;
    const started = this.#started;
    const now = monotonicNow();
    this.#slots.refill();
    const outcome = connection.reader.read(chunk, (frame) => this.#deliver(connection, frame, started, now));
    this.#endBatch(started, now);
    if (outcome === "tooLong") {
      this.counters.closedFrameTooLong++;
      this.#end(connection, now);
    }
  }

  /** False: no more of this connection. */
  #deliver(connection: TcpConnection, frame: Uint8Array, started: Started, now: Instant): boolean {
    this.counters.receivedFrames++;
    if (connection.references === 0 && ++connection.unprovenFrames > this.#limits.maxUnprovenFrames) {
      this.counters.closedOverRate++;
      this.#end(connection, now);
      return false;
    }
    if (frame.length === 0) this.counters.droppedEmpty++;
    else if (frame.length > MAX_RTP_BYTES) this.counters.droppedTooLong++;
    else this.#deliverPacket(connection, frame, started, now);
    return !connection.isClosed;
  }

  #deliverPacket(connection: TcpConnection, packet: Uint8Array, started: Started, now: Instant): void {
    const { ingress } = started;
    if (this.#batchFrames >= Math.min(RECEIVE_BATCH, ingress.batchLimit)) this.#endBatch(started, now);
    const slot = this.#slots.take();
    if (slot < 0) {
      this.counters.droppedNoSlot++;
      return;
    }
    this.#memory.bytes.set(packet, slot);
    this.#batchFrames += 1;
    let isKept = false;
    if (connection.references > 0) isKept = ingress.handleDatagram(slot, packet.length, connection.id, now, 0);
    else ingress.handleUnknownDatagram(slot, packet.length, connection.remote, now);
    if (!isKept) this.#slots.giveBack(slot);
  }

  #endBatch({ ingress, flush }: Started, now: Instant): void {
    if (this.#batchFrames === 0) return;
    this.#batchFrames = 0;
    if (this.#isClosed) {
      this.#slots.close();
      return;
    }
    ingress.handleBatchEnd(now);
    flush();
    if (!this.#isClosed) this.#slots.refill();
  }

  /** The connection is over. The core lets go of it, and with its last registration the number is free. */
  #end(connection: TcpConnection, now: Instant): void {
    if (connection.isClosed) return;
    connection.isClosed = true;
    connection.destroy();
    this.#unproven.remove(connection);
    this.#byRemote.delete(keyOf(connection.remote));
    if (connection.references === 0) {
      this.#free(connection);
      return;
    }
    this.#started?.ingress.handleAddressClosed(connection.id, now);
    this.#started?.flush();
  }

  #free({ id }: TcpConnection): void {
    this.#connections[id - this.firstAddressId] = undefined;
    this.#freeIds.push(id);
  }
}

function keyOf({ ip, port }: TransportAddress): string {
  return `${ip} ${port}`;
}
