import type { AddressId, TransportAddress } from "./transport-address.js";

/**
 * Where the core puts what it sends; the I/O layer answers it.
 *
 * Datagrams are written in place: `reserve` names the offset in the packet memory, the core writes there, `commit` says how
 * long it became and where it goes. Consecutive commits to one address can leave as one UDP GSO send, so whoever sends to
 * one destination sends everything to it before it turns to the next. Nothing is sent before the I/O layer flushes, at the
 * end of a wake-up.
 */
export interface Egress {
  /**
   * Offset at which a datagram of up to `maxSizeBytes` (≤ 1500) may be written now. The next `reserve` without a `commit`
   * between gives the same place again. May flush what was committed to make room.
   */
  reserve(maxSizeBytes: number): number;
  /** The datagram at the last reserved offset is complete. `isAudio`: dropped last when the socket is full. */
  commit(address: AddressId, sizeBytes: number, isAudio: boolean): void;
  /**
   * Makes a remote address usable in `commit` and recognised on receive. -1 when the table is full. Registering an address
   * again gives the same id; it is forgotten after as many releases.
   */
  register(address: TransportAddress): AddressId;
  /** Takes back one registration. Datagrams already committed to it still leave. */
  release(address: AddressId): void;
}
