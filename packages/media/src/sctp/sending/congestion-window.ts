import { maxFragmentBytes, type SctpConstants } from "../sctp-constants.js";

/** How much may be under way (RFC 9260 §7.2): slow start, congestion avoidance, fast recovery. Bytes of payload. */
export class CongestionWindow {
  readonly #constants: SctpConstants;
  /** PMDCS: payload that one packet carries. */
  readonly #packetBytes: number;
  #bytes: number;
  #threshold: number;
  /** partial_bytes_acked. */
  #partialBytes = 0;
  /** Highest TSN that was under way when fast recovery began; it ends when this one is acknowledged. */
  #recoveryTsn: number | undefined;

  constructor(constants: SctpConstants, peerWindowBytes: number) {
    this.#constants = constants;
    this.#packetBytes = maxFragmentBytes(constants);
    this.#bytes = constants.initialWindowPackets * this.#packetBytes;
    this.#threshold = peerWindowBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isRecovering(): boolean {
    return this.#recoveryTsn !== undefined;
  }

  /**
   * A SACK moved the cumulative TSN to `cumulativeTsn`, or not; `ackedBytes` are new in it, `flightBytes` were under way before.
   */
  handleAcked(ackedBytes: number, flightBytes: number, hasAdvanced: boolean, cumulativeTsn: number): void {
    if (this.#recoveryTsn !== undefined) {
      if (cumulativeTsn >= this.#recoveryTsn) this.#recoveryTsn = undefined;
      return;
    }
    // [RFC9260 §7.2.1] A window that was not used has not been tested.
    const isUsed = flightBytes + this.#packetBytes > this.#bytes;
    if (this.#bytes <= this.#threshold) {
      if (isUsed && hasAdvanced) this.#bytes += Math.min(ackedBytes, this.#packetBytes);
      return;
    }
    if (!hasAdvanced) return;
    this.#partialBytes += ackedBytes;
    if (this.#partialBytes < this.#bytes) return;
    // [RFC9260 §7.2.2] One packet more per round trip.
    if (isUsed) {
      this.#partialBytes -= this.#bytes;
      this.#bytes += this.#packetBytes;
    } else {
      this.#partialBytes = this.#bytes;
    }
  }

  /** [RFC9260 §7.2.4] Chunks are missing; false when that is known already. `highestTsn`: the last one sent. */
  handleLoss(highestTsn: number): boolean {
    if (this.#recoveryTsn !== undefined) return false;
    this.#recoveryTsn = highestTsn;
    this.#threshold = this.#halved(this.#constants.minWindowPackets);
    this.#bytes = this.#threshold;
    this.#partialBytes = 0;
    return true;
  }

  /** [RFC9260 §7.2.3] T3-rtx expired. */
  handleTimeout(): void {
    this.#threshold = this.#halved(this.#constants.minWindowPackets);
    this.#bytes = this.#packetBytes;
    this.#partialBytes = 0;
    this.#recoveryTsn = undefined;
  }

  /** [RFC9260 §7.2.1] Nothing was sent for one RTO: what the path carried then says less about now. */
  handleIdle(): void {
    this.#bytes = Math.min(this.#bytes, this.#halved(this.#constants.initialWindowPackets));
  }

  /** [RFC9260 §7.2.2] Everything that was sent has been acknowledged. */
  handleDrained(): void {
    this.#partialBytes = 0;
  }

  #halved(minPackets: number): number {
    return Math.max(this.#bytes / 2, minPackets * this.#packetBytes);
  }
}
