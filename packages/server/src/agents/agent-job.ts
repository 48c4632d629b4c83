import type { Room as LiveKitRoom, ParticipantInfo } from "@livekit/protocol";
import type { Instant } from "@sluice/media";
import type { AgentWorker, WorkerKind } from "./agent-worker.js";

/** When something happens: the first for deadlines, the second for people. */
export interface Moment {
  readonly now: Instant;
  /** Unix time in ms. */
  readonly unixMs: number;
}

export type JobState =
  /** For a worker that takes it. `isDeclined`: all that are there have declined it. */
  | { readonly type: "waiting"; readonly isDeclined: boolean }
  | { readonly type: "offered"; readonly worker: AgentWorker; readonly deadline: Instant }
  /** `startedAtMs`: once it runs, Unix time. */
  | {
      readonly type: "assigned";
      readonly worker: AgentWorker;
      readonly identity: string;
      readonly startedAtMs: number | undefined;
    }
  | {
      readonly type: "ended";
      readonly isSuccess: boolean;
      readonly error: string;
      readonly startedAtMs: number | undefined;
      readonly endedAtMs: number;
      readonly workerId: string;
      readonly identity: string;
    };

/** What an agent is to do in one room, once. */
export interface AgentJob extends WorkerKind {
  readonly jobId: string;
  /** Empty for one that a worker made up itself. */
  readonly dispatchId: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** As they were when the job was made. */
  readonly room: LiveKitRoom;
  readonly participant: ParticipantInfo | undefined;
  /** Ids of workers that declined it or did not answer. */
  readonly refusedBy: Set<string>;
  state: JobState;
}

/** What a worker says of the agent that it would send. */
export interface AgentProfile {
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What is to be said to a worker. */
export type AgentEffect =
  | { readonly type: "offer"; readonly worker: AgentWorker; readonly job: AgentJob }
  | { readonly type: "assign"; readonly worker: AgentWorker; readonly job: AgentJob; readonly profile: AgentProfile }
  | { readonly type: "terminate"; readonly worker: AgentWorker; readonly jobId: string };
