import type { PacketPool } from "../bytes/packet-pool.js";

/** Packets kept per stream, a power of two: 2 s of video at 1,000 packets/s, 1 s of audio at 100 packets/s (mediasoup: 2500 items). */
export const RETRANSMISSION_CAPACITY = { video: 2048, audio: 128 } as const;

/** How long a packet stays available, ms (mediasoup: 2 s video, 1 s audio). */
export const RETRANSMISSION_LIFETIME_MS = { video: 2000, audio: 1000 } as const;

/**
 * The plain packets of one RTP stream, by extended sequence number, shared by everybody who receives it.
 *
 * Holds the very slots the packets were received into: keeping a packet costs four array writes and no copy. Owns those slots
 * and gives them back to the pool when they are overwritten, too old, or reclaimed.
 */
export class RetransmissionBuffer {
  readonly #pool: PacketPool;
  readonly #mask: number;
  readonly #offsets: Int32Array;
  readonly #sizes: Int32Array;
  readonly #sequenceNumbers: Float64Array;
  readonly #arrivalsMs: Float64Array;
  /** Everything below this number has been released. */
  #oldest = 0;
  #newest = -1;
  #count = 0;

  constructor(pool: PacketPool, capacity: number) {
    this.#pool = pool;
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
   * Takes the slot at `offset`, in which the packet lies. False when the number is already held or too far behind the newest
   * to fit; the slot then stays the caller's.
   */
  insert(extendedSequenceNumber: number, offset: number, sizeBytes: number, nowMs: number): boolean {
    if (this.#count > 0 && extendedSequenceNumber <= this.#newest - this.#mask) return false;
    const index = extendedSequenceNumber & this.#mask;
    if (this.#offsets[index] !== -1) {
      if (this.#sequenceNumbers[index] === extendedSequenceNumber) return false;
      this.#release(index);
    }
    this.#offsets[index] = offset;
    this.#sizes[index] = sizeBytes;
    this.#sequenceNumbers[index] = extendedSequenceNumber;
    this.#arrivalsMs[index] = nowMs;
    if (this.#count === 0 || extendedSequenceNumber < this.#oldest) this.#oldest = extendedSequenceNumber;
    if (this.#count === 0 || extendedSequenceNumber > this.#newest) this.#newest = extendedSequenceNumber;
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
    while (this.#count > 0 && this.#oldest <= this.#newest) {
      const index = this.#oldest & this.#mask;
      if (this.#offsets[index] !== -1 && this.#sequenceNumbers[index] === this.#oldest) {
        if ((this.#arrivalsMs[index] as number) >= limitMs) return;
        this.#release(index);
      }
      this.#oldest++;
    }
  }

  /** Gives back the older half: called when the pool runs dry. */
  reclaimHalf(): void {
    let toRelease = Math.ceil(this.#count / 2);
    while (toRelease > 0 && this.#oldest <= this.#newest) {
      const index = this.#oldest & this.#mask;
      if (this.#offsets[index] !== -1 && this.#sequenceNumbers[index] === this.#oldest) {
        this.#release(index);
        toRelease--;
      }
      this.#oldest++;
    }
  }

  /** Gives everything back, for a stream that restarts or ends. */
  clear(): void {
    for (let index = 0; index <= this.#mask; index++) if (this.#offsets[index] !== -1) this.#release(index);
    this.#newest = -1;
    this.#oldest = 0;
  }

  #release(index: number): void {
    this.#pool.release(this.#offsets[index] as number);
    this.#offsets[index] = -1;
    this.#sequenceNumbers[index] = -1;
    this.#count--;
  }
}
