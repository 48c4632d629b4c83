import { type ParticipantPermission, type RegisterWorkerRequest, TrackSource } from "@livekit/protocol";
import { trackSource } from "../livekit/track-source.js";
import type { Permissions } from "../room/permissions.js";
import type { WorkerRegistration } from "./agent-worker.js";

/** What agents may do whose worker says nothing of it. */
const DEFAULT_PERMISSIONS: Permissions = {
  canPublish: true,
  publishSources: undefined,
  canSubscribe: true,
  canPublishData: true,
  canUpdateMetadata: true,
  canSubscribeMetrics: false,
  isAdmin: false,
  isHidden: false,
  isRecorder: false,
  isAgent: true,
};

/** `apiKey`: of the worker's token. */
export function workerRegistration(request: RegisterWorkerRequest, apiKey: string): WorkerRegistration {
  const { agentName, namespace = "", type, deployment, allowedPermissions } = request;
  const permissions = allowedPermissions === undefined ? DEFAULT_PERMISSIONS : agentPermissions(allowedPermissions);
  return { agentName, namespace, jobType: type, deployment, permissions, apiKey };
}

function agentPermissions(allowed: ParticipantPermission): Permissions {
  const { canPublish, canSubscribe, canPublishData, canPublishSources, canUpdateMetadata, canSubscribeMetrics } = allowed;
  const sources = canPublishSources.filter((source) => source in TrackSource);
  return {
    canPublish,
    publishSources: sources.length === 0 ? undefined : new Set(sources.map(trackSource)),
    canSubscribe,
    canPublishData,
    canUpdateMetadata,
    canSubscribeMetrics,
    isAdmin: false,
    isHidden: allowed.hidden,
    isRecorder: allowed.recorder,
    isAgent: true,
  };
}
