import { Codec, Room as LiveKitRoom } from "@livekit/protocol";
import type { Room } from "../room/room.js";

/** Codecs in which a client may publish, best known first. */
export function enabledCodecs({ settings }: Room): Codec[] {
  return settings.enabledCodecs.map((mime) => new Codec({ mime }));
}

export function roomInfo(room: Room): LiveKitRoom {
  const { info, settings, createdAtMs } = room;
  return new LiveKitRoom({
    sid: info.roomId,
    name: info.name,
    metadata: info.metadata,
    creationTime: BigInt(Math.floor(createdAtMs / 1000)),
    creationTimeMs: BigInt(createdAtMs),
    emptyTimeout: Math.round(settings.emptyTimeoutMs / 1000),
    departureTimeout: Math.round(settings.departureTimeoutMs / 1000),
    maxParticipants: settings.maxParticipants,
    enabledCodecs: enabledCodecs(room),
    numParticipants: info.participantCount,
    numPublishers: info.publisherCount,
    activeRecording: room.participants.some(({ permissions, kind }) => permissions.isRecorder || kind === "egress"),
  });
}
