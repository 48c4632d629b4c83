import type { ErrorCount } from "../error-tally.js";
import { adviceOn } from "../limit-advice.js";
import type { LoadEnding } from "../load-run.js";
import { type Quantiles, quantilesOf } from "../quantiles.js";
import type { RequestName } from "./signaling-messages.js";
import type { SignalingPlan } from "./signaling-plan.js";
import type { SignalingResults } from "./signaling-results.js";

/** What `sluice loadgen --json` prints. Latencies begin when a request was due, unless it says otherwise. */
export interface SignalingSummary extends Omit<Quantiles, "count"> {
  readonly url: string;
  readonly ended: LoadEnding["type"];
  /** Sent; besides them there are those of `errors` with the code "notSent". */
  readonly requests: number;
  /** Of requests and connections together. */
  readonly errors: number;
  /** Errors by requests and attempts to connect, 0–1. */
  readonly errorRate: number;
  readonly requestErrors: readonly ErrorCount[];
  readonly connectionErrors: readonly ErrorCount[];
  /** Open at the end. */
  readonly connections: number;
  /** In which requests were sent. */
  readonly durationMs: number;
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  readonly byRequest: Readonly<Partial<Record<RequestName, Quantiles>>>;
  readonly steps: readonly (Quantiles & {
    readonly wantedConnections: number;
    readonly connections: number;
    readonly requests: number;
    readonly errors: number;
  })[];
  /** From sending to the answer: what is seen by who does not ask while it waits. */
  readonly service: Quantiles;
  /** Signals and data messages, from when they were due to their arrival at others. */
  readonly delivery: Quantiles;
  /** From when a connection was due to the answer of its `join`. */
  readonly connect: Quantiles;
  readonly generator: {
    readonly processes: number;
    /** Of the busiest process, while requests were sent: 1 is a whole core. */
    readonly cpu: number;
    /** From when a request was due to when it was sent. */
    readonly lag: Quantiles;
    /** The latencies are in good part this program's own. */
    readonly isLimit: boolean;
  };
  /** What to do about it, in sentences. */
  readonly advice: readonly string[];
}

const GENERATOR_ADVICE =
  "this program was late itself, so the latencies are in good part its own: pass more --processes, or run it on another machine than the node";

/** A process that is busier cannot be sure to be on time. */
const MAX_CPU = 0.85;
/** Lateness that does not matter, ms: timers come in whole milliseconds. */
const NEGLIGIBLE_LAG_MS = 5;

export function summarizeSignaling(
  plan: SignalingPlan,
  results: SignalingResults,
  ending: LoadEnding,
  measuredMs: number,
): SignalingSummary {
  const errors = results.requestErrors.total + results.connectionErrors.total;
  const tried = results.sent + results.connectionAttempts;
  const { count, ...quantiles } = quantilesOf(results.all);
  const generator = summarizeGenerator(plan, results, measuredMs);
  return {
    url: plan.url,
    ended: ending.type,
    requests: results.sent,
    errors,
    errorRate: errors === 0 ? 0 : round(errors / Math.max(tried, errors), 6),
    ...quantiles,
    requestErrors: results.requestErrors.list(),
    connectionErrors: results.connectionErrors.list(),
    connections: results.connections,
    durationMs: Math.round(measuredMs),
    offeredPerSecond: plan.requestsPerSecond,
    answeredPerSecond: measuredMs === 0 ? 0 : round((count * 1_000) / measuredMs, 1),
    byRequest: Object.fromEntries([...results.byRequest].map(([name, histogram]) => [name, quantilesOf(histogram)])),
    steps: results.steps.map(({ wantedConnections, connections, sent, errors: stepErrors, latency }) => {
      return { wantedConnections, connections, requests: sent, errors: stepErrors, ...quantilesOf(latency) };
    }),
    service: quantilesOf(results.service),
    delivery: quantilesOf(results.delivery),
    connect: quantilesOf(results.connect),
    generator,
    advice: adviceOn(
      ending,
      [...results.connectionErrors.list(), ...results.requestErrors.list()],
      generator.isLimit ? GENERATOR_ADVICE : undefined,
    ),
  };
}

function summarizeGenerator(plan: SignalingPlan, results: SignalingResults, measuredMs: number): SignalingSummary["generator"] {
  const lag = quantilesOf(results.lag);
  const cpu = measuredMs === 0 ? 0 : round(results.mostCpuMs / measuredMs, 2);
  const lateMs = lag.p99Ms ?? 0;
  const isLate = lateMs > NEGLIGIBLE_LAG_MS && lateMs > (quantilesOf(results.all).p99Ms ?? 0) / 2;
  return { processes: plan.processes, cpu, lag, isLimit: cpu > MAX_CPU || isLate };
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
