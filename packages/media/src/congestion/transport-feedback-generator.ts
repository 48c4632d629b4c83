import {
  TRANSPORT_FEEDBACK_REFERENCE_US,
  TRANSPORT_FEEDBACK_TICK_US,
  type TransportFeedback,
} from "../rtcp/transport-feedback.js";
import { SequenceUnwrapper } from "../rtp/sequence-unwrapper.js";
import { after, type Instant } from "../time/instant.js";

export const TRANSPORT_FEEDBACK = {
  /** Longest time that an arrival waits to be reported, in ms (JVB and mediasoup: 100). */
  maxIntervalMs: 100,
  /** Least time between two feedbacks, in ms (libwebrtc: 50). */
  minIntervalMs: 50,
  /** So many unreported packets make feedback due after the least time. */
  hurryPackets: 24,
  /** Numbers that the log spans: 100 ms of the 20,000 packets a second that one peer may send. A power of two. */
  logPackets: 2048,
  /** Packets behind the log, one after the other, after which the sender must have begun a new numbering. */
  staleBeforeRestart: 16,
  /** Bytes of one feedback at most, so that it fits with SRTCP's tag into any MTU. */
  maxFeedbackBytes: 1000,
} as const;

/** Header, SSRCs and fixed fields. */
const FEEDBACK_FIXED_BYTES = 20;
/** The wire's reach between two arrivals: 16 bits of ticks (8.19 s). */
const MAX_DELTA_TICKS = 0x7fff;
const NOT_ARRIVED = -1;

/**
 * Logs when packets with transport-wide sequence numbers arrive and tells the sender
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3).
 *
 * Each number is reported once; a packet that comes after it was reported missing is reported again. Logging a packet
 * allocates nothing but the log itself, at the first packet.
 */
export class TransportFeedbackGenerator {
  /** Arrival by number, in ticks since the first arrival; {@link NOT_ARRIVED}. */
  #log: Int32Array | undefined;
  #unwrapper = new SequenceUnwrapper();
  #origin = 0 as Instant;
  /** First number not yet reported. */
  #start = 0;
  /** Unreported arrivals. */
  #waiting = 0;
  #waitingSince = 0 as Instant;
  #reportedAt: Instant | undefined;
  #staleRun = 0;
  #feedbackCount = 0;
  /** Packets too old to be logged. */
  stale = 0;
  /** Times the log was begun anew: a jump, or a sender that started over. */
  restarts = 0;

