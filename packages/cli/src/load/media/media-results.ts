import { ErrorTally } from "../error-tally.js";
import { LatencyHistogram } from "../latency-histogram.js";
import { addUp } from "./add-up.js";
import type { MediaSample, ReceivedCounts } from "./media-messages.js";
import { MediaTimeline } from "./media-timeline.js";

/** What all processes of a load of media have told, put together. */
export class MediaResults {
  readonly delay = new LatencyHistogram();
  readonly join = new LatencyHistogram();
  readonly firstPacket = new LatencyHistogram();
  readonly lag = new LatencyHistogram();
  readonly errors = new ErrorTally();
  readonly timeline = new MediaTimeline();
  attempts = 0;
  /** Latest of each process; after measuring what it was at its end. */
  readonly #latest = new Map<number, MediaSample>();
  /** CPU of each process while measuring, ms. */
  readonly #cpuMs = new Map<number, number>();

  get publishers(): number {
    return this.#sum(({ publishers }) => publishers);
  }

  get subscribers(): number {
    return this.#sum(({ subscribers }) => subscribers);
  }

  get sentPackets(): number {
    return this.#sum(({ sentPackets }) => sentPackets);
  }

  get socketDrops(): number {
    return this.#sum((sample) => sample.socketDrops);
  }

  get sampled(): ReceivedCounts {
    return addUp([...this.#latest.values()].map(({ sampled }) => sampled));
  }

  get counted(): ReceivedCounts {
    return addUp([...this.#latest.values()].map(({ counted }) => counted));
  }

  /** Of the process that used most. */
  get mostCpuMs(): number {
    return Math.max(0, ...this.#cpuMs.values());
  }

  /** `measuredMs`: how long is measured by now. */
  add(sample: MediaSample, processIndex: number, measuredMs: number): void {
    const before = this.#latest.get(processIndex);
    if (before?.isMeasuring !== true || sample.isMeasuring) this.#latest.set(processIndex, sample);
    this.delay.add(sample.delay);
    this.join.add(sample.join);
    this.firstPacket.add(sample.firstPacket);
    for (const { code, message, count } of sample.errors) this.errors.add(code, message, count);
    this.attempts += sample.attempts;
    if (!sample.isMeasuring) return;
    this.lag.add(sample.lag);
    this.timeline.add(measuredMs, processIndex, sample);
    this.#cpuMs.set(processIndex, (this.#cpuMs.get(processIndex) ?? 0) + sample.cpuMs);
  }

  #sum(read: (sample: MediaSample) => number): number {
    return [...this.#latest.values()].reduce((sum, sample) => sum + read(sample), 0);
  }
}
