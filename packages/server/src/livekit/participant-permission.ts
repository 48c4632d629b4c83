import { ParticipantPermission } from "@livekit/protocol";
import type { Permissions } from "../room/permissions.js";
import { liveKitSource, trackSource } from "./track-source.js";

export function participantPermission(permissions: Permissions): ParticipantPermission {
  const { canPublish, canSubscribe, canPublishData, publishSources } = permissions;
  const { canUpdateMetadata, canSubscribeMetrics, isHidden, isRecorder, isAgent } = permissions;
  return new ParticipantPermission({
    // A list without sources would say every source.
    canPublish: canPublish && publishSources?.size !== 0,
    canSubscribe,
    canPublishData,
    canPublishSources: [...(publishSources ?? [])].map(liveKitSource),
    canUpdateMetadata,
    canSubscribeMetrics,
    hidden: isHidden,
    recorder: isRecorder,
    agent: isAgent,
  });
}

/**
 * What a participant is to have in place of what it had: all of it, as protobuf cannot say that something is to stay. Whether it is
 * hidden, a recorder or an agent was settled when it joined.
 */
export function permissionsFrom(permission: ParticipantPermission): Partial<Permissions> {
  const { canPublish, canSubscribe, canPublishData, canPublishSources, canUpdateMetadata, canSubscribeMetrics } = permission;
  const publishSources = canPublishSources.length === 0 ? undefined : new Set(canPublishSources.map(trackSource));
  return { canPublish, canSubscribe, canPublishData, publishSources, canUpdateMetadata, canSubscribeMetrics };
}
