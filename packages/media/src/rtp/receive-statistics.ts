import type { ReportBlock } from "../rtcp/report-block.js";
import type { Instant } from "../time/instant.js";

/** Weight of one packet in the jitter estimate (RFC 3550 §6.4.1). */
const JITTER_GAIN = 1 / 16;

/**
 * Transit changes above this are a new timeline, not jitter: the sender jumped its timestamps (mute, source switch). libwebrtc
 * uses the same 5 s.
 */
const MAX_TRANSIT_CHANGE_S = 5;

/** Limits of the signed 24-bit cumulative loss. */
const MIN_CUMULATIVE_LOST = -0x80_0000;
const MAX_CUMULATIVE_LOST = 0x7f_ffff;

/**
 * What a receiver has to report about one RTP stream (RFC 3550 appendices A.3 and A.8).
 *
 * Takes extended sequence numbers, so that wraps are no concern here. Feed it every accepted packet; it allocates nothing.
 */
export class ReceiveStatistics {
  readonly #clockRate: number;
  #baseSequenceNumber = -1;
  #highestSequenceNumber = -1;
  #received = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;
  /** In RTP timestamp units. */
  #jitter = 0;
  #lastTimestamp = 0;
  #lastArrival = 0;
  #senderReportNtp = 0;
  #senderReportArrival: Instant | undefined;

  /** `clockRate`: of the stream's codec, in Hz. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  get packetsReceived(): number {
    return this.#received;
  }

  /** Expected minus received; negative when duplicates came. */
  get packetsLost(): number {
    return this.#expected - this.#received;
  }

  /** Interarrival jitter in milliseconds. */
  get jitterMs(): number {
    return (this.#jitter / this.#clockRate) * 1000;
  }

  /** -1 before the first packet. */
  get highestSequenceNumber(): number {
    return this.#highestSequenceNumber;
  }

  get #expected(): number {
    return this.#received === 0 ? 0 : this.#highestSequenceNumber - this.#baseSequenceNumber + 1;
  }

  /** `timestamp`: 32 bits, as on the wire. */
  handlePacket(extendedSequenceNumber: number, timestamp: number, now: Instant): void {
    if (this.#received === 0) {
      this.#baseSequenceNumber = extendedSequenceNumber;
      this.#highestSequenceNumber = extendedSequenceNumber;
    } else {
      // A packet older than the first one that came was expected as well.
      if (extendedSequenceNumber < this.#baseSequenceNumber) this.#baseSequenceNumber = extendedSequenceNumber;
      if (extendedSequenceNumber > this.#highestSequenceNumber) this.#highestSequenceNumber = extendedSequenceNumber;
      this.#updateJitter(timestamp, now);
    }
    this.#received++;
    this.#lastTimestamp = timestamp;
    this.#lastArrival = now;
  }

  /** Remembers a sender report of this stream, so that the sender can compute its round trip time from our next one. */
  handleSenderReport(ntpMiddle: number, now: Instant): void {
    this.#senderReportNtp = ntpMiddle;
    this.#senderReportArrival = now;
  }

  /** The report block for `ssrc`, and the start of a new interval; undefined before the first packet. */
  takeReportBlock(ssrc: number, now: Instant): ReportBlock | undefined {
    if (this.#received === 0) return undefined;
    const expected = this.#expected;
    const expectedNow = expected - this.#expectedAtReport;
    const lostNow = expectedNow - (this.#received - this.#receivedAtReport);
    this.#expectedAtReport = expected;
    this.#receivedAtReport = this.#received;
    const sinceReportUs = this.#senderReportArrival === undefined ? 0 : now - this.#senderReportArrival;
    return {
      ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.min(MAX_CUMULATIVE_LOST, Math.max(MIN_CUMULATIVE_LOST, expected - this.#received)),
      extendedHighestSequenceNumber: this.#highestSequenceNumber >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: this.#senderReportNtp,
      delaySinceLastSenderReport: Math.floor((sinceReportUs * 65_536) / 1_000_000) >>> 0,
    };
  }

  /** Both differences are small, so the wrap of the timestamp is undone by taking theirs as signed. */
  #updateJitter(timestamp: number, now: Instant): void {
    const arrivalChange = ((now - this.#lastArrival) / 1_000_000) * this.#clockRate;
    const timestampChange = (timestamp - this.#lastTimestamp) | 0;
    const transitChange = Math.abs(arrivalChange - timestampChange);
    if (transitChange > MAX_TRANSIT_CHANGE_S * this.#clockRate) return;
    this.#jitter += (transitChange - this.#jitter) * JITTER_GAIN;
  }
}
