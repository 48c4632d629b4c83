import { after, type Instant } from "@sluice/media";
import type { DataMessage } from "./data-message.js";

/** How long a packet is kept at least, ms: a resume takes a second or two. */
const MAX_AGE_MS = 5_000;
/** Old ones are looked for so often, ms, not for each packet. */
const CLEANING_INTERVAL_MS = 1_000;
/** Of one room; beyond, the oldest go. */
const MAX_CACHE_BYTES = 4 * 1024 * 1024;
/** What a packet costs beyond its bytes, which are there as they came and as they left; and each of its receivers. */
const PACKET_OVERHEAD_BYTES = 512;
const RECEIVER_BYTES = 16;

/** A numbered reliable packet that was handed on. */
export interface CachedPacket {
  /** Participant id. */
  readonly publisherId: string;
  readonly sequence: number;
  readonly message: DataMessage;
  readonly sizeBytes: number;
  /** Participant ids of everybody it was for. */
  readonly receiverIds: readonly string[];
}

/** What a client says it has: the last number of one publisher. */
export interface ReceivedState {
  /** Participant id. */
  readonly publisherId: string;
  readonly lastSequence: number;
}

/** [RM118] A room's reliable packets of the last seconds, for who resumes and has missed some. */
export class ReplayCache {
  readonly #packets: (CachedPacket & { readonly at: Instant })[] = [];
  #bytes = 0;
  #cleaningAt: Instant | undefined;

  add(packet: CachedPacket, now: Instant): void {
    this.#packets.push({ ...packet, at: now });
    this.#bytes += costOf(packet);
    while (this.#bytes > MAX_CACHE_BYTES) this.#removeOldest();
    this.#cleaningAt ??= after(now, MAX_AGE_MS);
  }

  /**
   * What was for this participant and has not come, in the order in which it was sent. Of a publisher that the client does not name it
   * is missing what was not handed to `transportId`, for that brings whatever it was given.
   */
  missedBy(
    participantId: string,
    states: readonly ReceivedState[],
    transportId: string | undefined,
    now: Instant,
  ): readonly DataMessage[] {
    const received = new Map(states.map(({ publisherId, lastSequence }) => [publisherId, lastSequence]));
    const missed = this.#packets.filter(({ at, publisherId, sequence, message, receiverIds }) => {
      if (now >= after(at, MAX_AGE_MS) || !receiverIds.includes(participantId)) return false;
      const last = received.get(publisherId);
      return last === undefined ? !message.wasHandedTo(transportId) : sequence > last;
    });
    return missed.map(({ message }) => message);
  }

  pollTimeout(): Instant | undefined {
    return this.#cleaningAt;
  }

  handleTimeout(now: Instant): void {
    if (this.#cleaningAt === undefined || now < this.#cleaningAt) return;
    for (let [oldest] = this.#packets; oldest !== undefined && now >= after(oldest.at, MAX_AGE_MS); [oldest] = this.#packets) {
      this.#removeOldest();
    }
    this.#cleaningAt = this.#packets.length === 0 ? undefined : after(now, CLEANING_INTERVAL_MS);
  }

  #removeOldest(): void {
    const oldest = this.#packets.shift();
    this.#bytes -= oldest === undefined ? this.#bytes : costOf(oldest);
  }
}

function costOf({ sizeBytes, receiverIds }: CachedPacket): number {
  return 2 * sizeBytes + PACKET_OVERHEAD_BYTES + RECEIVER_BYTES * receiverIds.length;
}
