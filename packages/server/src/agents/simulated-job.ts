import { JobType, type SimulateJobRequest } from "@livekit/protocol";
import type { RandomId } from "../room/random-id.js";
import type { AgentJob } from "./agent-job.js";
import type { AgentWorker } from "./agent-worker.js";

/** A job that a worker makes up to try itself: for a participant when it names one, else for the room. Undefined without a room. */
export function simulatedJob(
  { room, participant }: SimulateJobRequest,
  { agentName, namespace, deployment }: AgentWorker,
  randomId: RandomId,
): AgentJob | undefined {
  if (room === undefined) return undefined;
  return {
    jobId: randomId("AJ_"),
    dispatchId: "",
    agentName,
    namespace,
    jobType: participant === undefined ? JobType.JT_ROOM : JobType.JT_PUBLISHER,
    deployment,
    metadata: "",
    attributes: {},
    room,
    participant,
    refusedBy: new Set(),
    state: { type: "waiting", isDeclined: false },
  };
}
