import {
  ConnectionQualityInfo,
  ConnectionQualityUpdate,
  ConnectionQuality as LiveKitQuality,
  MuteTrackRequest,
  type ParticipantInfo,
  ParticipantUpdate,
  RoomMovedResponse,
  RoomUpdate,
  SignalResponse,
  StreamState,
  StreamStateInfo,
  StreamStateUpdate,
  SubscribedCodec,
  SubscribedQuality,
  SubscribedQualityUpdate,
  SubscriptionPermissionUpdate,
  TrackSubscribed,
  TrackUnpublishedResponse,
} from "@livekit/protocol";
import type { ConnectionQuality, Notification, Notifications } from "@sluice/protocol";
import { DISCONNECT_REASONS } from "../../livekit/disconnect-reason.js";
import { disconnectedInfo, participantInfo } from "../../livekit/participant-info.js";
import { roomInfo } from "../../livekit/room-info.js";
import { QUALITIES } from "../../livekit/video-layers.js";
import type { Room } from "../../room/room.js";
import { leaveAndReconnect, leaveBecause } from "./leave.js";
import { ToldSpeakers } from "./told-speakers.js";
import type { WantedSections } from "./wanted-sections.js";

type Message = SignalResponse["message"];

/** LiveKit's levels with scores in their middle (0–5, like a mean opinion score). */
const QUALITIES_TOLD: { readonly [Q in ConnectionQuality]: readonly [LiveKitQuality, score: number] } = {
  excellent: [LiveKitQuality.EXCELLENT, 4.5],
  good: [LiveKitQuality.GOOD, 3.5],
  poor: [LiveKitQuality.POOR, 2],
  lost: [LiveKitQuality.LOST, 0],
};

/** What a notification is to everybody whom it does not concern more than others. */
const shared = new WeakMap<Notification, readonly SignalResponse[]>();

/** What the node tells a participant, in LiveKit's messages. Participants are told whole and as they are by now. */
export class NotificationTranslator {
  readonly #room: Room;
  readonly #participantId: string;
  readonly #sections: WantedSections;
  readonly #speakers = new ToldSpeakers();
  /** Ids of participants of whose connection something was told. */
  readonly #qualities = new Set<string>();
  /** Ids of tracks that were last told to be paused for want of bandwidth. */
  readonly #paused = new Set<string>();

  constructor(room: Room, participantId: string, sections: WantedSections) {
    this.#room = room;
    this.#participantId = participantId;
    this.#sections = sections;
  }

  /** Qualities that were not told yet: nobody else hears of a good connection, LiveKit's applications show it. */
  tellQualities(qualityOf: (participantId: string) => ConnectionQuality): readonly SignalResponse[] {
    const untold = new Set<string>();
    // Nearly always none: this is for everybody, and all they receive, every few seconds.
    if (!this.#qualities.has(this.#participantId)) untold.add(this.#participantId);
    for (const { track } of this.#room.subscriptionsOf(this.#participantId)) {
      if (!this.#qualities.has(track.participantId)) untold.add(track.participantId);
    }
    const participants = [...untold].map((participantId) => ({ participantId, quality: qualityOf(participantId) }));
    return participants.length === 0 ? [] : this.translate({ method: "connectionQuality", params: { participants } });
  }

  /**
   * Empty for what LiveKit's clients do not know, and for what is no news to them. What is the same for everybody is one object for
   * all, so that it is translated and serialised once.
   */
  translate(notification: Notification): readonly SignalResponse[] {
    this.#forget(notification);
    if (!this.#isSameForAll(notification)) return this.#responses(notification);
    let responses = shared.get(notification);
    if (responses === undefined) {
      responses = this.#responses(notification);
      shared.set(notification, responses);
    }
    return responses;
  }

  /** Of what is gone nothing is told any more. */
  #forget({ method, params }: Notification): void {
    if (method === "participantLeft") this.#qualities.delete(params.participantId);
    else if (method === "trackUnpublished") this.#paused.delete(params.trackId);
  }

  #isSameForAll(notification: Notification): boolean {
    switch (notification.method) {
      case "participantJoined":
      case "participantLeft":
      case "participantUpdated":
      case "trackPublished":
      case "roomUpdated":
        return true;
      case "trackUnpublished":
      case "trackMuted":
        return notification.params.participantId !== this.#participantId;
      default:
        return false;
    }
  }

  #responses(notification: Notification): SignalResponse[] {
    return this.#messages(notification).map((message) => new SignalResponse({ message }));
  }

