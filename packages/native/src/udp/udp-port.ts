import type { AddressId, Egress, Ingress, PacketMemory, PacketPool, TransportAddress } from "@sluice/media";

/**
 * The sockets of a process, on the outside; {@link Egress} and {@link Ingress}, on the inside.
 *
 * What arrives before {@link start} waits in the kernel (native) or is lost (portable). After that, for every batch:
 * datagrams, `handleBatchEnd`, flush. What is committed outside a batch (timers) needs {@link flush}.
 *
 * `register` counts: the same address again gives the same id, which is forgotten after as many `release`. It answers -1,
 * too, for what no socket of the port could send to: another family, port 0, text that is no IP address. An address is
 * answered from the socket whose batch it was registered in, otherwise from the first of its family.
 *
 * An exception out of an Ingress is a broken invariant: it becomes an uncaught exception of the process.
 */
export interface UdpPort extends Egress {
  /** For the log: what carries the packets, e.g. "recvmmsg, sendmmsg, GSO" or "dgram". */
  readonly description: string;
  /** Where the sockets are bound, in the order they were asked for, ports filled in. */
  readonly localAddresses: readonly TransportAddress[];
  /** Running totals since the port was opened; the same object for ever. */
  readonly counters: Readonly<UdpCounters>;
  /** What a full socket has not taken and what is kept for it: messages, of one datagram or more. */
  readonly queuedMessages: number;
  /** Delivers to `ingress` from now on. Once only. */
  start(ingress: Ingress): void;
  /**
   * Whether its owner reads, by {@link poll}, and need not be woken for what arrives: whoever has thousands of ports, each with little to read, saves a wake-up
   * for every datagram. What arrives waits in the kernel and says for how long. Initially not. A port that cannot do so is woken as ever.
   */
  setPolled(isPolled: boolean): void;
  /** Delivers what has arrived, as a wake-up does, where nothing else would. */
  poll(): void;
  /** Sends what was committed. Returns without waiting; what a full socket refuses is kept for a while, see `droppedSocketFull`. */
  flush(): void;
  /**
   * Sends what was committed if the socket takes it, closes the sockets and gives the receive slots back. May be called at
   * any time, also from inside an Ingress, and again. Afterwards `commit` drops and `register` returns -1.
   */
  close(): void;
}

/** Totals of one {@link UdpPort}. Datagrams per system call are `receivedDatagrams / receiveCalls` and `sentDatagrams / sendCalls`. */
export interface UdpCounters {
  /** Datagrams the kernel gave us, the dropped ones included. */
  receivedDatagrams: number;
  /** Receive calls that brought at least one datagram. */
  receiveCalls: number;
  receiveErrors: number;
  /** Longer than MAX_RTP_BYTES. */
  droppedTooLong: number;
  /** Without a single byte. */
  droppedEmpty: number;
  /** The core holds every slot of the pool. */
  droppedNoSlot: number;
  /** Received from an address nobody registered (offered to handleUnknownDatagram). */
  unknownAddress: number;
  sentDatagrams: number;
  /** Messages given to the kernel; with GSO one carries many datagrams. */
  sentMessages: number;
  sendCalls: number;
  /** Given up because the kernel's send buffer stayed full: the oldest video first, audio only when no video is left. */
  droppedSocketFull: number;
  /** Refused by the kernel for another reason (no route, firewall, too long, …). */
  droppedSendError: number;
  /** Committed to an address that is not registered, or after close. */
  droppedUnknownAddress: number;
  /** GSO messages the kernel refused and that were sent again one datagram at a time. */
  segmentationFallbacks: number;
}

/**
 * Addresses of another protocol behind the same Egress. Their ids are none of the port's, from `maxAddresses` on: a packet for one
 * of them is found where the port looks whether the address is its own, so its own packets pay nothing for it.
 */
export interface OtherAddresses {
  register(address: TransportAddress): AddressId;
  release(address: AddressId): void;
  /** The packet at `offset` is to be copied: its place in the send area is the next one's. */
  commit(address: AddressId, offset: number, sizeBytes: number, isAudio: boolean): void;
}

export interface UdpPortOptions<M extends PacketMemory = PacketMemory> {
  readonly memory: M;
  /** Slots of `memory` to receive into; the port keeps up to {@link RECEIVE_BATCH} per socket. */
  readonly pool: PacketPool;
  /** Send area inside `memory`, `[egressStart, egressEnd)`; at least {@link MIN_EGRESS_BYTES}, 1 MiB is plenty. */
  readonly egressStart: number;
  readonly egressEnd: number;
  /** One socket each, at most {@link MAX_SOCKETS}. Port 0 lets the kernel choose. IPv6 sockets never carry IPv4. */
  readonly bind: readonly { readonly ip: string; readonly port: number }[];
  /** SO_RCVBUF in bytes. Default 4 MiB; the kernel may give less (net.core.rmem_max). */
  readonly receiveBufferBytes?: number;
  /** SO_SNDBUF in bytes. Default 4 MiB; the kernel may give less (net.core.wmem_max). */
  readonly sendBufferBytes?: number;
  /** How many remote addresses can be registered at a time, 1–65,536. Default 16,384. */
  readonly maxAddresses?: number;
  /**
   * After each batch of which something was sent: the time since the kernel received the first of it (since it was read, where the
   * kernel does not say), whole µs, and how many datagrams were.
   */
  readonly onBatchSent?: (elapsedUs: number, datagrams: number) => void;
  /** Those of TCP. Default none. */
  readonly others?: OtherAddresses;
}

/** Most datagrams of one receive call. */
export const RECEIVE_BATCH = 64;
export const MAX_SOCKETS = 8;
export const MIN_EGRESS_BYTES = 65_536;
export const DEFAULT_SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
export const DEFAULT_MAX_ADDRESSES = 16_384;

export function createUdpCounters(): UdpCounters {
  return {
    receivedDatagrams: 0,
    receiveCalls: 0,
    receiveErrors: 0,
    droppedTooLong: 0,
    droppedEmpty: 0,
    droppedNoSlot: 0,
    unknownAddress: 0,
    sentDatagrams: 0,
    sentMessages: 0,
    sendCalls: 0,
    droppedSocketFull: 0,
    droppedSendError: 0,
    droppedUnknownAddress: 0,
    segmentationFallbacks: 0,
  };
}

/** Throws a RangeError for options no port can work with: a mistake of the program, not of the machine. */
export function assertUdpPortOptions(options: UdpPortOptions): void {
  const { memory, egressStart, egressEnd, bind, maxAddresses = DEFAULT_MAX_ADDRESSES } = options;
  const isInside = Number.isInteger(egressStart) && egressStart >= 0 && egressEnd <= memory.bytes.length;
  if (!isInside) throw new RangeError(`the send area [${egressStart}, ${egressEnd}) is outside the packet memory`);
  if (egressEnd - egressStart < MIN_EGRESS_BYTES)
    throw new RangeError(`the send area is smaller than ${MIN_EGRESS_BYTES} bytes`);
  if (bind.length < 1 || bind.length > MAX_SOCKETS)
    throw new RangeError(`1–${MAX_SOCKETS} addresses to bind, not ${bind.length}`);
  if (!(Number.isInteger(maxAddresses) && maxAddresses >= 1 && maxAddresses <= 65_536)) {
    throw new RangeError(`maxAddresses must be 1–65,536, not ${maxAddresses}`);
  }
}
