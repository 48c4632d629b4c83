import { after, type Instant } from "../time/instant.js";
import { RETRANSMISSION } from "./retransmission-limits.js";
import type { SentPacketLog } from "./sent-packet-log.js";

/** A Consumer as its retransmissions know it. */
export interface ResendingConsumer {
  readonly log: SentPacketLog;
  readonly roundTripMs: number | undefined;
  /** Shared by all Consumers of one receiver. */
  readonly outlet: {
    /** How long beyond a round trip a packet may be sent again, ms. */
    readonly retransmissionTtlMs: number;
    readonly retransmissionBudget: { take(sizeBytes: number, now: Instant): boolean; handleResent(): void };
  };
  /** Highest extended number sent so far; -1 before the first packet. */
  readonly highestSent: number;
  /** The extended number nearest to the highest sent that has these low 16 bits; -1 before the first packet. */
  extendSent(sequenceNumber: number): number;
  /** Bytes of a packet of the log, or -1 when it can not be rebuilt any more. */
  sizeOfSent(sent: number): number;
  /** Sends a packet of the log again, by RTX where that was negotiated. */
  resend(sent: number): boolean;
}

/**
 * Answers what a receiver misses (Generic NACK, RFC 4585 §6.2.1): decides what is sent again, the Consumer does it.
 *
 * A packet that never came here is in nobody's log: it is being asked for upstream, and goes out under the number that was
 * kept for it when it arrives.
 */
export class Retransmission {
  readonly #consumer: ResendingConsumer;
  /** Number under which the last key frame began. */
  #keyFrameSent = -1;
  /** Packets below are of no use to the receiver: its decoder waits for a key frame. */
  #uselessBelow = -1;
  /** A receiver asked for a key frame that has not been sent: until then. */
  #guardedUntil: Instant | undefined;
  retransmitted = 0;
  retransmittedBytes = 0;
  /** Packets asked for that are not here any more, or too old. */
  missed = 0;
  /** Packets asked for that were beyond {@link RETRANSMISSION}'s limits. */
  refused = 0;

  constructor(consumer: ResendingConsumer) {
    this.#consumer = consumer;
  }

  /** The receiver cannot decode what it has (PLI or FIR), and will get a key frame. */
  handleKeyFrameRequest(now: Instant): void {
    if (this.#isKeyFrameYoung(now)) this.#uselessBelow = this.#keyFrameSent;
    else this.#guardedUntil ??= after(now, RETRANSMISSION.keyFrameGuardMs);
  }

  /** A key frame was sent that the receiver may not have known of when it asked, or whose lost packets can still be repaired. */
  #isKeyFrameYoung(now: Instant): boolean {
    const { log, roundTripMs = RETRANSMISSION.defaultRoundTripMs } = this.#consumer;
    if (this.#keyFrameSent < 0 || !log.has(this.#keyFrameSent)) return false;
    return log.ageMs(this.#keyFrameSent, now / 1000) <= this.#maxAgeMs(roundTripMs);
  }

  /** How long after its first sending a packet may be sent again. */
  #maxAgeMs(roundTripMs: number): number {
    return roundTripMs + this.#consumer.outlet.retransmissionTtlMs * Math.max(1, roundTripMs / RETRANSMISSION.ttlRoundTripMs);
  }

  /** A packet in which a key frame begins has gone out as `sent`. */
  handleKeyFrameSent(sent: number): void {
    if (sent <= this.#keyFrameSent) return;
    this.#keyFrameSent = sent;
    if (this.#guardedUntil !== undefined) this.#uselessBelow = sent;
    this.#guardedUntil = undefined;
  }

  /** True: something that no resending repairs is missing, and no key frame was sent since. */
  handleNack(lost: readonly number[], now: Instant): boolean {
    const consumer = this.#consumer;
    const { log } = consumer;
    const { retransmissionBudget } = consumer.outlet;
    if (this.#guardedUntil !== undefined) {
      if (now < this.#guardedUntil) {
        this.refused += lost.length;
        return false;
      }
      this.#guardedUntil = undefined;
    }
    const nowMs = now / 1000;
    const roundTripMs = consumer.roundTripMs ?? RETRANSMISSION.defaultRoundTripMs;
    const intervalMs = Math.max(RETRANSMISSION.minIntervalMs, roundTripMs);
    const maxAgeMs = this.#maxAgeMs(roundTripMs);
    let needsKeyFrame = false;
    for (const sequenceNumber of lost) {
      const sent = consumer.extendSent(sequenceNumber);
      if (sent < 0 || sent > consumer.highestSent || sent < this.#uselessBelow) continue;
      const isForgotten = sent <= consumer.highestSent - log.capacity;
      // Not sent yet: it never came here.
      if (!isForgotten && !log.has(sent)) continue;
      const sizeBytes = isForgotten || log.ageMs(sent, nowMs) > maxAgeMs ? -1 : consumer.sizeOfSent(sent);
      if (sizeBytes < 0) {
        this.missed++;
        needsKeyFrame ||= sent > this.#keyFrameSent;
        continue;
      }
      const resendings = log.resendingsOf(sent);
      const isTooSoon = resendings > 0 && log.restedMs(sent, nowMs) < intervalMs;
      if (isTooSoon || resendings >= RETRANSMISSION.maxResendings || !retransmissionBudget.take(sizeBytes, now)) {
        this.refused++;
        continue;
      }
      log.handleResent(sent, nowMs);
      const isResent = consumer.resend(sent);
      retransmissionBudget.handleResent();
      if (!isResent) continue;
      this.retransmitted++;
      this.retransmittedBytes += sizeBytes;
    }
    return needsKeyFrame;
  }
}
