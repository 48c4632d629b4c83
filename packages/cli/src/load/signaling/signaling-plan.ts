import type { Mix } from "./mix.js";

/** How connections say who they are. */
export type LoadIdentity =
  /** A fresh token for each: a participant of its own. */
  | { readonly type: "tokens"; readonly key: string; readonly secret: string }
  /** One token, in a header or in the address, for all: one participant, so with several connections none may join. */
  | { readonly type: "given"; readonly joins: boolean };

/** What a load of signaling is, the same for each of its processes. */
export interface SignalingPlan {
  /** Of the JSON-RPC door: "ws://127.0.0.1:7880/rpc". */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly identity: LoadIdentity;
  /** Connections held in each step, ascending; the last is the most there are. */
  readonly steps: readonly number[];
  /** Of all steps together, without the time it takes to connect. */
  readonly durationMs: number;
  /** Of all connections together. */
  readonly requestsPerSecond: number;
  readonly connectionsPerSecond: number;
  readonly mix: Mix;
  /** Names of rooms begin with it; each has so many participants. */
  readonly roomPrefix: string;
  readonly participantsPerRoom: number;
  readonly processes: number;
  /** How long an answer, or a connection, is waited for. */
  readonly timeoutMs: number;
}

/** The connections of one process: whole rooms, so that who signals and who is signalled to have one clock. */
export function connectionsOf(
  { participantsPerRoom, processes }: SignalingPlan,
  processIndex: number,
  total: number,
): number[] {
  const all = Array.from({ length: total }, (_, index) => index);
  return all.filter((index) => Math.floor(index / participantsPerRoom) % processes === processIndex);
}

/** Whether somebody else will be in its room when all are there. */
export function hasCompany({ participantsPerRoom, steps }: SignalingPlan, index: number): boolean {
  return participantsPerRoom > 1 && (index % participantsPerRoom > 0 || index + 1 < (steps.at(-1) ?? 0));
}

/** Processes that get a room: with fewer rooms than `processes` some would have nothing to do. */
export function usefulProcesses(connections: number, participantsPerRoom: number, processes: number): number {
  return Math.min(processes, Math.ceil(connections / participantsPerRoom));
}
