/** What a LiveKit server says of rooms, participants and tracks, in the words of our own protocol. */
import {
  Encryption_Type,
  type ParticipantInfo as LiveKitParticipant,
  type Room as LiveKitRoom,
  TrackSource as LiveKitSource,
  type TrackInfo as LiveKitTrack,
  ParticipantInfo_Kind,
  ParticipantInfo_State,
  TrackType,
} from "@livekit/protocol";
import type { ParticipantInfo, ParticipantKind, RoomInfo, TrackInfo, TrackKind, TrackSource } from "@sluice/protocol";

const SOURCES: Readonly<Record<LiveKitSource, TrackSource>> = {
  [LiveKitSource.UNKNOWN]: "unknown",
  [LiveKitSource.CAMERA]: "camera",
  [LiveKitSource.MICROPHONE]: "microphone",
  [LiveKitSource.SCREEN_SHARE]: "screenShare",
  [LiveKitSource.SCREEN_SHARE_AUDIO]: "screenShareAudio",
};

const KINDS: Partial<Record<ParticipantInfo_Kind, ParticipantKind>> = {
  [ParticipantInfo_Kind.INGRESS]: "ingress",
  [ParticipantInfo_Kind.EGRESS]: "egress",
  [ParticipantInfo_Kind.SIP]: "sip",
  [ParticipantInfo_Kind.AGENT]: "agent",
  [ParticipantInfo_Kind.CONNECTOR]: "connector",
  [ParticipantInfo_Kind.BRIDGE]: "bridge",
};

export function liveKitSource(source: TrackSource): LiveKitSource {
  const [number] = Object.entries(SOURCES).find(([, name]) => name === source) ?? [LiveKitSource.UNKNOWN];
  return Number(number);
}

export function liveKitType(kind: TrackKind): TrackType {
  return kind === "audio" ? TrackType.AUDIO : TrackType.VIDEO;
}

/** Undefined for what is no media: data tracks. */
export function trackInfo(track: LiveKitTrack): TrackInfo | undefined {
  const { sid, type, source, name, muted, mimeType, width, height, encryption } = track;
  if (type !== TrackType.AUDIO && type !== TrackType.VIDEO) return undefined;
  return {
    trackId: sid,
    kind: type === TrackType.AUDIO ? "audio" : "video",
    source: SOURCES[source] ?? "unknown",
    name,
    muted,
    ...(mimeType === "" ? {} : { mimeType }),
    ...(width === 0 ? {} : { width, height }),
    ...(encryption === Encryption_Type.NONE ? {} : { encryption: encryption === Encryption_Type.GCM ? "gcm" : "custom" }),
  };
}

export function participantInfo(participant: LiveKitParticipant): ParticipantInfo {
  const { sid, identity, name, metadata, attributes, joinedAt, joinedAtMs, kind, state, permission, tracks } = participant;
  return {
    participantId: sid,
    identity,
    name,
    metadata,
    attributes: { ...attributes },
    joinedAt: Number(joinedAtMs) || Number(joinedAt) * 1_000,
    kind: KINDS[kind] ?? "standard",
    state: state === ParticipantInfo_State.ACTIVE ? "active" : "joined",
    permissions: {
      canPublish: permission?.canPublish ?? true,
      canSubscribe: permission?.canSubscribe ?? true,
      canPublishData: permission?.canPublishData ?? true,
      canUpdateMetadata: permission?.canUpdateMetadata ?? false,
      ...((permission?.canPublishSources.length ?? 0) === 0
        ? {}
        : { publishSources: permission?.canPublishSources.map((source) => SOURCES[source] ?? "unknown") ?? [] }),
    },
    tracks: tracks.flatMap((track) => trackInfo(track) ?? []),
  };
}

export function roomInfo({ sid, name, metadata, numParticipants, numPublishers }: LiveKitRoom): RoomInfo {
  return { roomId: sid, name, metadata, participantCount: numParticipants, publisherCount: numPublishers };
}