  #messages(notification: Notification): Message[] {
    switch (notification.method) {
      case "participantJoined":
      case "participantUpdated":
        return this.#update(notification.params.participant.participantId);
      case "participantLeft":
        return [updateOf(leftInfo(notification.params))];
      case "trackPublished":
        return this.#update(notification.params.participantId);
      case "trackUnpublished":
        return this.#unpublished(notification.params);
      case "trackMuted":
        return this.#muted(notification.params);
      case "trackSubscribed":
        return [{ case: "trackSubscribed", value: new TrackSubscribed({ trackSid: notification.params.trackId }) }];
      case "subscriptionPermission":
        return [permissionOf(notification.params)];
      case "negotiationNeeded":
        return [{ case: "mediaSectionsRequirement", value: this.#sections.require(notification.params) }];
      case "activeSpeakers": {
        const value = this.#speakers.update(notification.params);
        return value === undefined ? [] : [{ case: "speakersChanged", value }];
      }
      case "connectionQuality":
        return this.#connectionQuality(notification.params);
      case "subscribedLayers":
        return this.#streamState(notification.params);
      case "publishedLayers":
        return this.#subscribedQualities(notification.params);
      case "roomUpdated":
        return [{ case: "roomUpdate", value: new RoomUpdate({ room: roomInfo(this.#room) }) }];
      case "moved":
        return this.#moved(notification.params);
      case "tokenRefreshed":
        return [{ case: "refreshToken", value: notification.params.token }];
      case "roomClosed":
        return [{ case: "leave", value: leaveBecause(notification.params.reason) }];
      case "reconnect":
        return [{ case: "leave", value: leaveAndReconnect() }];
      case "trickle":
      case "signal":
      case "data":
        return [];
    }
  }

  #update(participantId: string): Message[] {
    const participant = this.#room.participant(participantId);
    return participant === undefined ? [] : [updateOf(participantInfo(participant))];
  }

  /** One's own track was taken away: the client has to stop sending it. */
  #unpublished({ participantId, trackId }: Notifications["trackUnpublished"]): Message[] {
    const update = this.#update(participantId);
    if (participantId !== this.#participantId) return update;
    return [{ case: "trackUnpublished", value: new TrackUnpublishedResponse({ trackSid: trackId }) }, ...update];
  }

  #muted({ participantId, trackId, muted }: Notifications["trackMuted"]): Message[] {
    const update = this.#update(participantId);
    if (participantId !== this.#participantId) return update;
    return [{ case: "mute", value: new MuteTrackRequest({ sid: trackId, muted }) }, ...update];
  }

  /** A client that hears of itself that it is lost begins anew, when all that was lost is a packet or two. */
  #connectionQuality({ participants }: Notifications["connectionQuality"]): Message[] {
    for (const { participantId } of participants) this.#qualities.add(participantId);
    const updates = participants
      .filter(({ participantId, quality }) => participantId !== this.#participantId || quality !== "lost")
      .map(({ participantId, quality }) => {
        const [told, score] = QUALITIES_TOLD[quality];
        return new ConnectionQualityInfo({ participantSid: participantId, quality: told, score });
      });
    return updates.length === 0 ? [] : [{ case: "connectionQuality", value: new ConnectionQualityUpdate({ updates }) }];
  }

  #streamState({ trackId, paused }: Notifications["subscribedLayers"]): Message[] {
    const participantSid = this.#room.track(trackId)?.participantId;
    if (participantSid === undefined || this.#paused.has(trackId) === paused) return [];
    if (paused) this.#paused.add(trackId);
    else this.#paused.delete(trackId);
    const state = paused ? StreamState.PAUSED : StreamState.ACTIVE;
    const streamStates = [new StreamStateInfo({ participantSid, trackSid: trackId, state })];
    return [{ case: "streamStateUpdate", value: new StreamStateUpdate({ streamStates }) }];
  }

  /** Clients look for all three qualities, however many layers there are. */
  #subscribedQualities({ trackId, wanted }: Notifications["publishedLayers"]): Message[] {
    const highest = wanted.lastIndexOf(true);
    const isBest = highest === wanted.length - 1;
    const qualities = QUALITIES.map((quality) => {
      const enabled = highest >= 0 && (isBest || quality <= highest);
      return new SubscribedQuality({ quality, enabled });
    });
    const mimeType = this.#room.track(trackId)?.details.codecs[0]?.mimeType ?? "";
    const codec = mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase();
    const subscribedCodecs = codec === "" ? [] : [new SubscribedCodec({ codec, qualities })];
    const value = new SubscribedQualityUpdate({ trackSid: trackId, subscribedQualities: qualities, subscribedCodecs });
    return [{ case: "subscribedQualityUpdate", value }];
  }

  /**
   * The client learns its new token by this, and is sent to use it by the leave that follows. Told twice, for clients on LiveKit's
   * Rust SDK take a token from `refreshToken` only.
   */
  #moved({ room: name, token }: Notifications["moved"]): Message[] {
    const room = roomInfo(this.#room);
    room.name = name;
    return [
      { case: "refreshToken", value: token },
      { case: "roomMoved", value: new RoomMovedResponse({ room, token }) },
    ];
  }
}

function updateOf(...participants: ParticipantInfo[]): Message {
  return { case: "update", value: new ParticipantUpdate({ participants }) };
}

function leftInfo({ participantId, identity, reason }: Notifications["participantLeft"]): ParticipantInfo {
  return disconnectedInfo(participantId, identity, DISCONNECT_REASONS[reason]);
}

function permissionOf({ participantId, trackId, allowed }: Notifications["subscriptionPermission"]): Message {
  const value = new SubscriptionPermissionUpdate({ participantSid: participantId, trackSid: trackId, allowed });
  return { case: "subscriptionPermissionUpdate", value };
}
