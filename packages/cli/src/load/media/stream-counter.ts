import { FreezeMeter, type Instant, type MediaKind } from "@sluice/media";

/** Numbers within which an old packet is one that was late, and not the start of another numbering. */
const WINDOW = 1_024;

/** Counts one RTP stream by nothing but the headers of its packets. */
export class StreamCounter {
  readonly kind: MediaKind;
  readonly freezes = new FreezeMeter();
  packets = 0;
  bytes = 0;
  /** Numbers between the first and the highest that did not come. */
  lost = 0;
  #highest: number | undefined;
  #timestamp: number | undefined;
  /** By number modulo WINDOW: which of them has come. */
  readonly #seen = new Int32Array(WINDOW).fill(-1);

  constructor(kind: MediaKind) {
    this.kind = kind;
  }

  /** `sequenceNumber` of 16 bits, `timestamp` of 32. `sizeBytes` 0: nothing but padding, which has a number and is no packet of media. */
  handlePacket(sequenceNumber: number, timestamp: number, sizeBytes: number, now: Instant): void {
    const ahead = this.#highest === undefined ? 1 : ((sequenceNumber - this.#highest) << 16) >> 16;
    if (ahead <= 0) {
      this.#handleLate(sequenceNumber, sizeBytes, -ahead);
      return;
    }
    // What came before the first packet is not missed, and neither is what a sender that began anew has skipped.
    if (this.#highest !== undefined && ahead < WINDOW) this.lost += ahead - 1;
    this.#highest = sequenceNumber;
    this.#count(sequenceNumber, sizeBytes);
    if (timestamp === this.#timestamp || sizeBytes === 0) return;
    this.#timestamp = timestamp;
    if (this.kind === "video") this.freezes.handleFrame(now);
  }

  #handleLate(sequenceNumber: number, sizeBytes: number, behind: number): void {
    if (behind >= WINDOW) {
      this.#highest = sequenceNumber;
      this.#count(sequenceNumber, sizeBytes);
    } else if (this.#seen[sequenceNumber % WINDOW] !== sequenceNumber) {
      this.lost = Math.max(0, this.lost - 1);
      this.#count(sequenceNumber, sizeBytes);
    }
  }

  #count(sequenceNumber: number, sizeBytes: number): void {
    this.#seen[sequenceNumber % WINDOW] = sequenceNumber;
    if (sizeBytes === 0) return;
    this.packets += 1;
    this.bytes += sizeBytes;
  }
}
