import type { Instant } from "../../time/instant.js";
import type { NtpTime } from "../../time/ntp-time.js";
import { type SenderReportTimes, timestampAt } from "../sender-clock.js";

/** Media time between two frames at least, ms, where one RTP stream takes over from another. */
export const MIN_FRAME_MS = 20;

/**
 * Sender reports may put the frame that takes over this far, ms, from where its arrival puts it: what encoders and networks
 * delay one encoding more than another. Beyond it the reports are wrong (LiveKit: 200 ms ahead, 2 s behind after a pause).
 */
export const MAX_REPORT_ERROR_MS = 500;

/** How much later than another encoding's a frame may come, ms, and still pass for the same moment. */
const MAX_SKEW_MS = 10;

/** An RTP stream as its timestamps are understood. */
export interface TimestampedStream {
  /** Hz. */
  readonly clockRate: number;
  readonly senderReport: SenderReportTimes | undefined;
}

/**
 * Makes one media timeline of the RTP streams a Consumer forwards one after the other, each with a timestamp base of its own.
 *
 * Two streams' sender reports tell which of their timestamps mean the same moment (mediasoup does this); before there are
 * reports, as much media time passes as time passed. Never backwards: a key frame of another encoding often shows the
 * very moment that was sent last.
 */
export class OutputTimeline {
  /** Added to the present stream's timestamps to put it where its clock says. */
  #alignedOffset = 0;
  /** The same, but forward enough. */
  #offset = 0;
  #stream: TimestampedStream | undefined;
  #lastTimestamp = 0;
  /** ms of the monotonic clock in 32 bits; it means nothing before something {@link #hasSent}. */
  #lastSentMs = 0;
  #hasSent = false;

  /** What to add to the present stream's timestamps. */
  get offset(): number {
    return this.#offset;
  }

  /** Newest timestamp sent, ours; 0 before the first. */
  get lastTimestamp(): number {
    return this.#lastTimestamp;
  }

  /** A packet with this timestamp, ours, has been sent; true when it is newer than all before it. */
  handleSent(timestamp: number, now: Instant): boolean {
    const ahead = (timestamp - this.#lastTimestamp) | 0;
    // A late packet of an older frame moves nothing.
    if (ahead < 0 && this.#hasSent) return false;
    const isNewer = ahead > 0 || !this.#hasSent;
    this.#lastTimestamp = timestamp | 0;
    this.#lastSentMs = (now / 1000) | 0;
    this.#hasSent = true;
    return isNewer;
  }

  /** Whether a frame that comes now, `lagMs` after its time, shows what is past: a later moment has been sent. */
  isPast(lagMs: number, now: Instant): boolean {
    return this.#hasSent && lagMs > 0 && this.#passedMs(now) + MAX_SKEW_MS < lagMs;
  }

  /** `stream` takes over, or goes on after a pause, with a frame of the given timestamp. */
  begin(stream: TimestampedStream, timestamp: number, now: Instant): void {
    const before = this.#stream;
    this.#stream = stream;
    if (before === undefined || !this.#hasSent || before === stream) return;
    const passedMs = this.#passedMs(now);
    // What was added to go forward is no media time that has passed.
    const expected = this.#lastTimestamp - (this.#offset - this.#alignedOffset) + toUnits(passedMs, stream);
    const reported = this.#reported(before, stream, timestamp);
    const isCredible = reported !== undefined && Math.abs((reported - expected) | 0) <= toUnits(MAX_REPORT_ERROR_MS, stream);
    const aligned = isCredible ? reported : expected;
    this.#alignedOffset = (aligned - timestamp) | 0;
    const forward = Math.max(toUnits(MIN_FRAME_MS, stream), (aligned - this.#lastTimestamp) | 0);
    this.#offset = (this.#lastTimestamp + forward - timestamp) | 0;
  }

  /**
   * What is sent next is to have `timestamp`, ours, or a later one: the offset grows by what is missing when that has been sent
   * already. No media time passes by it.
   */
  moveForward(stream: TimestampedStream, timestamp: number): void {
    const ahead = (timestamp - this.#lastTimestamp) | 0;
    if (ahead > 0 || !this.#hasSent) return;
    this.#offset = (this.#offset - ahead + toUnits(MIN_FRAME_MS, stream)) | 0;
  }

  /** Since something was last sent, ms. */
  #passedMs(now: Instant): number {
    return (((now / 1000) | 0) - this.#lastSentMs) | 0;
  }

  /** Our timestamp for `timestamp` of `stream` by both streams' reports; undefined before there are both. */
  #reported(before: TimestampedStream, stream: TimestampedStream, timestamp: number): number | undefined {
    const ours = before.senderReport;
    const theirs = stream.senderReport;
    if (ours === undefined || theirs === undefined) return undefined;
    const sinceReportMs = (((timestamp - theirs.rtpTimestamp) | 0) / stream.clockRate) * 1000;
    const ntp = (theirs.ntp + sinceReportMs) as NtpTime;
    return (timestampAt(ours, ntp, before.clockRate) + this.#alignedOffset) | 0;
  }
}

function toUnits(ms: number, stream: TimestampedStream): number {
  return Math.round((ms / 1000) * stream.clockRate);
}
