import type { Instant } from "@sluice/media";
import type { MethodCall, MethodName, Params, ParticipantStats, Result, TrackInfo } from "@sluice/protocol";
import type { Participant } from "../room/participant.js";
import type { Room } from "../room/room.js";
import type { ConnectionQualities } from "./connection-qualities.js";
import type { RoomData } from "./data/room-data.js";
import type { RoomMedia } from "./room-media.js";

/** Requests about a room one is in; `join`, `leave`, `ping` and signals to every room go elsewhere. */
export type RoomCall = Extract<MethodCall, { readonly method: Exclude<MethodName, "join" | "leave" | "ping"> }>;

/** Who carries them out. */
export interface RoomCallTarget {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly data: RoomData;
  readonly qualities: ConnectionQualities;
  readonly publish: (participantId: string, params: Params<"publish">) => TrackInfo;
  readonly statistics: (isWanted: (participant: Participant) => boolean) => ParticipantStats[];
}

/** Throws SluiceError. */
export function carryOut(
  { room, media, data, qualities, publish, statistics }: RoomCallTarget,
  participantId: string,
  call: RoomCall,
  now: Instant,
): Result<RoomCall["method"]> {
  switch (call.method) {
    case "offer":
      room.checkJoined(participantId);
      return media.handleOffer(participantId, call.params, now);
    case "answerApplied":
      room.checkJoined(participantId);
      media.handleAnswerApplied(participantId);
      return {};
    case "trickle":
      // ICE lite: the client's checks tell us where it is, its candidates are not needed.
      room.checkJoined(participantId);
      return {};
    case "publish":
      return { track: publish(participantId, call.params) };
    case "unpublish":
      room.unpublish(participantId, call.params.trackId);
      return {};
    case "subscribe":
      room.subscribe(participantId, call.params.trackIds);
      qualities.tell(participantId);
      return {};
    case "unsubscribe":
      room.unsubscribe(participantId, call.params.trackIds);
      return {};
    case "setLayers":
      room.setLayers(participantId, call.params);
      return {};
    case "getStats":
      if (call.params.everybody === true) room.checkStatisticsOfEverybody(participantId);
      else room.checkJoined(participantId);
      return {
        participants: statistics((each) => call.params.everybody === true || each.participantId === participantId),
      };
    case "updateParticipant":
      return { participant: room.updateOwn(participantId, call.params) };
    case "setSubscriptionPermissions":
      room.setSubscriptionPermissions(participantId, call.params);
      return {};
    case "mute":
      room.mute(participantId, call.params.trackId, call.params.muted);
      return {};
    case "signal":
      return { delivered: room.signal(participantId, call.params) };
    case "sendData":
      data.handleRequest(participantId, call.params, now);
      return {};
  }
}
