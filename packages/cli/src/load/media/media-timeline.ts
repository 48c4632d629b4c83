import { Intervals } from "../intervals.js";
import { type LatencyCounts, LatencyHistogram } from "../latency-histogram.js";
import { addUp } from "./add-up.js";
import type { MediaSample, ReceivedCounts } from "./media-messages.js";

/** What there was between two looks at a load. Counts are of that time alone. */
export interface MediaPoint {
  /** Its end, ms since measuring began. */
  readonly atMs: number;
  readonly lengthMs: number;
  readonly sampled: ReceivedCounts;
  readonly counted: ReceivedCounts;
  readonly delay: LatencyHistogram;
}

interface Interval {
  delay: LatencyCounts;
  /** When something was told last. */
  toldMs: number;
  /** The latest of each process; its counts are since measuring began. */
  readonly latest: Map<number, MediaSample>;
}

/** What a load of media did while it was measured, second by second. */
export class MediaTimeline {
  readonly #intervals = new Intervals<Interval>(join);

  /** `atMs`: since measuring began. */
  add(atMs: number, processIndex: number, sample: MediaSample): void {
    this.#intervals.update(atMs, (interval = createInterval()) => {
      interval.delay = merge(interval.delay, sample.delay);
      interval.toldMs = atMs;
      interval.latest.set(processIndex, sample);
      return interval;
    });
  }

  /** An interval that was told of when it had just begun belongs to the one before it. */
  points(): MediaPoint[] {
    const latest = new Map<number, MediaSample>();
    const points: MediaPoint[] = [];
    let delay = new LatencyHistogram();
    let [toldMs, sampled, counted] = [0, addUp([]), addUp([])];
    for (const { lengthMs, value } of this.#intervals.list()) {
      if (value === undefined) continue;
      for (const [process, sample] of value.latest) latest.set(process, sample);
      delay.add(value.delay);
      if (value.toldMs - toldMs < lengthMs / 2) continue;
      const all = [...latest.values()];
      const [sampledNow, countedNow] = [addUp(all.map((each) => each.sampled)), addUp(all.map((each) => each.counted))];
      points.push({
        atMs: value.toldMs,
        lengthMs: value.toldMs - toldMs,
        sampled: since(sampled, sampledNow),
        counted: since(counted, countedNow),
        delay,
      });
      delay = new LatencyHistogram();
      [toldMs, sampled, counted] = [value.toldMs, sampledNow, countedNow];
    }
    return points;
  }
}

function createInterval(): Interval {
  return { delay: new LatencyHistogram().toCounts(), toldMs: 0, latest: new Map() };
}

function join(first: Interval, second: Interval): Interval {
  return {
    delay: merge(first.delay, second.delay),
    toldMs: second.toldMs,
    latest: new Map([...first.latest, ...second.latest]),
  };
}

/** What was lost may come after all, so a count of losses can go down; less than none is none. */
function since(before: ReceivedCounts, now: ReceivedCounts): ReceivedCounts {
  const difference = (read: (counts: ReceivedCounts) => number) => Math.max(0, read(now) - read(before));
  return {
    packets: difference(({ packets }) => packets),
    bytes: difference(({ bytes }) => bytes),
    lost: difference(({ lost }) => lost),
    freezes: difference(({ freezes }) => freezes),
    frozenMs: difference(({ frozenMs }) => frozenMs),
    videos: now.videos,
  };
}

function merge(first: LatencyCounts, second: LatencyCounts): LatencyCounts {
  const histogram = new LatencyHistogram();
  histogram.add(first);
  histogram.add(second);
  return histogram.toCounts();
}
