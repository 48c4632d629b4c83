import type { ErrorCount } from "../error-tally.js";
import type { LatencyCounts } from "../latency-histogram.js";
import type { LoadMessages } from "../load-run.js";
import type { MediaPlan } from "./media-plan.js";

type MediaTask =
  /** Its publishers, or its subscribers, join; answered by `joined` when each has, or has failed to. */
  | { readonly type: "join"; readonly isPublishing: boolean }
  /** What happens from now on counts; answered by `measured` after so long. */
  | { readonly type: "measure"; readonly durationMs: number };

/** Packets of one kind of subscriber, since measuring began. */
export interface ReceivedCounts {
  readonly packets: number;
  readonly bytes: number;
  /** Numbers missing between those that came. Sampled: after repair. */
  readonly lost: number;
  readonly freezes: number;
  readonly frozenMs: number;
  /** Videos that were looked at for freezes. */
  readonly videos: number;
}

/** What is so now, and what happened since the sample before (latencies, errors, CPU). */
export interface MediaSample {
  readonly isMeasuring: boolean;
  readonly publishers: number;
  readonly subscribers: number;
  /** By publishers, since measuring began. */
  readonly sentPackets: number;
  /** By subscribers that do everything, and by those that only count. */
  readonly sampled: ReceivedCounts;
  readonly counted: ReceivedCounts;
  /** From the publisher's send to the sampled subscriber's socket, while measuring. */
  readonly delay: LatencyCounts;
  /** From when a participant was due to its having joined, and of subscribers to the first packet of media. */
  readonly join: LatencyCounts;
  readonly firstPacket: LatencyCounts;
  /** How late the event loop was. */
  readonly lag: LatencyCounts;
  readonly errors: readonly ErrorCount[];
  readonly attempts: number;
  readonly cpuMs: number;
  /** Datagrams that the kernel dropped because this process did not read its sockets in time, since measuring began. */
  readonly socketDrops: number;
}

/** Between `sluice loadtest` and its processes. */
export type MediaMessages = LoadMessages<
  MediaPlan,
  MediaTask,
  MediaSample,
  { readonly type: "joined" } | { readonly type: "measured" }
>;
