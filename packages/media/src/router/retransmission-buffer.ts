import type { PacketPool } from "../bytes/packet-pool.js";

/** Packets kept per stream, a power of two: 2 s of video at 1,000 packets/s, 1 s of audio at 100 packets/s (mediasoup: 2500 items). */
export const RETRANSMISSION_CAPACITY = { video: 2048, audio: 128 } as const;

/** How long a packet stays available, ms (mediasoup: 2 s video, 1 s audio). */
export const RETRANSMISSION_LIFETIME_MS = { video: 2000, audio: 1000 } as const;

/**
 * The plain packets of one RTP stream, by extended sequence number, shared by everybody who receives it.
 *
 * Holds the very slots the packets were received into: keeping a packet costs four array writes and no copy. Owns those slots
 * and gives them back to the pool when they fall behind, grow too old, or are reclaimed.
 *
 * Takes every number once, ever: Consumers protect a packet under an SRTP index that follows from its number, so a second
 * packet with a number whose slot has been given back already would use that index for other bytes (RFC 3711 §9.1).
 */
export class RetransmissionBuffer {
  readonly #pool: PacketPool;
  readonly #capacity: number;
  readonly #mask: number;
  readonly #offsets: Int32Array;
  readonly #sizes: Int32Array;
  /** Of the last packet taken at each place, whether it is still held or not. */
  readonly #sequenceNumbers: Float64Array;
  readonly #arrivalsMs: Float64Array;
  /** Everything below this number has been released; at most `#capacity - 1` below `#newest` while anything is held. */
  #oldest = 0;
  /** Highest number taken so far; infinite when closed. */
  #newest = -1;
  #count = 0;

  constructor(pool: PacketPool, capacity: number) {
    this.#pool = pool;
    this.#capacity = capacity;
    this.#mask = capacity - 1;
    if ((capacity & this.#mask) !== 0) throw new Error(`capacity ${capacity} is not a power of two`);
    this.#offsets = new Int32Array(capacity).fill(-1);
    this.#sizes = new Int32Array(capacity);
    this.#sequenceNumbers = new Float64Array(capacity).fill(-1);
    this.#arrivalsMs = new Float64Array(capacity);
  }

  /** Packets held now. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes the slot at `offset`, in which the packet lies. False when the number was taken before, or is too far behind the
   * newest to tell; the slot then stays the caller's.
   */
  insert(extendedSequenceNumber: number, offset: number, sizeBytes: number, nowMs: number): boolean {
    const index = extendedSequenceNumber & this.#mask;
    if (extendedSequenceNumber <= this.#newest - this.#capacity) return false;
    if (this.#sequenceNumbers[index] === extendedSequenceNumber) return false;
    // Makes room, this place included; never more steps than the buffer has places, however far the number jumps.
    while (this.#count > 0 && this.#oldest <= extendedSequenceNumber - this.#capacity) this.#releaseOldest();
    if (this.#count === 0 || extendedSequenceNumber < this.#oldest) this.#oldest = extendedSequenceNumber;
    if (extendedSequenceNumber > this.#newest) this.#newest = extendedSequenceNumber;
    this.#offsets[index] = offset;
    this.#sizes[index] = sizeBytes;
    this.#sequenceNumbers[index] = extendedSequenceNumber;
    this.#arrivalsMs[index] = nowMs;
    this.#count++;
    return true;
  }

  has(extendedSequenceNumber: number): boolean {
    return this.offsetOf(extendedSequenceNumber) !== -1;
  }

  /** Offset of the packet, which is that of its slot, or -1 when it is not held. */
  offsetOf(extendedSequenceNumber: number): number {
    const index = extendedSequenceNumber & this.#mask;
    return this.#sequenceNumbers[index] === extendedSequenceNumber ? (this.#offsets[index] as number) : -1;
  }

  /** Bytes of a packet that is held. */
  sizeOf(extendedSequenceNumber: number): number {
    return this.#sizes[extendedSequenceNumber & this.#mask] as number;
  }

  /** Gives back every packet that arrived before `limitMs`. */
  releaseOlderThan(limitMs: number): void {
    while (this.#count > 0) {
      const index = this.#oldest & this.#mask;
      const isHeld = this.#offsets[index] !== -1;
      if (isHeld && (this.#arrivalsMs[index] as number) >= limitMs) return;
      this.#releaseOldest();
    }
  }

  /** Gives back the older half: called when the pool runs dry. */
  reclaimHalf(): void {
    const kept = Math.floor(this.#count / 2);
    while (this.#count > kept) this.#releaseOldest();
  }

  /** Gives everything back, for a stream that has ended: nothing is taken any more. */
  close(): void {
    while (this.#count > 0) this.#releaseOldest();
    this.#newest = Number.POSITIVE_INFINITY;
  }

  /** One step: gives back the packet with the number `#oldest`, if it is held. */
  #releaseOldest(): void {
    const index = this.#oldest++ & this.#mask;
    const offset = this.#offsets[index] as number;
    if (offset === -1) return;
    this.#pool.release(offset);
    this.#offsets[index] = -1;
    this.#count--;
  }
}
