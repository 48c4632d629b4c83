import {
  AgentDispatch as AgentDispatchInfo,
  AgentDispatchState,
  Job,
  JobState as JobStateInfo,
  JobStatus,
} from "@livekit/protocol";
import type { AgentDispatch } from "./agent-dispatch.js";
import type { AgentJob, JobState } from "./agent-job.js";

/** A job as LiveKit's agents know it. */
export function jobInfo(job: AgentJob): Job {
  return new Job({
    id: job.jobId,
    dispatchId: job.dispatchId,
    type: job.jobType,
    room: job.room,
    ...(job.participant === undefined ? {} : { participant: job.participant }),
    namespace: job.namespace,
    metadata: job.metadata,
    agentName: job.agentName,
    deployment: job.deployment,
    attributes: { ...job.attributes },
    state: stateInfo(job.state),
  });
}

/** A dispatch as LiveKit's server API tells it. */
export function dispatchInfo(dispatch: AgentDispatch): AgentDispatchInfo {
  const { dispatchId, agentName, roomName, metadata, createdAtMs, restartPolicy, deployment, attributes, jobs } = dispatch;
  return new AgentDispatchInfo({
    id: dispatchId,
    agentName,
    room: roomName,
    metadata,
    restartPolicy,
    deployment,
    attributes: { ...attributes },
    state: new AgentDispatchState({
      jobs: [...jobs.values()].map(jobInfo),
      createdAt: nanoseconds(createdAtMs),
      deletedAt: nanoseconds(dispatch.deletedAtMs),
    }),
  });
}

function stateInfo(state: JobState): JobStateInfo {
  switch (state.type) {
    case "waiting":
    case "offered":
      return new JobStateInfo({ status: JobStatus.JS_PENDING });
    case "assigned":
      return new JobStateInfo({
        status: state.startedAtMs === undefined ? JobStatus.JS_PENDING : JobStatus.JS_RUNNING,
        startedAt: nanoseconds(state.startedAtMs),
        updatedAt: nanoseconds(state.startedAtMs),
        participantIdentity: state.identity,
        workerId: state.worker.workerId,
      });
    case "ended":
      return new JobStateInfo({
        status: state.isSuccess ? JobStatus.JS_SUCCESS : JobStatus.JS_FAILED,
        error: state.error,
        startedAt: nanoseconds(state.startedAtMs),
        endedAt: nanoseconds(state.endedAtMs),
        updatedAt: nanoseconds(state.endedAtMs),
        participantIdentity: state.identity,
        workerId: state.workerId,
      });
  }
}

/** What LiveKit has in these fields; 0: not yet. */
function nanoseconds(unixMs: number | undefined): bigint {
  return BigInt(Math.floor(unixMs ?? 0)) * 1_000_000n;
}
