import type { Instant } from "../time/instant.js";
import type { AddressId, TransportAddress } from "./transport-address.js";

/**
 * Where the I/O layer puts what it receives; the core answers it.
 *
 * For every wake-up: any number of datagrams, then one {@link handleBatchEnd}, after which the I/O layer flushes its Egress.
 * `now` is read once per wake-up.
 *
 * A slot that goes back to the pool during a batch may still hold a packet that waits to be forwarded: nothing is received into
 * it before the batch has ended.
 */
export interface Ingress {
  /** How many datagrams the next batch may have at most (≥ 1): bounded by packets × subscribers, so that timers stay on time. */
  readonly batchLimit: number;
  /** A datagram from a registered address lies in the slot at `offset`. True: the core keeps the slot and releases it later. */
  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant): boolean;
  /** A datagram from an address nobody registered; the slot stays the I/O layer's. Only STUN can be of interest. */
  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void;
  /** The batch is over: forward what it brought. */
  handleBatchEnd(now: Instant): void;
}

/** An {@link Ingress} that knows addresses which end: those of TCP connections. */
export interface ConnectionIngress extends Ingress {
  /** The connection of a registered address has ended: nothing comes from it any more, and what is sent there is dropped. */
  handleAddressClosed(address: AddressId, now: Instant): void;
}
