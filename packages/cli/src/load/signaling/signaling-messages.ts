import type { ErrorCount } from "../error-tally.js";
import type { LatencyCounts } from "../latency-histogram.js";
import type { LoadMessages } from "../load-run.js";
import type { SignalingPlan } from "./signaling-plan.js";

/** Requests as they are counted: an operation is one of them, or two in turns. */
export const REQUEST_NAMES = ["join", "subscribe", "unsubscribe", "signal", "sendData", "ping"] as const;
export type RequestName = (typeof REQUEST_NAMES)[number];

type SignalingTask =
  /** Until `connections` of all processes together are open, or have been tried; answered by `grown`. */
  | { readonly type: "grow"; readonly connections: number }
  /** Requests for so long; answered by `measured` when all of them are answered or given up. */
  | { readonly type: "measure"; readonly step: number; readonly durationMs: number };

/** What happened since the sample before. */
export interface SignalingSample {
  /** Which step it belongs to; undefined: connections are being opened. */
  readonly step: number | undefined;
  /** Of the process, now. */
  readonly connections: number;
  readonly inFlight: number;
  readonly sent: number;
  readonly connectionAttempts: number;
  /** From when a request was due to its answer; of those that were granted. */
  readonly requests: Readonly<Record<RequestName, LatencyCounts>>;
  /** The same from when it was sent. */
  readonly service: LatencyCounts;
  /** From when it was due to when it was sent: what this program was late. */
  readonly lag: LatencyCounts;
  /** From when a signal or data message was due to its arrival at somebody else. */
  readonly delivery: LatencyCounts;
  /** From when a connection was due to the answer of its join. */
  readonly connect: LatencyCounts;
  readonly requestErrors: readonly ErrorCount[];
  readonly connectionErrors: readonly ErrorCount[];
  readonly cpuMs: number;
}

/** Between `sluice loadgen` and its processes. */
export type SignalingMessages = LoadMessages<
  SignalingPlan,
  SignalingTask,
  SignalingSample,
  { readonly type: "grown" } | { readonly type: "measured" }
>;
