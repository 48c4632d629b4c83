import { JobRestartPolicy, type JobType } from "@livekit/protocol";
import type { RoomAgent } from "@sluice/protocol";
import type { AgentJob } from "./agent-job.js";
import type { WorkerKind } from "./agent-worker.js";

/** Which agent is to come into a room, and what it is told. */
export interface DispatchOptions {
  /** Empty: whatever agent there is without a name. */
  readonly agentName: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly deployment: string;
  /** Told back, and not acted on. */
  readonly restartPolicy: JobRestartPolicy;
}

/** A wish for an agent in a room; it lives as long as the room, or until it is deleted. */
export interface AgentDispatch extends DispatchOptions {
  readonly dispatchId: string;
  readonly roomId: string;
  readonly roomName: string;
  /** Unix time in ms. */
  readonly createdAtMs: number;
  /** Unix time in ms; undefined: it is in force. */
  deletedAtMs: number | undefined;
  /** By {@link targetKey}: each is made once. */
  readonly jobs: Map<string, AgentJob>;
}

/** What a job is about: one for each of these. */
export function targetKey(jobType: JobType, namespace: string, participantId: string | undefined): string {
  return JSON.stringify([jobType, namespace, participantId ?? ""]);
}

/** Which workers concern a dispatch, whatever their namespace and the type of their jobs. */
export function agentKey({ agentName, deployment }: Pick<WorkerKind, "agentName" | "deployment">): string {
  return JSON.stringify([agentName, deployment]);
}

/** An agent that a room was made with. */
export function dispatchOptions({
  agentName = "",
  metadata = "",
  attributes = {},
  deployment = "",
}: RoomAgent): DispatchOptions {
  return { agentName, metadata, attributes, deployment, restartPolicy: JobRestartPolicy.JRP_ON_FAILURE };
}
