import type { JobType } from "@livekit/protocol";
import type { Permissions } from "../room/permissions.js";

/** Which jobs a worker takes, and which workers may take a job: they are the same in all of this. */
export interface WorkerKind {
  /** Empty: whatever no agent is named for. */
  readonly agentName: string;
  /** An older way to keep workers apart; nearly always empty. Each namespace has a job of its own. */
  readonly namespace: string;
  readonly jobType: JobType;
  /** Which version of the agent; empty where there is only one. */
  readonly deployment: string;
}

/** What a worker says of itself when it comes. */
export interface WorkerRegistration extends WorkerKind {
  /** What its agents may do in a room. */
  readonly permissions: Permissions;
  /** The API key of its token, whose secret signs the tokens of its jobs. */
  readonly apiKey: string;
}

/** A program that runs agents: registered, and connected. */
export interface AgentWorker extends WorkerRegistration {
  readonly workerId: string;
  /** False while it is full. */
  isAvailable: boolean;
  /** 0 to 1, as it says. */
  load: number;
  /** As it says. */
  jobCount: number;
  /** Jobs that it was offered and has not answered. */
  offers: number;
}

/** The same text for the same kind. */
export function kindKey({ agentName, namespace, jobType, deployment }: WorkerKind): string {
  return JSON.stringify([agentName, namespace, jobType, deployment]);
}
