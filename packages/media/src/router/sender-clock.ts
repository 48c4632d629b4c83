import type { NtpTime } from "../time/ntp-time.js";

/** Share by which the offset follows a later (more delayed) observation: small, so that queueing does not move it. */
const DELAYED_WEIGHT = 0.05;

/** No report is delayed by more, ms: their clock has been set back. */
const MAX_DELAY_MS = 5000;

/**
 * A publisher's wall clock as seen from here: what to add to our time to get theirs.
 *
 * One per publisher, shared by its audio and video, so that the sender reports we make for its streams stay in step to the
 * sample whatever jitter each report had. The least delayed report is the best witness, so the offset follows earlier
 * arrivals at once and later ones slowly.
 */
export class SenderClock {
  #offsetMs: number | undefined;

  /** A sender report that said `theirs` arrived when our clock said `ours`. */
  handleReport(theirs: NtpTime, ours: NtpTime): void {
    const offsetMs = theirs - ours;
    const isStep = this.#offsetMs !== undefined && this.#offsetMs - offsetMs > MAX_DELAY_MS;
    if (this.#offsetMs === undefined || offsetMs > this.#offsetMs || isStep) this.#offsetMs = offsetMs;
    else this.#offsetMs += (offsetMs - this.#offsetMs) * DELAYED_WEIGHT;
  }

  /** Their clock when ours says `ours`; undefined before the first report. */
  toTheirs(ours: NtpTime): NtpTime | undefined {
    return this.#offsetMs === undefined ? undefined : ((ours + this.#offsetMs) as NtpTime);
  }
}

/** The pair of times in a sender report (RFC 3550 §6.4.1): the same moment on the wall clock and in RTP units. */
export interface SenderReportTimes {
  readonly ntp: NtpTime;
  readonly rtpTimestamp: number;
}

/** RTP timestamp of the moment `ntp`, extrapolated from a report. */
export function timestampAt(report: SenderReportTimes, ntp: NtpTime, clockRate: number): number {
  return (report.rtpTimestamp + Math.round(((ntp - report.ntp) / 1000) * clockRate)) >>> 0;
}