  /** Logs one arrival `ageUs` µs ago; `sequenceNumber` has 16 bits. */
  handlePacket(sequenceNumber: number, now: Instant, ageUs: number): void {
    const log = this.#log;
    const previous = this.#unwrapper.highest;
    if (log === undefined || previous === undefined) {
      this.#log ??= new Int32Array(TRANSPORT_FEEDBACK.logPackets);
      this.#begin(this.#log, sequenceNumber, now, ageUs);
      return;
    }
    const number = this.#unwrapper.unwrap(sequenceNumber);
    if (number <= previous - log.length) {
      this.stale++;
      if (++this.#staleRun >= TRANSPORT_FEEDBACK.staleBeforeRestart) this.#restart(log, sequenceNumber, now, ageUs);
      return;
    }
    this.#staleRun = 0;
    if (number - previous >= log.length || this.#ticksAt(now) > 0x7fff_fffe) {
      this.#restart(log, sequenceNumber, now, ageUs);
      return;
    }
    const mask = log.length - 1;
    for (let missing = previous + 1; missing < number; missing++) log[missing & mask] = NOT_ARRIVED;
    // What falls out of the log unreported is given up: more came between two polls than one peer may send.
    if (number - this.#start >= log.length) this.#start = number - log.length + 1;
    const slot = number & mask;
    if (number <= previous && log[slot] !== NOT_ARRIVED) return; // a duplicate: the first arrival counts
    // One that came before the first and was read after it has no tick of its own.
    log[slot] = Math.max(0, this.#ticksAt(now - ageUs));
    if (number < this.#start) this.#start = number;
    if (this.#waiting++ === 0) this.#waitingSince = now;
  }

  /** When {@link pollFeedback} has something to say next. */
  pollTimeout(): Instant | undefined {
    if (this.#waiting === 0) return undefined;
    const latest = after(this.#waitingSince, TRANSPORT_FEEDBACK.maxIntervalMs);
    if (this.#waiting < TRANSPORT_FEEDBACK.hurryPackets) return latest;
    if (this.#reportedAt === undefined) return after(this.#waitingSince, TRANSPORT_FEEDBACK.minIntervalMs);
    const earliest = after(this.#reportedAt, TRANSPORT_FEEDBACK.minIntervalMs);
    return earliest < latest ? earliest : latest;
  }

  /**
   * The next feedback to send, or undefined when none is due. Call until then: what does not fit into one goes into the
   * next. What it returns can always be serialized.
   */
  pollFeedback(senderSsrc: number, mediaSsrc: number, now: Instant): TransportFeedback | undefined {
    const log = this.#log;
    const due = this.pollTimeout();
    const highest = this.#unwrapper.highest;
    if (log === undefined || highest === undefined || due === undefined || due > now) return undefined;
    const mask = log.length - 1;
    let first = this.#start;
    while (first < highest && log[first & mask] === NOT_ARRIVED) first++;
    const originUs = this.#origin;
    const referenceTime = Math.floor(
      (originUs + (log[first & mask] as number) * TRANSPORT_FEEDBACK_TICK_US) / TRANSPORT_FEEDBACK_REFERENCE_US,
    );
    const referenceTicks = (referenceTime * TRANSPORT_FEEDBACK_REFERENCE_US - originUs) / TRANSPORT_FEEDBACK_TICK_US;
    const arrivals: (number | undefined)[] = [];
    let arrived = 0;
    let previous = 0;
    let number = this.#start;
    for (; number <= highest; number++) {
      const ticks = log[number & mask] as number;
      const chunkBytes = 2 * Math.ceil((arrivals.length + 1) / 7);
      if (FEEDBACK_FIXED_BYTES + chunkBytes + 2 * (arrived + 1) > TRANSPORT_FEEDBACK.maxFeedbackBytes) break;
      if (ticks === NOT_ARRIVED) {
        arrivals.push(undefined);
        continue;
      }
      const arrival = Math.floor(ticks - referenceTicks);
      if (Math.abs(arrival - previous) > MAX_DELTA_TICKS) break;
      arrivals.push(arrival);
      previous = arrival;
      arrived++;
    }
    const baseSequenceNumber = this.#start & 0xffff;
    this.#start = number;
    // Numbers that were reported before and came between late ones again are not waiting, so this never counts below zero.
    this.#waiting = number > highest ? 0 : Math.max(1, this.#waiting - arrived);
    if (this.#waiting === 0) this.#reportedAt = now;
    const feedbackPacketCount = this.#feedbackCount;
    this.#feedbackCount = (feedbackPacketCount + 1) & 0xff;
    return {
      type: "transportFeedback",
      senderSsrc,
      mediaSsrc,
      baseSequenceNumber,
      referenceTime: (referenceTime << 8) >> 8,
      feedbackPacketCount,
      arrivals,
    };
  }

  #ticksAt(timeUs: number): number {
    return Math.round((timeUs - this.#origin) / TRANSPORT_FEEDBACK_TICK_US);
  }

  #begin(log: Int32Array, sequenceNumber: number, now: Instant, ageUs: number): void {
    log.fill(NOT_ARRIVED);
    this.#start = this.#unwrapper.unwrap(sequenceNumber);
    this.#origin = (now - ageUs) as Instant;
    log[this.#start & (log.length - 1)] = 0;
    this.#waiting = 1;
    this.#waitingSince = now;
  }

  #restart(log: Int32Array, sequenceNumber: number, now: Instant, ageUs: number): void {
    this.restarts++;
    this.#staleRun = 0;
    this.#unwrapper = new SequenceUnwrapper();
    this.#begin(log, sequenceNumber, now, ageUs);
  }
}
