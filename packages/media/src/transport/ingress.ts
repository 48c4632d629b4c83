import type { Instant } from "../time/instant.js";
import type { AddressId, TransportAddress } from "./transport-address.js";

/** What a datagram that is said to have waited longer is taken for: as new, for the clock was set. */
export const MAX_AGE_US = 1_000_000;

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
  /**
   * A datagram from a registered address lies in the slot at `offset`. True: the core keeps the slot and releases it later.
   *
   * @param ageUs how long it has waited to be read, in µs, an integer from 0 to {@link MAX_AGE_US}; 0 where nobody knows
   */
  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant, ageUs: number): boolean;
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
