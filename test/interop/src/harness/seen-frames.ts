import type { CountedFrame } from "./frame-counter.js";

/** At the 15 frames a second of most counters, half a second. */
const FRAMES_AROUND = 8;

/** What can be said of a picture that was watched for a while. */
export interface SeenFrames {
  readonly frames: number;
  readonly corrupt: number;
  /** Frames that were shown after a later one. */
  readonly backwards: number;
  /** Longest time between two different pictures, ms. */
  readonly longestFreezeMs: number;
  /** What of a freeze may be the machine's: the longest that drawing was late by, and the longest that the watching page was, ms. */
  readonly machineStallMs: number;
  /** Of the frames drawn in that time, how many were seen, 0–1. */
  readonly seenRatio: number;
  /** From drawing to showing, ms: the median, and the worst above it. */
  readonly delayMs: number;
  readonly worstLatenessMs: number;
  /**
   * How much later the worst frame was than all that the other viewer saw at about the same time, ms; each against its own median,
   * and without what the page itself was late by.
   */
  readonly worstLagMs: number;
}

/** Which part of what was seen is looked at; Unix times, ms. */
export interface SeenSpan {
  readonly from?: number;
  readonly to?: number;
  /** What somebody saw of the same track beside: a machine that is busy is late with both. */
  readonly beside?: readonly CountedFrame[];
}

/** Compares what was drawn with what was seen. Fewer than 32,768 frames lie between. */
export function compareFrames(drawn: readonly CountedFrame[], seen: readonly CountedFrame[], span: SeenSpan = {}): SeenFrames {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, beside = [] } = span;
  const drawnAt = new Map(drawn.map(({ frame, at }) => [frame, at]));
  const isWithin = ({ at }: CountedFrame) => at >= from && at <= to;
  const watched = seen.filter(isWithin);
  const { changes, backwards } = changesOf(watched);
  const delays = delaysOf(changes, drawnAt);
  const ownMs = new Map(changes.map((frame) => [frame.frame, frame.ownMs ?? 0]));
  const delayMs = median(delays.values());
  const delaysBeside = delaysOf(changesOf(beside.filter(isWithin)).changes, drawnAt);
  const delayBesideMs = median(delaysBeside.values());
  let [longestFreezeMs, worstLatenessMs, worstLagMs] = [0, 0, 0];
  for (const [index, { at }] of changes.entries()) {
    const before = changes[index - 1];
    if (before !== undefined) longestFreezeMs = Math.max(longestFreezeMs, at - before.at);
  }
  for (const [frame, delay] of delays) {
    const latenessMs = delay - delayMs;
    worstLatenessMs = Math.max(worstLatenessMs, latenessMs);
    const latenessBesideMs = Math.max(0, (worstAround(delaysBeside, frame) ?? delayBesideMs) - delayBesideMs);
    worstLagMs = Math.max(worstLagMs, latenessMs - latenessBesideMs - (ownMs.get(frame) ?? 0));
  }
  const [first, last] = [changes[0], changes.at(-1)];
  const drawnBetween = first === undefined || last === undefined ? 0 : ((last.frame - first.frame) & 0xffff) + 1;
  return {
    frames: watched.length,
    corrupt: watched.filter(({ frame }) => frame === -1).length,
    backwards,
    longestFreezeMs,
    machineStallMs: stallMs(drawn.filter(isWithin)) + Math.max(0, ...ownMs.values()),
    seenRatio: drawnBetween === 0 ? 0 : delays.size / drawnBetween,
    delayMs,
    worstLatenessMs,
    worstLagMs,
  };
}

/** How much longer the longest time between two frames was than the usual one, ms. */
function stallMs(drawn: readonly CountedFrame[]): number {
  const gapsMs = drawn.slice(1).map(({ at }, index) => at - (drawn[index]?.at ?? at));
  return Math.max(0, ...gapsMs) - median(gapsMs);
}

/** The whole pictures that differ from the one before, and how many of them are older than one before them. */
function changesOf(watched: readonly CountedFrame[]): { changes: CountedFrame[]; backwards: number } {
  const changes: CountedFrame[] = [];
  let [backwards, highest] = [0, -1];
  for (const each of watched) {
    if (each.frame === -1 || each.frame === changes.at(-1)?.frame) continue;
    if (highest !== -1 && ((each.frame - highest) & 0xffff) > 0x7fff) backwards++;
    else highest = each.frame;
    changes.push(each);
  }
  return { changes, backwards };
}

/** By frame: from drawing to showing for the first time, ms. */
function delaysOf(changes: readonly CountedFrame[], drawnAt: ReadonlyMap<number, number>): Map<number, number> {
  const delays = new Map<number, number>();
  for (const { frame, at } of changes) {
    const drawn = drawnAt.get(frame);
    if (drawn !== undefined && !delays.has(frame)) delays.set(frame, at - drawn);
  }
  return delays;
}

/** The worst of the frames drawn half a second before and after `frame`: a busy machine stumbles now here, now there. */
function worstAround(delays: ReadonlyMap<number, number>, frame: number): number | undefined {
  let worst: number | undefined;
  for (let away = -FRAMES_AROUND; away <= FRAMES_AROUND; away++) {
    const delay = delays.get((frame + away) & 0xffff);
    if (delay !== undefined) worst = Math.max(worst ?? delay, delay);
  }
  return worst;
}

function median(values: Iterable<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
