import type { ErrorCount } from "../error-tally.js";
import { adviceOn } from "../limit-advice.js";
import type { LoadEnding } from "../load-run.js";
import { type Quantiles, quantilesOf } from "../quantiles.js";
import type { ReceivedCounts } from "./media-messages.js";
import type { MediaPlan } from "./media-plan.js";
import type { MediaResults } from "./media-results.js";

/** Packets of one kind of subscriber. */
export interface ReceivedSummary extends ReceivedCounts {
  /** Lost ones of all there were to be, 0–1. */
  readonly lossRate: number;
  /** Of each video that was received: the share of time in which it stood still, 0–1. */
  readonly frozenRate: number;
}

/** What `sluice loadtest --json` prints. */
export interface MediaSummary {
  readonly url: string;
  readonly door: string;
  readonly ended: LoadEnding["type"];
  /** That are there, and that there were to be. */
  readonly publishers: number;
  readonly subscribers: number;
  readonly wantedPublishers: number;
  readonly wantedSubscribers: number;
  readonly durationMs: number;
  /** By all publishers. */
  readonly sentPackets: number;
  /** At all subscribers. */
  readonly deliveredPackets: number;
  readonly deliveredPerSecond: number;
  /** Bits per second at all subscribers, RTP with its encryption. */
  readonly bitrateBps: number;
  /** Subscribers that do everything a client does: loss is what repair left. */
  readonly sampled: ReceivedSummary;
  /** Subscribers that only count: loss is that of the network. */
  readonly counted: ReceivedSummary;
  /** From the publisher's send to the subscriber's socket, at those that do everything. */
  readonly delay: Quantiles;
  /** From when a participant was due to its having joined; of publishers, too. */
  readonly join: Quantiles;
  /** From when a subscriber was due to its first packet of media. */
  readonly firstPacket: Quantiles;
  /** Participants that did not join, lost their room or received nothing. */
  readonly errors: number;
  readonly errorRate: number;
  readonly errorsByCode: readonly ErrorCount[];
  readonly generator: {
    readonly processes: number;
    /** Of the busiest process, while measuring: 1 is a whole core. */
    readonly cpu: number;
    /** How late its event loops were. */
    readonly lag: Quantiles;
    /** Datagrams that did not fit into its sockets: lost here, not on the way. */
    readonly socketDrops: number;
    /** Delay and loss are in good part this program's own. */
    readonly isLimit: boolean;
  };
  /** What to do about it, in sentences. */
  readonly advice: readonly string[];
}

const GENERATOR_ADVICE =
  "this program was the limit: delay, loss and freezes are in good part its own. Pass more --processes, a larger --sample, or run it on another machine than the node";

const MAX_CPU = 0.85;
/** An event loop that is later than this, ms, reads its sockets too late. */
const MAX_LAG_MS = 20;

export function summarizeMedia(
  plan: MediaPlan,
  results: MediaResults,
  ending: LoadEnding,
  measuredMs: number,
  wanted: { publishers: number; subscribers: number },
): MediaSummary {
  const [sampled, counted] = [results.sampled, results.counted];
  const packets = sampled.packets + counted.packets;
  const seconds = measuredMs / 1_000;
  const perSecond = (value: number) => (seconds === 0 ? 0 : Math.round(value / seconds));
  const errors = results.errors.total;
  const generator = summarizeGenerator(plan, results, measuredMs);
  return {
    url: plan.url,
    door: plan.door,
    ended: ending.type,
    publishers: results.publishers,
    subscribers: results.subscribers,
    wantedPublishers: wanted.publishers,
    wantedSubscribers: wanted.subscribers,
    durationMs: Math.round(measuredMs),
    sentPackets: results.sentPackets,
    deliveredPackets: packets,
    deliveredPerSecond: perSecond(packets),
    bitrateBps: perSecond(8 * (sampled.bytes + counted.bytes)),
    sampled: summarizeReceived(sampled, measuredMs),
    counted: summarizeReceived(counted, measuredMs),
    delay: quantilesOf(results.delay),
    join: quantilesOf(results.join),
    firstPacket: quantilesOf(results.firstPacket),
    errors,
    errorRate: errors === 0 ? 0 : errors / Math.max(results.attempts, errors),
    errorsByCode: results.errors.list(),
    generator,
    advice: adviceOn(ending, results.errors.list(), generator.isLimit ? GENERATOR_ADVICE : undefined),
  };
}

function summarizeReceived(counts: ReceivedCounts, measuredMs: number): ReceivedSummary {
  const expected = counts.packets + counts.lost;
  const watchedMs = counts.videos * measuredMs;
  return {
    ...counts,
    frozenMs: Math.round(counts.frozenMs),
    lossRate: expected === 0 ? 0 : counts.lost / expected,
    frozenRate: watchedMs === 0 ? 0 : counts.frozenMs / watchedMs,
  };
}

function summarizeGenerator({ processes }: MediaPlan, results: MediaResults, measuredMs: number): MediaSummary["generator"] {
  const lag = quantilesOf(results.lag);
  const cpu = measuredMs === 0 ? 0 : Math.round((results.mostCpuMs / measuredMs) * 100) / 100;
  const { socketDrops } = results;
  return { processes, cpu, lag, socketDrops, isLimit: cpu > MAX_CPU || (lag.p99Ms ?? 0) > MAX_LAG_MS || socketDrops > 0 };
}
